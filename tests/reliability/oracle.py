"""Whether the table, the schedules and the attacks that were made agree."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.adapters.aws.delivery import payload
from chalicelib.adapters.dynamodb.layout import PLAN, is_executor
from chalicelib.adapters.dynamodb.mapping import executor_of_row, executor_row, plan_of_row, plan_row
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.domain.model import Executor, Plan, PlanState, Status
from tests.reliability.records import assert_attacks_are_on_record, assert_the_plan_is_whole
from tests.reliability.samples.attacks.marked import Marked
from tests.reliability.wired import Wired

FOREVER = timedelta(days=365)


def assert_all_agrees(wired: Wired) -> None:
    """What has to hold after a sweep, when whatever was under way is surely dead: nothing is half done."""
    rows, now = wired.all_rows(), wired.clock.now
    plans = {row.pk: plan_of_row(row) for row in rows if row.sk == PLAN}
    executors = [executor_of_row(row) for row in rows if is_executor(row.sk)]
    notes = wired.store.unfinished.unsynced(now + FOREVER)
    assert not notes, f"schedules are still to be synced: {notes}"
    for row in rows:
        if row.sk == PLAN or is_executor(row.sk):
            assert_its_mapping_makes_it(wired, row)
        if row.plan_id is not None:
            assert row.plan_id in plans, f"{row.pk} is of no plan"
    for executor in executors:
        assert executor.plan_id in plans, f"{executor.id} has no plan"
    for plan in plans.values():
        assert_the_plan_is_whole(plan, [each for each in executors if each.plan_id == plan.id])
    assert_nothing_is_overdue(wired, executors, now)
    assert_schedules_are_those_of_live_executors(wired, plans, executors, now)
    assert_attacks_are_on_record(executors, Marked.done)
    counted = sum(int(row.made or 0) for row in rows)
    assert counted == sum(each.began is not None for each in executors), "the cap of a day counts other attacks"
    assert counted >= sum(Marked.done.values()), "an attack was made that the cap of a day does not count"


def assert_its_mapping_makes_it(wired: Wired, row: Row) -> None:
    """The keys of the indexes are those that follow from the plan or executor which the row holds."""
    layout, kept = wired.store.table.layout, row.serialize()
    if row.sk == PLAN:
        plan = plan_of_row(row)
        assert plan.state is not PlanState.CREATING, f"plan {row.pk} is still being created"
        assert row.erasing is None, f"plan {row.pk} is still being erased"
        made = plan_row(wired.rows, layout, plan).serialize()
        made.pop("state_key") if plan.state is PlanState.DELETED else None  # erased
    else:
        made = executor_row(wired.rows, layout, executor_of_row(row)).serialize()
        # A record outlives its undo, which may have been moved.
        assert row.deleted or not row.undo or int(kept["expires"]["N"]) >= int(made["expires"]["N"]), row.sk
    passing = row.deleted or row.deleted_at or row.undo
    beside = {"last_refused", "request_key"} | ({"deleted_at", "expires"} if passing else set())
    assert without(kept, beside) == without(made, beside)


def without(attributes: dict[str, object], names: Iterable[str]) -> dict[str, object]:
    return {name: value for name, value in attributes.items() if name not in names}


def assert_nothing_is_overdue(wired: Wired, executors: list[Executor], now: datetime) -> None:
    for each in executors:
        if each.status is Status.RUNNING:
            assert each.run and each.run.lease_until >= now, f"{each.id} runs past its lease"
        if each.status is Status.SCHEDULED:
            late = (now - each.due).total_seconds()
            assert late <= wired.settings.grace_seconds, f"{each.id} is overdue"


def assert_schedules_are_those_of_live_executors(
    wired: Wired, plans: dict[str, Plan], executors: list[Executor], now: datetime
) -> None:
    """A schedule whose time has come has fired, so what is due by now has none."""
    live = [each for each in executors if each.status is Status.SCHEDULED and each.due > now]
    there = {name: wired.schedule(name) for name in wired.scheduled()}
    needed = {each.id: (each.due, payload(each)) for each in live}
    assert there == needed, f"scheduled are {there}, to be scheduled are {needed}"
