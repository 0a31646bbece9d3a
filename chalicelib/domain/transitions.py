"""Compute a plan and an executor as each change of state leaves them, for every store.

Pure: values in, new values out. The store checks that a change is still allowed, in the transaction that writes it.
"""

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.model import Executor, Failure, Plan, Result, Run, Status


def claimed(executor: Executor, run: Run) -> Executor:
    return replace(executor, status=Status.RUNNING, run=run)


def claimed_now(executor: Executor, run: Run, by: str | None) -> Executor:
    """Return the executor as a person runs it: its date becomes the start of its run."""
    return moved(claimed(executor, run), run.started, by)


def moved(executor: Executor, due: datetime, by: str | None) -> Executor:
    return replace(executor, due=due, changed_by=by or executor.changed_by)


def postponed(executor: Executor, due: datetime, error: Failure | None) -> Executor:
    """Return an undo that is to run again; with an error this run was an attempt, without one it came too soon."""
    return replace(
        executor,
        status=Status.SCHEDULED,
        due=due,
        run=None,
        error=error or executor.error,
        attempts=executor.attempts + (error is not None),
    )


def same(one: Executor | None, other: Executor) -> bool:
    """Return whether two executors are equal, not counting how often they were delivered."""
    return one is not None and replace(one, deliveries=other.deliveries) == other


def ended(executor: Executor, result: Result, at: datetime) -> Executor:
    return replace(executor, status=result.status, outcome=result.outcome, error=result.error, finished=at)


def as_begun(executor: Executor, row: Executor) -> Executor:
    """Return the executor with what its row holds since its attack was allowed to act."""
    return replace(executor, began=row.began, prepared=row.prepared)


def tombstone(executor: Executor, at: datetime, by: str | None) -> Executor:
    """Return the executor deleted: ``cancelled`` if it was still to run, else with the status that it has."""
    if executor.status is Status.SCHEDULED:
        executor = replace(executor, status=Status.CANCELLED, finished=at)
    return replace(executor, deleted=True, deleted_by=by)


def tally_without(plan: Plan, executor: Executor) -> Plan:
    """Return the plan once the executor, scheduled or ended, is deleted."""
    still_to_run = executor.status is Status.SCHEDULED
    return replace(plan, dues=_less(plan, executor), remaining=plan.remaining - still_to_run)


def tally_moved(plan: Plan, executor: Executor, due: datetime) -> Plan:
    """Return the plan once the executor, scheduled, is due at another date."""
    return replace(plan, dues=tuple(sorted((*_less(plan, executor), due))))


def tally_ended(plan: Plan, executor: Executor) -> Plan:
    """Return the plan once the executor, scheduled or running until now, has ended."""
    return replace(plan, remaining=plan.remaining - 1, running=plan.running - (executor.status is Status.RUNNING))


def _less(plan: Plan, executor: Executor) -> tuple[datetime, ...]:
    """Return the plan's dates less the executor's. Raises ``WriteConflict`` where they were read at different times and
    disagree."""
    dues = list(plan.dues)
    if executor.due not in dues:
        raise WriteConflict(f"plan {plan.id} has no executor due at {executor.due}")
    dues.remove(executor.due)
    return tuple(dues)
