"""The functions as AWS calls them, composed by ``bootstrap``, over moto."""

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.composition import bootstrap, parts
from chalicelib.domain.delivery import Refusal
from chalicelib.domain.ids import executor_id, new_plan_id
from chalicelib.domain.model import Executor, Plan, PlanState, Status, truncate_to_second
from tests.api.client import Client
from tests.contract.endpoints import moto
from tests.unit.runtime.test_metrics import counted

REGION, GROUP = "eu-west-1", "chaosmonkey-local"
API_REQUEST = {"ref": "api_request:ApiRequest", "args": {"endpoint": "http://127.0.0.1:9/", "method": "GET"}}
PLAN = {
    "name": "a plan",
    "attack": API_REQUEST,
    "planner": {"ref": "exact_planner:ExactPlanner", "args": {"date": "2087-06-21T15:30:00"}},
}
UNKNOWN = "0123456789abcdef" * 2 + "-0000"


@dataclass(frozen=True)
class Context:
    """What Lambda tells a function about its call."""

    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:123456789012:function:chaosmonkey-local"
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def forget() -> None:
    """The next call is a function's first: what the composition root keeps is built anew."""
    for kept in (*vars(bootstrap).values(), *vars(parts).values()):
        if hasattr(kept, "cache_clear"):
            kept.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    """The local stage's table and schedule group in an AWS of one's own."""
    with moto() as endpoint, pytest.MonkeyPatch.context() as environment:
        for name in ("LEASHED", "TIMEZONE", "ALLOWED_ORIGIN", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_IAM_ROLE"):
            environment.delenv(name, raising=False)
        environment.setenv("STAGE", "local")
        environment.setenv("AWS_ENDPOINT_URL", endpoint)
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        environment.setenv("AWS_ACCESS_KEY_ID", "nobody")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        forget()
        boto3.client("scheduler").create_schedule_group(Name=GROUP)
        parts.store().table.rows.create_table(wait=True)
        yield
    forget()


@pytest.fixture
def api() -> Client:
    return Client(importlib.import_module("app").app, context=Context(), origin="*")


def function(name: str) -> Any:
    """The handler as Lambda finds it."""
    module = importlib.import_module(f"chalicelib.handlers.{'dead_letters' if name == 'undelivered' else name}")
    return getattr(module, name)


def due(at: datetime) -> str:
    """An executor that is due then, its plan committed as by a request of that time."""
    plan_id = new_plan_id(at, bootstrap.plan_creation(Context().invoked_function_arn).rng)
    executor = Executor(id=executor_id(plan_id, 0), plan_id=plan_id, name="due", due=at)
    plan = Plan(
        id=plan_id,
        name="due",
        created=at,
        attack=API_REQUEST,
        planner=PLAN["planner"],
        state=PlanState.CREATING,
        dues=(at,),
        remaining=1,
    )
    parts.store().uncommitted.add(plan, [executor])
    parts.store().uncommitted.commit(plan_id)
    return executor.id


def deliver(executor_id: str, at: datetime) -> Any:
    return function("attack")({"executor_id": executor_id, "due": f"{at:%Y-%m-%dT%H:%M:%SZ}"}, Context())


def test_a_plan_is_posted_listed_moved_and_deleted(api: Client) -> None:
    made = api.post("/api/1/plans/", PLAN)
    assert made.status == 200
    (executor,) = api.follow(made.doc)["_embedded"]["executors"]
    scheduler = boto3.client("scheduler")
    schedule = scheduler.get_schedule(Name=executor["id"], GroupName=GROUP)
    assert schedule["ScheduleExpression"] == "at(2087-06-21T13:30:00)"
    assert schedule["Target"]["Arn"].endswith(":123456789012:function:chaosmonkey-local-attack")
    assert json.loads(schedule["Target"]["Input"]) == {
        "executor_id": executor["id"],
        "due": "2087-06-21T13:30:00Z",
    }
    assert [each["id"] for each in api.get("/api/1/executors/")["executors"]] == [executor["id"]]
    move = {"type": "date", "args": {"date": "2087-06-22T15:30:00Z"}}
    assert api.follow(executor, "update", "PUT", move).status == 200
    moved = scheduler.get_schedule(Name=executor["id"], GroupName=GROUP)
    assert moved["ScheduleExpression"] == "at(2087-06-22T15:30:00)"
    assert api.follow(made.doc, "delete", "DELETE").status == 200
    assert api.get("/api/1/plans/?all=true")["plans"] == []
    assert scheduler.list_schedules(GroupName=GROUP)["Schedules"] == []


class TestTheAttackFunction:
    @pytest.mark.parametrize("event", [None, {}, [], "x", {"executor_id": UNKNOWN}, {"executor_id": "x", "due": "y"}])
    def test_a_bad_event_is_refused_and_logged(self, event: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert function("attack")(event, Context()) == {"refused": Refusal.MALFORMED}
        logged = json.loads(capsys.readouterr().out)
        known = (logged["event"], logged["message"], logged["request_id"])
        assert known == ("delivery refused", Refusal.MALFORMED, "request-1")
        assert counted(logged)["DeliveriesRefused", "Stage=local", "Reason=Malformed"] == 1

    def test_what_is_not_there_is_refused_and_logged(self, capsys: pytest.CaptureFixture[str]) -> None:
        refused = deliver(UNKNOWN, parts.utc_now())
        assert refused == {"executor_id": UNKNOWN, "refused": Refusal.UNKNOWN}
        logged = json.loads(capsys.readouterr().out)
        assert (logged["message"], logged["executor_id"], logged["plan_id"]) == (Refusal.UNKNOWN, UNKNOWN, UNKNOWN[:32])
        assert counted(logged)["DeliveriesRefused", "Stage=local", "Reason=Unknown"] == 1

    def test_what_is_due_is_attacked_once_and_logged(self, api: Client, capsys: pytest.CaptureFixture[str]) -> None:
        now = truncate_to_second(parts.utc_now())
        id = due(now)
        assert deliver(id, now) == {"executor_id": id, "status": Status.FAILED}
        started, logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert (started["event"], started["executor_id"]) == ("executor started", id)
        assert (logged["event"], logged["plan_id"], logged["name"]) == ("executor failed", id[:32], "due")
        assert logged["request_id"] == started["request_id"] == "request-1"
        assert counted(logged) == {("AttacksFailed", "Stage=local"): 1}
        found = api.get(f"/api/1/executors/{id}")
        assert found["status"] == "failed" and found["error"]["message"] == logged["message"]
        assert deliver(id, now) == {"executor_id": id, "refused": Refusal.ENDED}

    def test_what_comes_too_late_is_missed(self, api: Client) -> None:
        past = truncate_to_second(parts.utc_now()) - timedelta(days=1)
        id = due(past)
        assert deliver(id, past) == {"executor_id": id, "status": Status.MISSED}
        assert api.get(f"/api/1/executors/{id}")["error"]["type"] == "Missed"


class TestTheResolveFunction:
    def test_what_matches_is_named_and_counted_and_no_argument_is_logged(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tags = [
            {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "s", "Value": "hunter2"}]}
        ]
        ec2 = boto3.client("ec2")
        made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2, TagSpecifications=tags)["Instances"]
        ref = "terminate_ec2_instance:TerminateEC2Instance"
        answer = function("resolve")({"ref": ref, "args": {"filters": {"tag:s": "hunter2"}}}, Context())
        named = [{"id": id, "name": "web"} for id in sorted(each["InstanceId"] for each in made)]
        assert (answer["candidates"], answer["candidates_total"], answer["takes"]) == (named, 2, 1)
        logged = capsys.readouterr().out
        assert "hunter2" not in logged
        assert json.loads(logged) == {
            **{"event": "targets resolved", "ref": ref, "candidates": 2, "request_id": "request-1"}
        }
        ids = [each["InstanceId"] for each in made]
        [found] = ec2.describe_instances(InstanceIds=ids)["Reservations"]
        assert {each["State"]["Name"] for each in found["Instances"]} == {"running"}

    @pytest.mark.parametrize("event", [None, [], "x", {"ref": 3}, {"ref": "nope:Nope", "args": {}}])
    def test_whatever_it_is_asked_it_answers(self, event: Any, capsys: pytest.CaptureFixture[str]) -> None:
        answer = function("resolve")(event, Context())
        assert set(answer) == {"error"} and json.loads(capsys.readouterr().out)["unknown"] == answer["error"]


def test_the_sweep_function_repairs_and_logs(api: Client, capsys: pytest.CaptureFixture[str]) -> None:
    id = due(truncate_to_second(parts.utc_now()) - timedelta(days=1))
    event = {
        **{"version": "0", "account": "123456789012", "region": REGION, "detail": {}, "detail-type": "Scheduled Event"},
        **{"source": "aws.events", "time": "2027-03-01T09:00:00Z", "id": "1", "resources": []},
    }
    repaired = function("sweep")(event, Context())
    assert repaired == {"erased": 0, "finalized": 0, "ended": 1, "expedited": 0, "synced": 0, "failed": 0, "broken": 0}
    missed, swept = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (missed["event"], missed["executor_id"]) == ("executor missed", id)
    assert counted(missed) == {("AttacksMissed", "Stage=local"): 1}
    assert {name: swept[name] for name in repaired} == repaired and swept["event"] == "swept"
    assert counted(swept) == {("SweepEnded", "Stage=local"): 1, ("SweepFailed", "Stage=local"): 0}
    assert {line["request_id"] for line in (missed, swept)} == {"request-1"}
    assert api.get(f"/api/1/executors/{id}")["status"] == "missed"


class TestTheUndeliveredFunction:
    def call(self, body: str, **attributes: str) -> None:
        message = {
            "messageId": "message-1",
            "receiptHandle": "r",
            "body": body,
            "messageAttributes": {
                **{name: {"dataType": "String", "stringValue": text} for name, text in attributes.items()},
                "picture": {"dataType": "Binary", "binaryValue": "AAAA"},
            },
        }
        assert function("undelivered")({"Records": [message]}, Context()) is None

    def test_what_was_never_delivered_has_failed_and_is_logged(
        self, api: Client, capsys: pytest.CaptureFixture[str]
    ) -> None:
        now = truncate_to_second(parts.utc_now())
        id = due(now)
        self.call(json.dumps({"executor_id": id, "due": f"{now:%Y-%m-%dT%H:%M:%SZ}"}), ERROR_CODE="AccessDenied")
        failed, undelivered = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert (failed["event"], failed["plan_id"], failed["executor_id"]) == ("executor failed", id[:32], id)
        assert (undelivered["event"], undelivered["executor_id"]) == ("undelivered ended", id)
        assert counted(undelivered)["Undelivered", "Stage=local"] == 1
        found = api.get(f"/api/1/executors/{id}")
        assert (found["status"], found["error"]["type"]) == ("failed", "Undelivered")
        assert found["error"]["message"] == failed["message"] and "AccessDenied" in failed["message"]

    def test_what_is_left_alone_is_logged_with_both_reasons(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.call(json.dumps({"requestPayload": {"executor_id": UNKNOWN, "due": "2027-03-01T09:00:00Z"}}))
        logged = json.loads(capsys.readouterr().out)
        assert (logged["event"], logged["executor_id"]) == ("undelivered left alone", UNKNOWN)
        assert (logged["message"], logged["given_up"]) == (Refusal.UNKNOWN, "Lambda gives no reason")
        assert counted(logged)["Undelivered", "Stage=local", "Reason=Unknown"] == 1

    def test_what_is_not_about_an_executor_is_dropped_without_its_content(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.call('{"password": "hunter2"}')
        out = capsys.readouterr().out
        logged = json.loads(out)
        assert (logged["event"], logged["message_id"]) == ("undelivered message dropped", "message-1")
        assert counted(logged)["Undelivered", "Stage=local", "Reason=Malformed"] == 1
        assert "hunter2" not in out


def test_what_the_api_makes_and_deletes_is_logged_with_its_request(
    api: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    made = api.post("/api/1/plans/", PLAN)
    assert api.follow(made.doc, "delete", "DELETE").status == 200
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["plan created", "change asked", "plan deleted", "change asked"]
    assert {line["request_id"] for line in lines} == {"request-1"} and {line["by"] for line in lines} == {"anyone"}
    created, _, deleted, _ = lines
    assert {line["plan_id"] for line in (created, deleted)} == {made["id"]}
    assert counted(created) == {("PlansCreated", "Stage=local"): 1}
