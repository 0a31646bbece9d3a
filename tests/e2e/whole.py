"""Whether the deployed engine is whole, as its table and schedules lie there: nothing half made, nothing orphaned."""

from chalicelib.config.settings import from_environment
from infra.local.child import RunningEngine
from tests.e2e.wishes import until

UNFINISHED = ("plan.creating#", "plan.deleted#", "undo.pending#")
NOTED = "executor.unsynced#"
"""What the sweep looks for (chalicelib/adapters/dynamodb/layout.py). A note is no loose end: it says that a schedule is
still to be taken away, of an executor that was run ahead of its date for example."""
SECONDS_TO_END = 60.0
MOST_LISTED = 100
"""Schedules that the local AWS lists."""


def loose_ends(stack: RunningEngine) -> set[str]:
    """Rows of no plan, what was begun and not ended, executors to come without schedule, and schedules of none."""
    pages = stack.client("dynamodb").get_paginator("scan")
    rows = [
        {name: value["S"] for name, value in row.items() if "S" in value}
        for page in pages.paginate(TableName=from_environment({}).table, ConsistentRead=True)
        for row in page["Items"]
    ]
    plans = {row["pk"] for row in rows if row["sk"] == "plan"}
    orphans = {f"{row['pk']} {row['sk']}" for row in rows if row["sk"].startswith("executor#")}
    orphans = {row for row in orphans if row.split()[0] not in plans}
    unfinished = {f"{row['sk']} {row['state_key']}" for row in rows if row.get("state_key", "").startswith(UNFINISHED)}
    open_executors = [row for row in rows if row.get("state_key", "").startswith("executor.open#")]
    to_come = {row["sk"].removeprefix("executor#") for row in open_executors}
    scheduled = stack.client("scheduler").list_schedules(GroupName=stack.run["schedule_group"])["Schedules"]
    assert len(scheduled) < MOST_LISTED, "there may be more"
    noted = {row["sk"].partition("#")[2] for row in rows if row.get("state_key", "").startswith(NOTED)}
    return orphans | unfinished | ((to_come ^ {schedule["Name"] for schedule in scheduled}) - noted)


def assert_whole(stack: RunningEngine, before: set[str]) -> None:
    """Fail the test where there are loose ends that were not there ``before``, once what is under way has ended."""
    left: set[str] = set()

    def whole() -> bool:
        left.clear()
        left.update(loose_ends(stack) - before)
        return not left

    until(lambda: f"all is whole, there is {left}", whole, seconds=SECONDS_TO_END)


def restore(stack: RunningEngine) -> None:
    """Give the engine back as it was: nothing planned, nothing frozen, not halted."""
    for plan in stack.api("GET", "/plans?limit=1000")[1]["plans"]:
        stack.api("DELETE", f"/plans/{plan['id']}")
    for freeze in stack.api("GET", "/engine/freezes")[1]["freezes"]:
        stack.api("DELETE", f"/engine/freezes/{freeze['id']}")
    assert stack.api("PUT", "/engine", {"halted": False})[0] == 200
