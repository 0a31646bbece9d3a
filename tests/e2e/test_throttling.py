"""The limits of a stage are API Gateway's: who calls more often gets 429, and no function is woken for it."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.deploy.stacks import Stacks
from infra.deploy.throttling import limit, limits
from infra.local.bring_up import LOCAL
from infra.local.child import RunningEngine
from infra.stage.stages import Throttle

FEW = Throttle(requests_per_second=0.01, burst=2)


@pytest.fixture
def api_id(stack: RunningEngine) -> str:
    return Stacks(stack.client("cloudformation"), stack.client("s3")).outputs(LOCAL.names.name)["RestAPIId"]


@pytest.fixture
def apigateway(stack: RunningEngine, api_id: str) -> Iterator[Any]:
    client = stack.client("apigateway")
    yield client
    limit(client, api_id, LOCAL.throttle)


def test_the_template_gave_the_api_the_limits_of_its_stage(apigateway: Any, api_id: str) -> None:
    assert limits(apigateway, api_id) == LOCAL.throttle


def test_who_calls_a_method_too_often_gets_429(stack: RunningEngine, apigateway: Any, api_id: str) -> None:
    limit(apigateway, api_id, FEW)
    answers = [stack.api("GET", "/planners/") for _ in range(4)]
    assert [status for status, _ in answers] == [200, 200, 429, 429]
    assert answers[-1][1] == {"message": "Too Many Requests"}
    assert stack.api("GET", "/attacks/")[0] == 200, "each method has its own"
    limit(apigateway, api_id, LOCAL.throttle)
    assert stack.api("GET", "/planners/")[0] == 200
