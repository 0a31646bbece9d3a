"""What AWS gave up on: an executor that neither Scheduler nor Lambda could bring to the attack function.

Both leave a message in one queue, in shapes of their own; one that was never run ends here, with AWS's own reason.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.appointment import Delivery, Refusal, delivery, refusal
from chalicelib.budget import within
from chalicelib.errors import Lost, Unavailable
from chalicelib.lifecycle import of_executor
from chalicelib.model import Executor, Failure, Result, Status, whole
from chalicelib.outcome import shortened
from chalicelib.ports.services import Clock, EventPublisher
from chalicelib.ports.stores import Runs

_TRIES_AGAINST_OTHERS = 3

ENDING = 40
"""Seconds (docs/adr/0008); what is not recorded in time is delivered again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A delivery that AWS could not make, and why."""

    delivery: Delivery
    reason: str


def given_up(body: str, attributes: Mapping[str, str]) -> GivenUp | None:
    """What a message of the queue tells; None where it is neither of the two shapes.

    Scheduler's dead letter holds what the function would have been handed, and the reason in the message's
    attributes (https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html). Lambda's record
    of a failure holds it as ``requestPayload``
    (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
    """
    document = _document(body)
    if "requestPayload" in document:
        return _given_up(document["requestPayload"], _lambdas_reason(document))
    return _given_up(document, _schedulers_reason(attributes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """Puts on record what will not be delivered any more."""

    runs: Runs
    publisher: EventPublisher
    clock: Clock

    @within(ENDING)
    def end(self, given_up: GivenUp) -> Executor | Refusal:
        """End the executor as failed, if this was the appointment that it waits for.

        Returns it as recorded, or why it was left alone: what runs is for its lease to judge, and what was to run
        ahead of its date still has that date's own delivery to come. Raises ``Unavailable``.
        """
        for _ in range(_TRIES_AGAINST_OTHERS):
            now = whole(self.clock())
            found = self.runs.locate(given_up.delivery.executor_id)
            refused = refusal(found, given_up.delivery, now)
            if refused is not None or found is None:
                return refused or Refusal.UNKNOWN
            if given_up.delivery.now or found[1].undoes:  # an undo comes again, whatever AWS gave up on
                return Refusal.EARLY
            try:
                ended = self.runs.end(found[1], _result(given_up.reason), now)
            except Lost:
                continue
            self.publisher.publish([of_executor(ended, found[0].attack)])
            return ended
        raise Unavailable(f"ending executor {given_up.delivery.executor_id}")


def _given_up(payload: Any, reason: str) -> GivenUp | None:
    delivered = delivery(payload, request_id="", seconds=0)
    return GivenUp(delivery=delivered, reason=reason) if delivered else None


def _schedulers_reason(attributes: Mapping[str, str]) -> str:
    error = ": ".join(attributes[name] for name in ("ERROR_CODE", "ERROR_MESSAGE") if attributes.get(name))
    condition = attributes.get("EXHAUSTED_RETRY_CONDITION")
    return _sentence("Scheduler", error, condition)


def _lambdas_reason(record: Mapping[str, Any]) -> str:
    """Of the answer only the error's name and message: the record repeats whole payloads."""
    answer, context = record.get("responsePayload"), record.get("requestContext")
    answer = answer if isinstance(answer, Mapping) else {}
    error = ": ".join(str(answer[name]) for name in ("errorType", "errorMessage") if answer.get(name))
    condition = context.get("condition") if isinstance(context, Mapping) else None
    return _sentence("Lambda", error, condition)


def _sentence(who: str, error: str, condition: object) -> str:
    return f"{who} says {error or 'nothing'}" + (f" ({condition})" if condition else "")


def _result(reason: str) -> Result:
    message = shortened(f"AWS gave up delivering it, nothing was attacked: {reason}")
    return Result(status=Status.FAILED, error=Failure(type="Undelivered", message=message))


def _document(body: str) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, Mapping) else {}
