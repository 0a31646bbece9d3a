"""Record the executors whose delivery AWS gave up.

Scheduler and Lambda leave their messages in one queue, in different shapes. An executor that never ran ends here, with
AWS's own reason.
"""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from chalicelib.domain.dates import parse
from chalicelib.domain.delivery import Delivery, Refusal, delivery, refusal
from chalicelib.domain.errors import InvalidRequest, Unreadable, WriteConflict
from chalicelib.domain.events import of_executor
from chalicelib.domain.model import Executor, Failure, Result, Status, truncate_to_second
from chalicelib.domain.unavailable import Unavailable
from chalicelib.plugin.outcome import shortened
from chalicelib.ports.runs import Runs
from chalicelib.ports.services import Clock, EventPublisher
from chalicelib.runtime.deadline import within

_TRIES_AGAINST_OTHERS = 3

ENDING = 40
"""Seconds (docs/adr/0008). SQS redelivers a message that is not recorded in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A delivery that AWS gave up, and its reason."""

    delivery: Delivery
    reason: str


def given_up(body: str, attributes: Mapping[str, str]) -> GivenUp | None:
    """Return the delivery in a message of the queue, None where it holds none.

    Lambda's record of a failure has the function's input as ``requestPayload``
    (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html). AWS documents only the
    attributes of Scheduler's dead letters
    (https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html). Their body may be the
    schedule's input, or the request to Lambda with ``FunctionName`` and ``Payload``. For any other body the attributes
    name the schedule, which is named after the executor, and its date.
    """
    document = _document(body)
    if "requestPayload" in document:
        return _given_up(document["requestPayload"], _lambdas_reason(document))
    reason = _schedulers_reason(attributes)
    forms = (document, _payload(document.get("Payload")), _appointment(attributes))
    return next((found for form in forms if (found := _given_up(form, reason))), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """The use case that ends executors whose delivery AWS gave up."""

    runs: Runs
    publisher: EventPublisher
    clock: Clock

    @within(ENDING)
    def end(self, given_up: GivenUp) -> Executor | Refusal:
        """End the executor as failed, if it still waits for this delivery.

        Returns the executor as recorded, or the reason why it was left alone. A run that has begun ends with its lease.
        An executor that was to run early still has the delivery at its date. Raises ``Unavailable``.
        """
        for _ in range(_TRIES_AGAINST_OTHERS):
            now = truncate_to_second(self.clock())
            try:
                found = self.runs.locate(given_up.delivery.executor_id)
            except Unreadable:
                return Refusal.UNREADABLE
            refused = refusal(found, given_up.delivery, now)
            if refused is not None or found is None:
                return refused or Refusal.UNKNOWN
            if given_up.delivery.now or found[1].undoes:  # the sweep delivers an undo again
                return Refusal.EARLY
            try:
                ended = self.runs.end(found[1], _result(given_up.reason), now)
            except WriteConflict:
                continue
            self.publisher.publish([of_executor(ended, found[0].attack)])
            return ended
        raise Unavailable(f"ending executor {given_up.delivery.executor_id}")


def _given_up(payload: Any, reason: str) -> GivenUp | None:
    delivered = delivery(payload, request_id="", seconds=0)
    return GivenUp(delivery=delivered, reason=reason) if delivered else None


def _payload(payload: object) -> Any:
    """Return the input in a request to Lambda: as it is, as text, or as the text's base64, as JSON holds bytes."""
    if not isinstance(payload, str):
        return payload
    if document := _document(payload):
        return document
    try:
        return _document(b64decode(payload, validate=True).decode())
    except ValueError:
        return None


def _appointment(attributes: Mapping[str, str]) -> dict[str, str] | None:
    """Return the input of the schedule that the attributes name; its name is the executor's id."""
    try:
        at = parse(attributes.get("SCHEDULED_TIME", ""), UTC)
    except InvalidRequest:
        return None
    name = attributes.get("SCHEDULE_ARN", "").rpartition("/")[2]
    return {"executor_id": name, "due": f"{at:%Y-%m-%dT%H:%M:%SZ}"}


def _schedulers_reason(attributes: Mapping[str, str]) -> str:
    error = ": ".join(attributes[name] for name in ("ERROR_CODE", "ERROR_MESSAGE") if attributes.get(name))
    condition = attributes.get("EXHAUSTED_RETRY_CONDITION")
    return _sentence("Scheduler", error, condition)


def _lambdas_reason(record: Mapping[str, Any]) -> str:
    """Return the name and message of the error in Lambda's answer: the record itself repeats whole payloads."""
    answer, context = record.get("responsePayload"), record.get("requestContext")
    answer = answer if isinstance(answer, Mapping) else {}
    error = ": ".join(str(answer[name]) for name in ("errorType", "errorMessage") if answer.get(name))
    condition = context.get("condition") if isinstance(context, Mapping) else None
    return _sentence("Lambda", error, condition)


def _sentence(who: str, error: str, condition: object) -> str:
    return f"{who} {f'says {error}' if error else 'gives no reason'}" + (f" ({condition})" if condition else "")


def _result(reason: str) -> Result:
    message = shortened(f"AWS gave up delivering it, nothing was attacked: {reason}")
    return Result(status=Status.FAILED, error=Failure(type="Undelivered", message=message))


def _document(body: str) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, Mapping) else {}
