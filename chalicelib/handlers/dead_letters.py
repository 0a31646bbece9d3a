"""Handle the dead letters of Scheduler and Lambda, which come through one queue, one message a call."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint

from chalicelib.composition import bootstrap, parts
from chalicelib.domain.delivery import Refusal
from chalicelib.domain.ids import plan_of
from chalicelib.repair.dead_letters import given_up
from chalicelib.runtime import logs
from chalicelib.runtime.metrics import UNDELIVERED

undelivered_deliveries = Blueprint(__name__)

_AT_ONCE = 5
"""The most concurrent calls. After an outage many messages come together, and executors of one plan update its one
row."""


# The queue's name differs by stage, and Chalice takes it as an argument of the decorator.
@undelivered_deliveries.on_sqs_message(
    queue=parts.settings().dead_letter_queue,
    batch_size=1,  # SQS would redeliver the whole batch if one of its messages failed
    maximum_concurrency=_AT_ONCE,
    name="undelivered",
)
def undelivered(event: Any) -> None:
    """End the executor that the message is about, or log why it is left alone.

    Raises ``Unavailable``: then SQS delivers the message again. A message that is about no executor is dropped.
    """
    logs.begin(event.context.aws_request_id)
    for message in event.to_dict()["Records"]:
        _end(message)


def _end(message: Mapping[str, Any]) -> None:
    abandoned = given_up(message["body"], _attributes(message))
    if abandoned is None:
        _say("undelivered message dropped", "Malformed", message_id=message.get("messageId"))
        return
    executor_id = abandoned.delivery.executor_id
    logs.about(plan_id=plan_of(executor_id), executor_id=executor_id)
    ended = bootstrap.undelivered().end(abandoned)
    if isinstance(ended, Refusal):
        _say("undelivered left alone", ended.name.capitalize(), message=str(ended), given_up=abandoned.reason)
    else:
        _say("undelivered ended", "Recorded", given_up=abandoned.reason)


def _say(event: str, reason: str, **fields: Any) -> None:
    logs.emit(event, **fields, **parts.metrics().of({UNDELIVERED: 1}, reason=reason))


def _attributes(message: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts among the message's attributes."""
    found = message.get("messageAttributes") or {}
    return {name: each["stringValue"] for name, each in found.items() if isinstance(each.get("stringValue"), str)}
