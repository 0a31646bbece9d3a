"""What each change of state makes of a plan and an executor, whatever store keeps them.

Pure: given values in, new values out. Whether a change is still allowed is for the store to find out in the same
transaction in which it writes.
"""

from dataclasses import replace
from datetime import datetime

from chalicelib.errors import Lost
from chalicelib.model import Executor, Failure, Plan, Result, Run, Status


def claimed(executor: Executor, run: Run) -> Executor:
    return replace(executor, status=Status.RUNNING, run=run)


def claimed_now(executor: Executor, run: Run, by: str | None) -> Executor:
    """The executor once a person runs it: its date is the one at which it does."""
    return moved(claimed(executor, run), run.started, by)


def moved(executor: Executor, due: datetime, by: str | None) -> Executor:
    return replace(executor, due=due, changed_by=by or executor.changed_by)


def postponed(executor: Executor, due: datetime, error: Failure | None) -> Executor:
    """An undo that ran and is to be tried again; with an error that was an attempt, without one it was too soon."""
    return replace(
        executor,
        status=Status.SCHEDULED,
        due=due,
        run=None,
        error=error or executor.error,
        attempts=executor.attempts + (error is not None),
    )


def same(one: Executor | None, other: Executor) -> bool:
    """Whether two are equal but for how often they were delivered, which counts on whatever else happens."""
    return one is not None and replace(one, deliveries=other.deliveries) == other


def ended(executor: Executor, result: Result, at: datetime) -> Executor:
    return replace(executor, status=result.status, outcome=result.outcome, error=result.error, finished=at)


def as_begun(executor: Executor, row: Executor) -> Executor:
    """The executor with what was put on record when its attack was allowed to act: whoever ends the run need not know
    of it."""
    return replace(executor, began=row.began, prepared=row.prepared)


def tombstone(executor: Executor, at: datetime, by: str | None) -> Executor:
    """The executor deleted: what was still to run is cancelled, what has ended keeps its status."""
    if executor.status is Status.SCHEDULED:
        executor = replace(executor, status=Status.CANCELLED, finished=at)
    return replace(executor, deleted=True, deleted_by=by)


def tally_without(plan: Plan, executor: Executor) -> Plan:
    """The plan once the executor, scheduled or ended, is deleted."""
    still_to_run = executor.status is Status.SCHEDULED
    return replace(plan, dues=_less(plan, executor), remaining=plan.remaining - still_to_run)


def tally_moved(plan: Plan, executor: Executor, due: datetime) -> Plan:
    """The plan once the executor, scheduled, is due at another date."""
    return replace(plan, dues=tuple(sorted((*_less(plan, executor), due))))


def tally_ended(plan: Plan, executor: Executor) -> Plan:
    """The plan once the executor, scheduled or running until now, has ended."""
    return replace(plan, remaining=plan.remaining - 1, running=plan.running - (executor.status is Status.RUNNING))


def _less(plan: Plan, executor: Executor) -> tuple[datetime, ...]:
    """The plan's dates less the executor's. Raises ``Lost`` where they were read at different times and disagree."""
    dues = list(plan.dues)
    if executor.due not in dues:
        raise Lost(f"plan {plan.id} has no executor due at {executor.due}")
    dues.remove(executor.due)
    return tuple(dues)
