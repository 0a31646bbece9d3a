"""Ten deliveries at once, and functions killed in the middle of their work, on the deployed functions."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.memory.publisher import MemoryPublisher
from chalicelib.adapters.scheduler.schedules import EventBridgeSchedules, ScheduleTarget
from chalicelib.config.settings import from_environment
from chalicelib.repair.sweep import Sweep
from infra.local.child import Child, RunningEngine
from tests.e2e import processes
from tests.e2e.target import Target, listening
from tests.e2e.wishes import NOWHERE, Plans, until

pytestmark = pytest.mark.long

DELIVERIES = 10
EXECUTORS = 1000
SweepLater = Callable[[timedelta], dict[str, int]]


@pytest.fixture
def target() -> Iterator[Target]:
    with listening() as target:
        yield target


@pytest.fixture
def sweep_later(stack: RunningEngine, monkeypatch: pytest.MonkeyPatch) -> SweepLater:
    """The sweep as it will be after some time: its use case, on the deployed engine's table and schedules, with a clock
    that is ahead."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", stack.run["access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", stack.run["secret_key"])
    settings, place = from_environment({}), {"region": stack.run["region"], "endpoint": stack.run["aws"]}
    none = ScheduleTarget(
        group=stack.run["schedule_group"], function_arn="", role_arn="", dead_letter_arn="", grace_seconds=900
    )

    def sweep(ahead: timedelta) -> dict[str, int]:
        def clock() -> datetime:
            return datetime.now(UTC) + ahead

        store = DynamoStore(settings, clock, **place)
        schedules = EventBridgeSchedules(
            client("scheduler", connections=16, **place), none, zone=settings.timezone, width=16
        )
        return Sweep(
            settings=settings,
            plans=store.plans,
            uncommitted=store.uncommitted,
            executors=store.executors,
            runs=store.runs,
            unfinished=store.unfinished,
            controls=store.controls,
            schedules=schedules,
            publisher=MemoryPublisher(),
            clock=clock,
        ).sweep()

    return sweep


def delivered(stack: RunningEngine, executor: dict[str, Any]) -> dict[str, Any]:
    """What the attack function says of a delivery of the executor."""
    due = datetime.fromisoformat(executor["next_run_time"]).astimezone(UTC)
    event = {"executor_id": executor["id"], "due": f"{due:%Y-%m-%dT%H:%M:%SZ}"}
    answer = stack.client("lambda").invoke(FunctionName=stack.run["attack_function"], Payload=json.dumps(event))
    said = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, said
    return dict(said)


def record(stack: RunningEngine, executor: dict[str, Any]) -> dict[str, Any]:
    status, found = stack.api("GET", f"/executors/{executor['id']}")
    assert status == 200, found
    return dict(found)


def test_of_ten_deliveries_at_once_one_attacks(stack: RunningEngine, plans: Plans, target: Target) -> None:
    """The attack lasts until the nine others have been answered, so that they are there at the same time."""
    _, executor = plans.post(target.attack, ahead=4)
    stack.client("scheduler").delete_schedule(GroupName=stack.run["schedule_group"], Name=executor["id"])
    answers: list[dict[str, Any]] = []

    def deliver(_: int) -> None:
        answers.append(delivered(stack, executor))
        if len(answers) == DELIVERIES - 1:
            target.let_go.set()

    with ThreadPoolExecutor(DELIVERIES) as pool:
        list(pool.map(deliver, range(DELIVERIES)))

    assert target.hits == 1
    assert [answer["status"] for answer in answers if "status" in answer] == ["succeeded"]
    assert {answer["refused"] for answer in answers if "refused" in answer} == {"it is running already"}
    ended = record(stack, executor)
    assert (ended["status"], ended["deliveries"]) == ("succeeded", DELIVERIES)


def test_an_attack_that_was_killed_is_on_record_as_interrupted(
    child: Child, stack: RunningEngine, plans: Plans, target: Target, sweep_later: SweepLater
) -> None:
    plan, executor = plans.post(target.attack, ahead=2)
    assert target.hit.wait(30)
    killed = processes.of_function(stack.run["attack_function"], child.aws_port)
    assert killed

    processes.kill(killed)

    target.let_go.set()
    assert record(stack, executor)["status"] == "running", "nobody can know yet"
    assert delivered(stack, executor)["refused"] == "it is running already"
    sweep_later(timedelta())  # it may end what other tests have left
    assert record(stack, executor)["status"] == "running", "its lease lasts"
    assert sweep_later(timedelta(minutes=20))["ended"] >= 1
    ended = record(stack, executor)
    assert (ended["status"], ended["error"]["type"]) == ("failed", "Interrupted")
    assert delivered(stack, executor)["refused"] == "it has ended already"
    assert target.hits == 1
    _, counted = stack.api("GET", f"/plans/{plan['id']}")
    assert counted["executed"] is True


def test_nothing_remains_of_a_plan_in_whose_making_the_api_was_killed(
    child: Child, stack: RunningEngine, sweep_later: SweepLater
) -> None:
    until("a minute of today is left", lambda: stack.api("POST", "/plans/?dry_run=true", many(1))[0] == 200, seconds=90)
    with ThreadPoolExecutor(1) as pool:
        posted = pool.submit(stack.api, "POST", "/plans/", many(EXECUTORS))
        plan_id = until("the first schedules are there", lambda: plan_being_made(stack))
        killed = processes.of_function(from_environment({}).name, child.aws_port)
        processes.kill(killed)
        status, _ = posted.result(60)
    assert killed and status >= 500, "it was killed in time"
    assert stack.api("GET", f"/plans/{plan_id}")[0] == 404, "it is not there before it is whole"
    half_made = [id for id in ids(plan_id) if is_scheduled(stack, id)]
    assert 0 < len(half_made) < EXECUTORS

    until("a sweep has erased it", lambda: sweep_later(timedelta(minutes=3)) and not rows(stack, plan_id), seconds=120)

    assert not [id for id in half_made if is_scheduled(stack, id)]
    assert rows(stack, plan_id) == 0
    assert stack.api("GET", f"/plans/{plan_id}")[0] == 404


def many(executors: int) -> dict[str, Any]:
    """So many, in what is left of today."""
    window = {"min_time": "00:00", "max_time": "23:59", "times": executors}
    return {"name": "many", "attack": NOWHERE, "planner": {"ref": "simple_planner:SimplePlanner", "args": window}}


def ids(plan_id: str) -> list[str]:
    return [f"{plan_id}-{number:04d}" for number in range(EXECUTORS)]


def plan_being_made(stack: RunningEngine) -> str | None:
    """The plan that is being made once it has its first schedule. (Other tests leave schedules to a later sweep.)"""
    found = stack.client("dynamodb").query(
        TableName=from_environment({}).table,
        IndexName="by_state",
        KeyConditionExpression="state_key = :creating",
        ExpressionAttributeValues={":creating": {"S": "plan.creating#0"}},
    )
    made = (row["pk"]["S"] for row in found["Items"])
    return next((plan_id for plan_id in made if is_scheduled(stack, f"{plan_id}-0000")), None)


def is_scheduled(stack: RunningEngine, name: str) -> bool:
    try:
        stack.client("scheduler").get_schedule(GroupName=stack.run["schedule_group"], Name=name)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ResourceNotFoundException"
        return False
    return True


def rows(stack: RunningEngine, plan_id: str) -> int:
    found = stack.client("dynamodb").query(
        TableName=from_environment({}).table,
        KeyConditionExpression="pk = :plan",
        ExpressionAttributeValues={":plan": {"S": plan_id}},
        Select="COUNT",
    )
    return int(found["Count"])
