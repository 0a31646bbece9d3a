"""What AWS gave up on ends on record, through the deployed queue and function."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.child import RunningEngine
from tests.e2e.wishes import Plans, until

QUEUE = "chaosmonkey-local-undelivered"


@pytest.fixture
def broken_attack(stack: RunningEngine) -> Iterator[None]:
    """The attack function fails before it claims anything: its settings are refused."""
    functions, name = stack.client("lambda"), stack.run["attack_function"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {**variables, "STAGE": "?"}})
    yield
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


def payload(executor: dict[str, Any]) -> str:
    """What the attack function is handed for it."""
    due = datetime.fromisoformat(executor["next_run_time"]).astimezone(UTC)
    return json.dumps({"executor_id": executor["id"], "due": f"{due:%Y-%m-%dT%H:%M:%SZ}"})


def waiting(stack: RunningEngine) -> int:
    """How many messages are in the queue, those being read included."""
    sqs = stack.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    return sum(
        int(each) for each in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()
    )


def send(stack: RunningEngine, body: str, **attributes: str) -> None:
    sqs = stack.client("sqs")
    sqs.send_message(
        QueueUrl=sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"],
        MessageBody=body,
        MessageAttributes={name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()},
    )


@pytest.mark.usefixtures("broken_attack")
def test_what_lambda_gave_up_on_has_failed_as_undelivered(stack: RunningEngine, plans: Plans) -> None:
    """MiniStack does not try Scheduler's own deliveries again: the same event is sent as Lambda takes it from there."""
    _, executor = plans.post(ahead=6)
    until("it is due", lambda: datetime.now(UTC) >= datetime.fromisoformat(executor["next_run_time"]))

    stack.client("lambda").invoke(
        FunctionName=stack.run["attack_function"], InvocationType="Event", Payload=payload(executor).encode()
    )

    record = plans.ended(executor)
    assert (record["status"], record["error"]["type"]) == ("failed", "Undelivered")
    assert "STAGE is '?'" in record["error"]["message"] and "RetriesExhausted" in record["error"]["message"]
    assert record["started_at"] is None and record["outcome"] is None


@pytest.mark.usefixtures("broken_attack")
def test_schedulers_dead_letter_ends_the_executor_with_schedulers_reason(stack: RunningEngine, plans: Plans) -> None:
    _, executor = plans.post(ahead=6)
    until("it is due", lambda: datetime.now(UTC) >= datetime.fromisoformat(executor["next_run_time"]))

    attributes = {"ERROR_CODE": "AccessDeniedException", "ERROR_MESSAGE": "no", "EXHAUSTED_RETRY_CONDITION": "Maximum"}
    send(stack, payload(executor), **attributes)

    record = plans.ended(executor)
    assert (record["status"], record["error"]["type"]) == ("failed", "Undelivered")
    assert record["error"]["message"].endswith("Scheduler says AccessDeniedException: no (Maximum)")
    until("the message is gone", lambda: waiting(stack) == 0)


def test_what_is_not_about_an_appointment_that_waits_changes_nothing_and_is_gone(
    stack: RunningEngine, plans: Plans
) -> None:
    _, executor = plans.post(ahead=3600)
    for body in ("not ours", json.dumps({"requestPayload": 5}), payload(executor)):
        send(stack, body)
    until("the messages are gone", lambda: waiting(stack) == 0)
    assert stack.api("GET", f"/executors/{executor['id']}")[1]["status"] == "scheduled"
