"""What all tests share: who shares an engine, and what a run says in the end."""

from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ENGINE_TESTS = (HERE / "e2e", HERE / "packaging")
IN_SUMMARY = "in summary"
"""A property that a test records (``record_property``) to have its text among the last lines of the run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End-to-end and packaging tests share one engine and one package: in a parallel run, one worker takes them all."""
    for item in items:
        if any(folder in item.path.parents for folder in ENGINE_TESTS):
            item.add_marker(pytest.mark.xdist_group("engine"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, text in getattr(report, "user_properties", ()):
                if name == IN_SUMMARY and report.when == "call":
                    terminalreporter.write_line(text)
