"""What all tests share: who shares an engine, and what a run says in the end."""

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# Little enough for a suite that is run at every change. At a desk each run draws anew and finds what no run did before;
# CI draws the same again, so that it judges the commit and nothing else.
settings.register_profile(
    "quick",
    max_examples=60,
    deadline=None,
    database=None,
    derandomize="CI" in os.environ,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("quick")

TOGETHER = {
    "tests/e2e/": "engine",
    "tests/packaging/": "engine",
    "tests/clients/": "clients",
    "tests/infra/test_lock.py": "lock",
    "tests/infra/test_make_venv.py": "environments",
}
"""What each test below a path shares with the others: an engine and a package, or something else that takes seconds."""
IN_SUMMARY = "in summary"
"""A property that a test records (``record_property``) to have its text among the last lines of the run."""

COUNTED = "counted"
"""A property ``[what, number]``: the last lines say the sum of each ``what``, over all tests."""


class Scheduling(LoadScopeScheduling):
    """The distribution of tests in a parallel run: one worker takes all those that share something.

    (xdist's own ``loadgroup`` sets an attribute that pytest 9.2 no longer reads.)
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((shared for path, shared in TOGETHER.items() if nodeid.startswith(path)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counted: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == IN_SUMMARY and report.when == "call":
                    terminalreporter.write_line(value)
                if name == COUNTED and report.when == "teardown":
                    counted[value[0]] += value[1]
    for what, number in sorted(counted.items()):
        terminalreporter.write_line(f"{what}: {number}")
