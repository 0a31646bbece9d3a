"""The undelivered Lambda: what Scheduler and Lambda gave up on comes through a queue, one message a call."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint

from chalicelib import bootstrap, logs
from chalicelib.appointment import Refusal
from chalicelib.ids import plan_of
from chalicelib.metrics import UNDELIVERED
from chalicelib.undelivered import given_up

undelivered_deliveries = Blueprint(__name__)

_AT_ONCE = 5
"""After an outage many come together, and executors of one plan meet at the plan's row."""


# The queue's name differs by stage, and Chalice takes it as an argument of the decorator.
@undelivered_deliveries.on_sqs_message(
    queue=bootstrap.settings().dead_letter_queue,
    batch_size=1,  # a batch would be delivered again as a whole where one of it fails
    maximum_concurrency=_AT_ONCE,
    name="undelivered",
)
def undelivered(event: Any) -> None:
    """End the executor that the message is about, or say why it is left alone.

    Raises ``Unavailable``: then SQS delivers the message again. One that is not about an executor is dropped.
    """
    logs.begin(event.context.aws_request_id)
    for message in event.to_dict()["Records"]:
        _end(message)


def _end(message: Mapping[str, Any]) -> None:
    told = given_up(message["body"], _attributes(message))
    if told is None:
        _say("undelivered message dropped", "Malformed", message_id=message.get("messageId"))
        return
    executor_id = told.delivery.executor_id
    logs.about(plan_id=plan_of(executor_id), executor_id=executor_id)
    ended = bootstrap.undelivered().end(told)
    if isinstance(ended, Refusal):
        _say("undelivered left alone", ended.name.capitalize(), message=str(ended), given_up=told.reason)
    else:
        _say("undelivered ended", "Recorded", given_up=told.reason)


def _say(event: str, reason: str, **fields: Any) -> None:
    logs.emit(event, **fields, **bootstrap.metrics().of({UNDELIVERED: 1}, reason=reason))


def _attributes(message: Mapping[str, Any]) -> dict[str, str]:
    """The texts among the message's attributes."""
    found = message.get("messageAttributes") or {}
    return {name: each["stringValue"] for name, each in found.items() if isinstance(each.get("stringValue"), str)}
