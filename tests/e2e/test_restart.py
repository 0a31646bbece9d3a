"""State outlives a stop: yesterday's plans are there and fire, and what fell due meanwhile ends with a status."""

import time
from pathlib import Path

import pytest

from infra.local.child import Child, RunningEngine
from tests.e2e.wishes import Plans, until

pytestmark = pytest.mark.long


def test_a_stop_and_a_start_keep_plans_and_end_what_fell_due(child: Child, stack: RunningEngine, plans: Plans) -> None:
    kept, later = plans.post(ahead=3600)
    _, missed = plans.post(ahead=10)
    due = time.time() + 10

    assert child.stop() == 0
    until("the date of the second plan has passed", lambda: time.time() > due, seconds=15)
    began = time.monotonic()
    with (child.folder / "restart.log").open("wb") as output:
        child.start(output)
    seconds = time.monotonic() - began

    assert seconds < 20, f"the second start took {seconds:.0f} s"
    assert stack.api("GET", f"/plans/{kept['id']}")[1]["id"] == kept["id"]
    assert stack.api("GET", f"/executors/{later['id']}")[1]["status"] == "scheduled"
    schedule = stack.client("scheduler").get_schedule(GroupName=stack.run["schedule_group"], Name=later["id"])
    assert schedule["State"] == "ENABLED"
    assert plans.ended(missed, seconds=60)["status"] in ("failed", "missed")

    # And it still does its work.
    _, soon = plans.post(ahead=2)
    assert plans.ended(soon)["status"] == "failed"
    line = Path(output.name)
    until("a line about the execution", lambda: soon["id"] in line.read_text())
