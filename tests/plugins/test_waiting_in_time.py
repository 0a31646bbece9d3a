"""Every attack and undo ends within the time of the function that runs it, and the page says how long each looks."""

import json
import re
from pathlib import Path

import pytest

from chalicelib.drivers.cloud import nodes
from chalicelib.drivers.ec2 import fleet
from chalicelib.execution.undo import READING

ROOT = Path(__file__).resolve().parents[2]
LAST_REQUESTS = 20.0
"""Seconds that the last look may take beyond its time, with the first ones of a run."""
TRIES = 3
PAUSES_BETWEEN = 10.0
LOOKS = {
    "`TerminateEC2Instance`": fleet.TERMINATING,
    "`StopEC2Instance`": fleet.STOPPING,
    "undo of `StopEC2Instance`": fleet.STARTING,
    "`BlockNetwork`, and its undo": fleet.GROUPING,
    "`RebootEC2Instance`": fleet.TERMINATING,
    "`DestroyNode`": nodes.DESTROYING,
}


def function_seconds() -> set[int]:
    stages = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]
    return {stage["lambda_functions"]["attack"]["lambda_timeout"] for stage in stages.values()}


@pytest.mark.parametrize(("name", "seconds"), LOOKS.items())
def test_an_attack_and_three_tries_of_an_undo_fit_the_functions_time(name: str, seconds: float) -> None:
    tries = TRIES if "undo" in name else 1
    # a cloud is asked to list, to list again, and to act, before it is looked at; the last look comes on top
    requests = 4 * nodes.LONGEST_CALL if name == "`DestroyNode`" else LAST_REQUESTS
    assert READING + PAUSES_BETWEEN + tries * (seconds + requests) < min(function_seconds())


@pytest.mark.parametrize(("name", "seconds"), LOOKS.items())
def test_the_page_says_how_long_each_looks(name: str, seconds: float) -> None:
    page = (ROOT / "docs" / "reference" / "outcomes.md").read_text()
    rows = {cells[1].strip(): cells[3] for line in page.splitlines() if len(cells := line.split("|")) == 5}
    assert re.search(rf"\b{seconds:.0f} s\b", rows[name])


def test_the_page_names_the_functions_time() -> None:
    page = (ROOT / "docs" / "reference" / "outcomes.md").read_text()
    assert {f"{seconds} seconds of the attack function" in page for seconds in function_seconds()} == {True}
