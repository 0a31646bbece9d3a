"""What a chaos tool is trusted for: that it does not attack. On the deployed functions."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.child import RunningEngine
from tests.e2e.functions import attack_function_with
from tests.e2e.wishes import Plans

TERMINATE = "terminate_ec2_instance:TerminateEC2Instance"
TABLE = "chaosmonkey-local"


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


def test_the_answer_says_that_all_targets_of_a_plan_are_protected_posted_or_dry(
    stack: RunningEngine, plans: Plans
) -> None:
    fleet = plans.fleet(2, "protected")
    stack.client("ec2").create_tags(Resources=fleet, Tags=[{"Key": "chaos:protected", "Value": "true"}])
    body = {
        "name": "protected",
        "attack": {"ref": TERMINATE, "args": {"filters": {"tag:chaos": "protected"}}},
        "planner": {"ref": "exact_planner:ExactPlanner", "args": {"date": "2090-01-02T12:00:00"}},
    }
    _, dry = stack.api("POST", "/plans/?dry_run=true", body)  # it waits for a function that has to start
    status, made = stack.api("POST", "/plans/", body)
    plans.adopt(made["id"])
    assert status == 200
    assert made["warnings"] == dry["warnings"]
    assert made["warnings"] == ["every machine that matches now is protected (2): an attack would be skipped"]


def test_a_leashed_stage_kills_nothing(stack: RunningEngine, plans: Plans) -> None:
    fleet = plans.fleet(2, "leashed")
    with attack_function_with(stack, LEASHED="true"):
        _, executor = plans.post({"ref": TERMINATE, "args": {"filters": {"tag:chaos": "leashed"}}}, ahead=2)
        record = plans.ended(executor)

    assert (record["status"], record["error"]["type"]) == ("skipped", "Leashed"), record
    assert sorted(record["outcome"]["would_choose_among"]) == sorted(fleet)
    assert plans.running(fleet) == fleet
