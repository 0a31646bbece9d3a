"""A delivery, and whether the appointment it names is kept.

Scheduler and Lambda deliver at least once, late, and after things were moved or deleted. A delivery names the executor
and one date of it; whatever does not match any more does nothing but say why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.carried import Carried, carried_of
from chalicelib.ids import is_executor_id
from chalicelib.model import Executor, Plan, PlanState, Status

_CLOCKS_DIFFER_BY = timedelta(seconds=5)
_LONGEST_ARN = 2048


class Refusal(StrEnum):
    """Why a delivery does nothing."""

    MALFORMED = "the event is not one of ours"
    UNKNOWN = "there is no such executor"
    DELETED = "it was deleted"
    UNCOMMITTED = "its plan was never completed"
    MOVED = "it was moved to another date"
    EARLY = "it is not due yet"
    RUNNING = "it is running already"
    ENDED = "it has ended already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a schedule hands over, and who received it. ``seconds`` is how long the receiver may still live; ``now``
    that a person, ``by``, runs the executor, whatever its date. ``carried`` is what else the schedule told."""

    executor_id: str
    due: datetime
    request_id: str
    seconds: float
    now: bool = False
    by: str | None = None
    carried: Carried | None = None


def tried_for(grace_seconds: int) -> int:
    """Seconds for which AWS goes on trying to deliver an executor, given those of the grace.

    When it gives up, that has to be on record (``failed``, ``Undelivered``) before the sweep, which comes when the
    grace is over, calls it ``missed``: five minutes for the message and its reader's second try. Scheduler and Lambda
    allow no less than 60, Lambda no more than 21,600:
    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
    """
    return max(60, min(grace_seconds - 300, 21_600))


def delivery(event: Any, request_id: str, seconds: float) -> Delivery | None:
    """The delivery in an event ``{"executor_id", "due": "YYYY-MM-DDTHH:MM:SSZ", "now"?: true, "by"?: ARN, "carries"?:
    {...}}``; None where it is not one. What it carries is left out where it cannot be used."""
    if not isinstance(event, Mapping):
        return None
    executor_id, due, now = event.get("executor_id"), event.get("due"), event.get("now", False)
    if not (isinstance(executor_id, str) and is_executor_id(executor_id) and isinstance(due, str)):
        return None
    by = event.get("by")
    if not isinstance(now, bool) or not (by is None or (isinstance(by, str) and 0 < len(by) <= _LONGEST_ARN)):
        return None
    try:
        instant = datetime.strptime(due, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Delivery(
        executor_id=executor_id,
        due=instant,
        request_id=request_id,
        seconds=seconds,
        now=now,
        by=by,
        carried=carried_of(event.get("carries")),
    )


def refusal(found: tuple[Plan, Executor] | None, delivered: Delivery, now: datetime) -> Refusal | None:
    """Why this appointment is not kept, None where it is."""
    if found is None:
        return Refusal.UNKNOWN
    plan, executor = found
    if plan.state is PlanState.CREATING:
        return Refusal.UNCOMMITTED
    if plan.state is PlanState.DELETED or executor.deleted:
        return Refusal.DELETED
    if executor.status is Status.RUNNING:
        return Refusal.RUNNING
    if executor.status.executed:
        return Refusal.ENDED
    if executor.due != delivered.due:
        return Refusal.MOVED
    if is_early(delivered, now):
        return Refusal.EARLY
    return None


def is_early(delivered: Delivery, now: datetime) -> bool:
    """Whether the appointment is still to come, even if clocks differ a little."""
    return now + _CLOCKS_DIFFER_BY < delivered.due and not delivered.now
