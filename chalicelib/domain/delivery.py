"""A delivery, and whether the appointment it names is kept.

Scheduler and Lambda deliver at least once, late, and after things were moved or deleted. A delivery names the executor
and one date of it; whatever does not match any more does nothing but say why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.domain.dates import utc
from chalicelib.domain.ids import is_executor_id
from chalicelib.domain.model import Executor, Plan, PlanState, Status

EARLIEST = timedelta(seconds=60)
"""EventBridge Scheduler may deliver an executor so early, because its dates are exact to the minute."""
_LONGEST_ARN = 2048


class Refusal(StrEnum):
    """The reasons for which a delivery does nothing."""

    MALFORMED = "the event is not one of ours"
    UNKNOWN = "there is no such executor"
    DELETED = "it was deleted"
    UNCOMMITTED = "its plan was never completed"
    MOVED = "it was moved to another date"
    EARLY = "it is not due yet"
    RUNNING = "it is running already"
    ENDED = "it has ended already"
    UNREADABLE = "its record, or its plan's, cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The content of a schedule's delivery, and its receiver.

    ``seconds`` is how long the receiver may still live. ``now`` is true where a person, ``by``, runs the executor
    whatever its date.
    """

    executor_id: str
    due: datetime
    request_id: str
    seconds: float
    now: bool = False
    by: str | None = None


def tried_for(grace_seconds: int) -> int:
    """Return for how many seconds AWS tries to deliver an executor, given the grace in seconds.

    Once AWS gives up, that has to be on record (``failed``, ``Undelivered``) before the grace is over and the sweep
    records ``missed``: five minutes for the message and its reader's second try. Lambda allows 21,600 at the most:
    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
    """
    return min(grace_seconds - 300, 21_600)


def delivery(event: Any, request_id: str, seconds: float) -> Delivery | None:
    """Return the delivery in an event ``{"executor_id", "due": "YYYY-MM-DDTHH:MM:SSZ", "now"?: true, "by"?: ARN}``;
    None where it is not one. Other keys are ignored."""
    if not isinstance(event, Mapping):
        return None
    executor_id, due, now = event.get("executor_id"), event.get("due"), event.get("now", False)
    if not (isinstance(executor_id, str) and is_executor_id(executor_id) and isinstance(due, str)):
        return None
    by = event.get("by")
    if not isinstance(now, bool) or not (by is None or (isinstance(by, str) and 0 < len(by) <= _LONGEST_ARN)):
        return None
    try:
        instant = utc(due)
    except ValueError:
        return None
    return Delivery(executor_id=executor_id, due=instant, request_id=request_id, seconds=seconds, now=now, by=by)


def refusal(found: tuple[Plan, Executor] | None, delivered: Delivery, now: datetime) -> Refusal | None:
    """Return why this delivery must do nothing; None where the executor may run."""
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
    if now < delivered.due and not delivered.now:
        return Refusal.EARLY
    return None


def seconds_early(delivered: Delivery, now: datetime) -> float:
    """Return how long to wait for a delivery that came at most ``EARLIEST`` before its date; 0 for any other."""
    early = delivered.due - now
    return early.total_seconds() if timedelta() < early <= EARLIEST and not delivered.now else 0
