"""The deployed sweep, under its own role, finds what broke off and repairs it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.composition.parts import utc_now
from chalicelib.config.settings import from_environment
from chalicelib.domain.ids import new_plan_id
from chalicelib.domain.model import Executor, Plan, Status
from infra.local.child import RunningEngine
from tests.contract.builders import draft, run

AN_HOUR = timedelta(hours=1)
Sweep = Callable[[], dict[str, int]]


@pytest.fixture
def store(stack: RunningEngine, monkeypatch: pytest.MonkeyPatch) -> DynamoStore:
    """The deployed engine's own table, in the hands of its root user."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", stack.run["access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", stack.run["secret_key"])
    return DynamoStore(from_environment({}), utc_now, region=stack.run["region"], endpoint=stack.run["aws"])


@pytest.fixture
def sweep(stack: RunningEngine) -> Sweep:
    """Runs the deployed function once and gives back what it says it repaired."""

    def invoke() -> dict[str, int]:
        rule = {"id": "1", "detail": {}, "detail-type": "", "source": "", "time": "", "version": "0", "account": "1"}
        event = json.dumps({**rule, "region": "us-east-1", "resources": []})
        answer = stack.client("lambda").invoke(FunctionName="chaosmonkey-local-sweep", Payload=event.encode())
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return dict(said)

    return invoke


@pytest.fixture
def drawn() -> tuple[Plan, tuple[Executor, ...]]:
    """A plan that was begun an hour ago and is due half an hour after that, and half an hour from now."""
    began = datetime.now(UTC).replace(microsecond=0) - AN_HOUR
    return draft(
        dues=[began + AN_HOUR / 2, began + 3 * AN_HOUR / 2], created=began, plan_id=new_plan_id(began, SystemRandom())
    )


def schedules(stack: RunningEngine, executors: tuple[Executor, ...]) -> list[str]:
    """Which of the executors have a schedule."""
    client, found = stack.client("scheduler"), []
    for executor in executors:
        try:
            client.get_schedule(Name=executor.id, GroupName=stack.run["schedule_group"])
            found.append(executor.id)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ResourceNotFoundException"
    return found


def scheduled(stack: RunningEngine, executor: Executor) -> None:
    """Give it a schedule that never fires."""
    target: dict[str, Any] = {
        "Arn": f"arn:aws:lambda:us-east-1:123456789012:function:{stack.run['attack_function']}",
        "RoleArn": "arn:aws:iam::123456789012:role/chaosmonkey-local-scheduler",
    }
    stack.client("scheduler").create_schedule(
        Name=executor.id,
        GroupName=stack.run["schedule_group"],
        ScheduleExpression="at(2090-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )


def test_a_plan_whose_making_broke_off_is_gone_with_its_schedules(
    stack: RunningEngine, store: DynamoStore, sweep: Sweep, drawn: tuple[Plan, tuple[Executor, ...]]
) -> None:
    plan, executors = drawn
    store.uncommitted.add(plan, executors)
    scheduled(stack, executors[1])

    assert sweep()["erased"] == 1

    assert store.executors.locate(executors[0].id) is None and schedules(stack, executors) == []
    assert sweep()["erased"] == 0


def test_a_deletion_that_broke_off_after_the_tombstone_is_ended(
    stack: RunningEngine, store: DynamoStore, sweep: Sweep, drawn: tuple[Plan, tuple[Executor, ...]]
) -> None:
    plan, executors = drawn
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    scheduled(stack, executors[1])
    store.plans.soft_delete(plan.id, utc_now())

    assert sweep()["finalized"] == 1

    found = store.executors.locate(executors[1].id)
    assert found is not None and found[1].deleted and found[1].status is Status.CANCELLED
    assert schedules(stack, executors) == []


def test_what_was_never_delivered_is_missed_and_what_died_has_failed(
    store: DynamoStore, stack: RunningEngine, sweep: Sweep, drawn: tuple[Plan, tuple[Executor, ...]]
) -> None:
    plan, executors = drawn
    began = plan.created
    dead, dead_executors = draft(dues=[began + AN_HOUR / 4], created=began, plan_id=f"{int(plan.id, 16) + 1:032x}")
    for each, its_executors in ((plan, executors), (dead, dead_executors)):
        store.uncommitted.add(each, its_executors)
        store.uncommitted.commit(each.id)
    store.claims.claim(dead_executors[0], run(started=began + AN_HOUR / 4))

    assert sweep()["ended"] == 2

    _, missed = stack.api("GET", f"/executors/{executors[0].id}")
    assert (missed["status"], missed["error"]["type"]) == ("missed", "Missed")
    _, failed = stack.api("GET", f"/executors/{dead_executors[0].id}")
    assert (failed["status"], failed["error"]["type"]) == ("failed", "Interrupted")
    _, counted = stack.api("GET", f"/plans/{plan.id}")
    assert (counted["executors_count"], counted["executors_total"]) == (1, 2)
    for each in (plan, dead):
        assert stack.api("DELETE", f"/plans/{each.id}")[0] == 200
