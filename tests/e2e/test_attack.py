"""The main job, on real wires: posted over HTTP, scheduled, delivered to the packaged function, done, on record."""

import pytest
from botocore.exceptions import ClientError

from infra.local.child import RunningEngine
from tests.e2e.wishes import Plans, until

TERMINATE = "terminate_ec2_instance:TerminateEC2Instance"


def test_a_plan_terminates_exactly_one_matching_instance(stack: RunningEngine, plans: Plans) -> None:
    doomed, others = plans.fleet(3, "doomed"), plans.fleet(2, "spared")

    plan, executor = plans.post({"ref": TERMINATE, "args": {"filters": {"tag:chaos": "doomed"}}}, ahead=3)
    assert executor["id"].startswith(plan["id"])
    record = plans.ended(executor)

    assert record["status"] == "succeeded", record
    assert record["outcome"]["candidates"] == 3
    assert set(doomed) - set(plans.running(doomed)) == {record["outcome"]["instance_id"]}
    assert plans.running(others) == others
    assert record["started_at"] >= record["next_run_time"]
    assert record["finished_at"] >= record["started_at"]
    assert stack.api("GET", f"/plans/{plan['id']}")[1]["executed"] is True


def test_no_matching_instance_is_a_failed_attack_that_says_so(plans: Plans) -> None:
    _, executor = plans.post({"ref": TERMINATE, "args": {"filters": {"tag:chaos": "nobody"}}}, ahead=2)

    record = plans.ended(executor)

    assert record["status"] == "failed"
    assert record["error"]["message"]


def test_the_schedule_bears_the_executors_name_and_goes_when_it_has_fired(stack: RunningEngine, plans: Plans) -> None:
    scheduler, group = stack.client("scheduler"), stack.run["schedule_group"]
    plan, executor = plans.post(ahead=4)

    schedule = scheduler.get_schedule(GroupName=group, Name=executor["id"])
    assert plan["name"] in schedule["Description"]
    assert stack.run["attack_function"] in schedule["Target"]["Arn"]

    plans.ended(executor)
    until("the schedule is gone", lambda: _gone(scheduler, group, executor["id"]))


def test_deleting_a_plan_takes_its_schedules_along(stack: RunningEngine, plans: Plans) -> None:
    plan, executor = plans.post(ahead=3600)

    assert stack.api("DELETE", plan["_links"]["delete"]["href"])[0] == 200

    assert _gone(stack.client("scheduler"), stack.run["schedule_group"], executor["id"])
    assert stack.api("GET", f"/executors/{executor['id']}")[0] == 404


def test_moving_an_executor_moves_its_schedule(stack: RunningEngine, plans: Plans) -> None:
    _, executor = plans.post(ahead=3600)
    moved_to = {"type": "date", "args": {"date": "2090-05-05T10:30:00Z"}}

    status, moved = stack.api("PUT", executor["_links"]["update"]["href"], moved_to)

    assert status == 200, moved
    schedule = stack.client("scheduler").get_schedule(GroupName=stack.run["schedule_group"], Name=executor["id"])
    assert schedule["ScheduleExpression"] == "at(2090-05-05T10:30:00)"


def test_an_executor_that_is_run_now_runs_once_and_says_when(stack: RunningEngine, plans: Plans) -> None:
    _, executor = plans.post(ahead=3600)

    status, asked = stack.api("POST", f"/executors/{executor['id']}/run")
    assert (status, asked["status"]) == (202, "scheduled")
    record = plans.ended(executor)

    assert record["status"] == "failed" and record["error"]["type"] == "AttackFailed"
    assert record["next_run_time"] == record["delivered_at"] < executor["next_run_time"]
    assert (record["deliveries"], len(record["request_id"])) == (1, 36)
    status, again = stack.api("POST", f"/executors/{executor['id']}/run")
    assert status == 409 and "has ended" in again["msg"]


def _gone(scheduler: object, group: str, name: str) -> bool:
    try:
        scheduler.get_schedule(GroupName=group, Name=name)  # type: ignore[attr-defined]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return True
        pytest.fail(str(error))
    return False
