"""``ports.Deliveries``: the way an executor reaches the attack function when no schedule can bring it."""

import json

import pytest
from botocore.stub import Stubber

from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.deliveries import LambdaDeliveries
from chalicelib.adapters.aws.delivery import payload
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.memory.schedules import MemoryDeliveries
from chalicelib.domain.unavailable import Unavailable
from tests.contract.builders import draft, no_pause
from tests.contract.conftest import REGION


def test_memory_keeps_what_was_delivered_in_order() -> None:
    _, executors = draft(3)
    deliveries = MemoryDeliveries()
    for executor in reversed(executors):
        deliveries.deliver_all([executor])
    deliveries.deliver_early(executors[0])
    assert deliveries.delivered == list(reversed(executors))
    deliveries.deliver_early(executors[1], "ana")
    assert deliveries.early == [executors[0], executors[1]]
    assert deliveries.early_by == [None, "ana"]


def test_what_runs_early_says_so() -> None:
    _, (executor,) = draft(1)
    assert json.loads(payload(executor, early=True)) == {**json.loads(payload(executor)), "now": True}
    assert json.loads(payload(executor, early=True, by="ana")) == {
        **json.loads(payload(executor, early=True)),
        "by": "ana",
    }
    aws_lambda = client("lambda", connections=1, region=REGION)
    with Stubber(aws_lambda) as stubber:
        asked = {
            "FunctionName": "attack",
            "InvocationType": "Event",
            "Payload": payload(executor, early=True, by="ana").encode(),
        }
        stubber.add_response("invoke", {"StatusCode": 202}, asked)
        LambdaDeliveries(aws_lambda, "attack", width=2).deliver_early(executor, "ana")
        stubber.add_client_error("invoke", "ResourceNotFoundException")
        with pytest.raises(Unavailable):
            LambdaDeliveries(aws_lambda, "attack", width=2).deliver_early(executor)


def test_the_attack_function_is_invoked_without_waiting_for_it() -> None:
    _, (executor,) = draft(1)
    aws_lambda = client("lambda", connections=1, region=REGION)
    with Stubber(aws_lambda) as stubber:
        stubber.add_response(
            "invoke",
            {"StatusCode": 202},
            {
                "FunctionName": "chaosmonkey-test-attack",
                "InvocationType": "Event",
                "Payload": f'{{"executor_id": "{executor.id}", "due": "2099-06-21T12:01:00Z"}}'.encode(),
            },
        )
        LambdaDeliveries(aws_lambda, "chaosmonkey-test-attack", width=2).deliver_all([executor])
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "throttled"), [("TooManyRequestsException", True), ("ResourceNotFoundException", False)]
)
def test_what_lambda_does_not_accept_is_unavailable(code: str, throttled: bool) -> None:
    aws_lambda = client("lambda", connections=1, region=REGION)
    with Stubber(aws_lambda) as stubber:
        for _ in range(2):
            stubber.add_client_error("invoke", code)
        deliveries = LambdaDeliveries(aws_lambda, "attack", width=1, backoff=Backoff(tries=2, sleep=no_pause))
        with pytest.raises(Unavailable) as caught:
            deliveries.deliver_all([draft(1)[1][0]])
    assert caught.value.throttled is throttled


def test_a_delivery_that_fails_does_not_keep_the_next_from_being_made() -> None:
    aws_lambda = client("lambda", connections=1, region=REGION)
    with Stubber(aws_lambda) as stubber:
        stubber.add_client_error("invoke", "ResourceNotFoundException")
        stubber.add_response("invoke", {"StatusCode": 202})
        with pytest.raises(Unavailable):
            LambdaDeliveries(aws_lambda, "attack", width=1).deliver_all(draft(2)[1])
        stubber.assert_no_pending_responses()
