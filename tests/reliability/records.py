"""What has to be true of plans, executors and attacks, wherever they are kept."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.domain.model import Executor, Plan, PlanState, Status


def document(*dates: str, mark: str = "mark", ends: str = "well") -> dict[str, Any]:
    """The body that asks for an attack at each of the dates."""
    return {
        "name": "a plan",
        "attack": {"ref": "marked:Marked", "args": {"mark": mark, "ends": ends}},
        "planner": {"ref": "each:Each", "args": {"dates": list(dates)}},
    }


def assert_the_plan_is_whole(plan: Plan, executors: list[Executor]) -> None:
    if plan.state is PlanState.DELETED:
        assert all(each.deleted and each.status.executed for each in executors), f"plan {plan.id} is half deleted"
        return
    kept = [each for each in executors if not each.deleted]
    assert plan.dues == tuple(sorted(each.due for each in kept)), "the plan's dates are not its executors'"
    assert plan.remaining == sum(not each.status.executed for each in kept), "the tally is not what a recount says"
    assert plan.running == sum(each.status is Status.RUNNING for each in kept), "the tally is not what a recount says"


def assert_attacks_are_on_record(executors: list[Executor], done: Counter[str]) -> None:
    on_record = {mark(each): each for each in executors if each.undoes is None}
    assert done.keys() <= on_record.keys(), "an attack was made of which there is no record"
    for name, each in on_record.items():
        assert done[name] in attacks_on_record(each), f"{each.id} is {each.status} after {done[name]} attacks"


def assert_nothing_is_left_over(
    plans: list[Plan], executors: list[Executor], schedules: Mapping[str, datetime], refused: list[str], now: datetime
) -> None:
    """After the last sweep, when all has ended. ``refused`` are the marks of the plans that were refused.

    A schedule that is over has fired, or is about to, and is of no harm: its executor has ended, and may have been
    deleted after that. What was called off has none.
    """
    of_plans, of_executors = {each.id: each for each in plans}, {each.id: each for each in executors}
    assert not [each.id for each in executors if each.plan_id not in of_plans], "an executor has no plan"
    for id, due in schedules.items():
        executor = of_executors.get(id)
        assert executor, f"what is not there any more is scheduled: {id}"
        assert executor.status is not Status.CANCELLED, f"what was called off is scheduled: {executor}"
        assert due <= now and executor.due <= now, f"what has ended is scheduled: {executor}"
    for plan in plans:
        if plan.attack["args"]["mark"] in refused:
            assert plan.state is PlanState.DELETED, f"something of a refused plan remains: {plan}"
            assert not [each for each in executors if each.plan_id == plan.id and not each.deleted], (
                "not tombstones all"
            )


def mark(executor: Executor) -> str:
    assert executor.attack
    return str(executor.attack["args"]["mark"])


def attacks_on_record(executor: Executor) -> tuple[int, ...]:
    """How often the executor can have attacked, given what its record says."""
    if executor.status is Status.SUCCEEDED:
        return (1,)
    if executor.status is Status.FAILED and executor.error:
        return {"Interrupted": (0, 1), "Undelivered": (0,)}.get(executor.error.type, (1,))
    return (0, 1) if executor.status is Status.RUNNING else (0,)
