"""What a chaos tool is trusted for: that it does not attack. On the deployed functions."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import Any

import pytest
import pytz

from chalicelib import registry
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.memory.alarms import MemoryAlarms
from chalicelib.adapters.memory.publisher import MemoryPublisher
from chalicelib.adapters.memory.vault import MemorySecrets, MemoryVault
from chalicelib.appointment import Delivery
from chalicelib.bootstrap import utc_now
from chalicelib.control import Limit
from chalicelib.execution import Execution
from chalicelib.sealing import Opening
from chalicelib.settings import Settings, from_environment
from infra.local.child import RunningEngine
from infra.stages import TIMEZONE, environment, stage
from tests.e2e.functions import attack_function_with
from tests.e2e.target import Target, listening
from tests.e2e.wishes import Plans, until

TERMINATE = "terminate_ec2_instance:TerminateEC2Instance"
TABLE = "chaosmonkey-local"
DUE, AT_ONCE, CAP = 50, 10, 5


@pytest.fixture
def target() -> Iterator[Target]:
    with listening() as target:
        target.let_go.set()
        yield target


@pytest.fixture
def halted(stack: RunningEngine) -> Iterator[Callable[[], None]]:
    """Pulls the halt lever, which is let go after the test."""

    def halt() -> None:
        lever = {"halted": True, "reason": "the test says so"}
        assert stack.api("PUT", "/engine/", lever)[0] == 200

    yield halt
    assert stack.api("PUT", "/engine/", {"halted": False})[0] == 200


def described(stack: RunningEngine, instances: list[str]) -> Any:
    return stack.client("ec2").describe_instances(InstanceIds=instances)["Reservations"]


def kept(stack: RunningEngine) -> set[str]:
    """Every schedule and row there is. What an earlier test has left may go meanwhile, but nothing may come."""
    listed = stack.client("scheduler").list_schedules(GroupName=stack.run["schedule_group"])["Schedules"]
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
    rows = [row for page in pages for row in page["Items"]]
    return {schedule["Name"] for schedule in listed} | {f"{row['pk']['S']} {row['sk']['S']}" for row in rows}


def run_now(stack: RunningEngine, executor: dict[str, Any]) -> str:
    """What the attack function answers to a delivery of the executor, whatever its date."""
    due = datetime.fromisoformat(executor["next_run_time"]).astimezone(UTC)
    event = {"executor_id": executor["id"], "due": f"{due:%Y-%m-%dT%H:%M:%SZ}", "now": True}
    answer = stack.client("lambda").invoke(FunctionName=stack.run["attack_function"], Payload=json.dumps(event))
    said = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, said
    return str(said["status"])


def test_what_falls_due_after_the_engine_was_halted_is_skipped_with_the_reason(
    stack: RunningEngine, plans: Plans, halted: Callable[[], None]
) -> None:
    fleet = plans.fleet(2, "halted")
    _, executor = plans.post({"ref": TERMINATE, "args": {"filters": {"tag:chaos": "halted"}}}, ahead=3600)
    halted()
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat(timespec="seconds")
    assert stack.api("PUT", executor["_links"]["update"]["href"], {"type": "date", "args": {"date": soon}})[0] == 200

    record = plans.ended(executor)

    assert (record["status"], record["error"]["type"]) == ("skipped", "Halted"), record
    assert record["error"]["message"].endswith(": the test says so")
    assert record["started_at"] is None
    assert plans.running(fleet) == fleet


def test_a_dry_run_names_the_targets_and_changes_nothing(stack: RunningEngine, plans: Plans) -> None:
    protected, *fleet = plans.fleet(3, "dry")
    stack.client("ec2").create_tags(Resources=[protected], Tags=[{"Key": "chaos:protected", "Value": "true"}])
    body = {
        "name": "dry",
        "attack": {"ref": TERMINATE, "args": {"filters": {"tag:chaos": "dry"}}},
        "planner": {"ref": "exact_planner:ExactPlanner", "args": {"date": "2090-01-02T12:00:00"}},
        "guards": {"min_healthy": 2},
    }
    instances, before = described(stack, [protected, *fleet]), kept(stack)

    status, answer = stack.api("POST", "/plans/?dry_run=true", body)

    assert status == 200, answer
    assert described(stack, [protected, *fleet]) == instances
    assert kept(stack) <= before
    targets = answer["targets"]
    assert [each["id"] for each in targets["instances"]] == sorted(fleet)
    assert (targets["candidates"], targets["takes"], list(targets["spared"])) == (2, 1, [protected])
    [executor] = answer["_embedded"]["executors"]
    assert executor["held"] == {
        "guard": "MinHealthy",
        "reason": "of 2 candidates 1 would be left, and 2 must stay healthy",
    }


def test_a_dry_run_of_a_plan_all_of_whose_targets_are_protected_says_so(stack: RunningEngine, plans: Plans) -> None:
    fleet = plans.fleet(2, "protected")
    stack.client("ec2").create_tags(Resources=fleet, Tags=[{"Key": "chaos:protected", "Value": "true"}])
    body = {
        "name": "dry",
        "attack": {"ref": TERMINATE, "args": {"filters": {"tag:chaos": "protected"}}},
        "planner": {"ref": "exact_planner:ExactPlanner", "args": {"date": "2090-01-02T12:00:00"}},
    }
    _, answer = stack.api("POST", "/plans/?dry_run=true", body)
    assert answer["warnings"] == ["every machine that matches now is protected (2): an attack would be skipped"]


def test_a_leashed_stage_kills_nothing(stack: RunningEngine, plans: Plans) -> None:
    fleet = plans.fleet(2, "leashed")
    with attack_function_with(stack, LEASHED="true"):
        _, executor = plans.post({"ref": TERMINATE, "args": {"filters": {"tag:chaos": "leashed"}}}, ahead=2)
        record = plans.ended(executor)

    assert (record["status"], record["error"]["type"]) == ("skipped", "Leashed"), record
    assert sorted(record["outcome"]["would_choose_among"]) == sorted(fleet)
    assert plans.running(fleet) == fleet


def test_with_the_settings_of_prod_nothing_is_killed(
    stack: RunningEngine, plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They say nothing of a leash. The attack runs here, on the deployed table and machines."""
    fleet = plans.fleet(2, "prod")
    _, executor = plans.post({"ref": TERMINATE, "args": {"filters": {"tag:chaos": "prod"}}}, ahead=3600)
    of_prod = environment(stage("prod"))
    assert "LEASHED" not in of_prod
    execution = executing(stack, monkeypatch, replace(from_environment(of_prod), stage="local"))

    record = deliver(execution, executor)

    assert record.error is not None and (record.status, record.error.type) == ("skipped", "Leashed")
    assert sorted(record.outcome["would_choose_among"]) == sorted(fleet)
    assert plans.running(fleet) == fleet


def test_a_cap_is_exact_for_fifty_that_are_due_together(stack: RunningEngine, plans: Plans, target: Target) -> None:
    """Ten processes at once are what a machine of two cores can take; fifty at once meet in the table in
    tests/contract/test_begin.py."""
    until("this day of the engine has some minutes left", lambda: not almost_midnight(), seconds=200)
    executors = [plans.post(target.attack, ahead=3600)[1] for _ in range(DUE)]

    with attack_function_with(stack, MAX_ATTACKS_PER_DAY=str(CAP)), ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(lambda executor: run_now(stack, executor), executors))

    assert (said.count("succeeded"), said.count("skipped")) == (CAP, DUE - CAP)
    assert target.hits == CAP
    records = [stack.api("GET", f"/executors/{executor['id']}")[1] for executor in executors]
    reasons = {record["error"]["message"] for record in records if record["status"] == "skipped"}
    assert reasons == {f"{CAP} of {CAP} attacks a day were made already (all attacks)"}
    assert [record["status"] for record in records].count("succeeded") == CAP


def test_a_cap_is_exact_for_fifty_deliveries_at_the_same_time(
    stack: RunningEngine, plans: Plans, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From fifty threads here, on the deployed table: fifty processes would wait for each other, not meet."""
    until("this day of the engine has some minutes left", lambda: not almost_midnight(), seconds=200)
    limit = Limit(ref="api_request:ApiRequest", per_day=CAP)  # not the limit of all, which other tests have used
    settings = Settings(stage="local", timezone=pytz.timezone(TIMEZONE), leashed=False, limits=(limit,))
    executors = [plans.post(target.attack, ahead=3600)[1] for _ in range(DUE)]
    execution = executing(stack, monkeypatch, settings)

    with ThreadPoolExecutor(DUE) as pool:
        records = list(pool.map(lambda executor: deliver(execution, executor), executors))

    assert sorted(str(record.status) for record in records) == ["skipped"] * (DUE - CAP) + ["succeeded"] * CAP
    assert target.hits == CAP
    reasons = {record.error.message for record in records if record.error}
    assert reasons == {f"{CAP} of {CAP} attacks a day were made already (api_request:ApiRequest)"}


def executing(stack: RunningEngine, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Execution:
    """The attack function's use case with these settings, here, on the deployed table and machines."""
    region = stack.client("dynamodb").meta.region_name
    keys = {"AWS_ACCESS_KEY_ID": "123456789012", "AWS_SECRET_ACCESS_KEY": "any", "AWS_ENDPOINT_URL": stack.run["aws"]}
    for name, value in {"STAGE": "local", "AWS_DEFAULT_REGION": region, **keys}.items():
        monkeypatch.setenv(name, value)
    return Execution(
        settings=settings,
        runs=DynamoStore(settings, utc_now, region=region, endpoint=stack.run["aws"]),
        publisher=MemoryPublisher(),
        attacks=registry.attacks(),
        opening=Opening(vault=MemoryVault(), reader=MemorySecrets(), stage="local"),
        alarms=MemoryAlarms(),
        clock=utc_now,
        rng=SystemRandom(),
    )


def deliver(execution: Execution, executor: dict[str, Any]) -> Any:
    """What comes of a delivery of the executor, whatever its date."""
    due = datetime.fromisoformat(executor["next_run_time"]).astimezone(UTC)
    return execution.execute(
        Delivery(executor_id=executor["id"], due=due, request_id=executor["id"], seconds=300, now=True)
    )


def almost_midnight() -> bool:
    now = datetime.now(pytz.timezone(TIMEZONE))
    return (now.hour, now.minute) >= (23, 57)
