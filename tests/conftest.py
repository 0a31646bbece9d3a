"""What all tests share: who shares an engine, and what a run says in the end."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ENGINE_TESTS = (HERE / "e2e", HERE / "packaging")
IN_SUMMARY = "in summary"
"""A property that a test records (``record_property``) to have its text among the last lines of the run."""

COUNTED = "counted"
"""A property ``[what, number]``: the last lines say the sum of each ``what``, over all tests."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End-to-end and packaging tests share one engine and one package: in a parallel run, one worker takes them all."""
    for item in items:
        if any(folder in item.path.parents for folder in ENGINE_TESTS):
            item.add_marker(pytest.mark.xdist_group("engine"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counted: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, told in getattr(report, "user_properties", ()):
                if name == IN_SUMMARY and report.when == "call":
                    terminalreporter.write_line(told)
                if name == COUNTED and report.when == "teardown":
                    counted[told[0]] += told[1]
    for what, number in sorted(counted.items()):
        terminalreporter.write_line(f"{what}: {number}")
