"""What each change of state makes of a plan and an executor, whatever store keeps them.

Pure: given values in, new values out. Whether a change is still allowed is for the store to find out in the same
transaction in which it writes.
"""

from dataclasses import replace
from datetime import datetime

from chalicelib.errors import Lost
from chalicelib.model import Executor, Plan, Result, Run, Status


def claimed(executor: Executor, run: Run) -> Executor:
    return replace(executor, status=Status.RUNNING, run=run)


def ended(executor: Executor, result: Result, at: datetime) -> Executor:
    return replace(executor, status=result.status, outcome=result.outcome, error=result.error, finished=at)


def tombstone(executor: Executor, at: datetime) -> Executor:
    """The executor deleted: what was still to run is cancelled, what has ended keeps its status."""
    if executor.status is Status.SCHEDULED:
        executor = replace(executor, status=Status.CANCELLED, finished=at)
    return replace(executor, deleted=True)


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
