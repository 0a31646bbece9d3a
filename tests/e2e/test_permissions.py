"""What each function's role may not do, tried with that role's own credentials: the local AWS enforces IAM.

A function that has the role makes the calls: a role's trust lets nothing else assume it.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.local.child import Child, RunningEngine
from infra.local.place import ACCOUNT
from tests.e2e.other_account import OtherAccount

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
PROBE = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    try:
        getattr(boto3.client(event["service"]), event["call"])(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""
SCHEDULE = {
    "Name": "probe",
    "ScheduleExpression": "at(2090-01-01T00:00:00)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
}
PROBE_EVENT = {"Source": "chaosmonkey", "DetailType": "Probe", "Detail": "{}"}
Ask = Callable[..., str]


@pytest.fixture(scope="module")
def ask(child: Child) -> Iterator[Ask]:
    """Makes one AWS call as that function (``""``, ``-attack``, ...) would, and says ``done`` or the error."""
    functions = RunningEngine(child.run_file).client("lambda")
    made: dict[str, str] = {}

    def ask(function: str, service: str, call: str, **arguments: Any) -> str:
        if function not in made:
            made[function] = f"chaosmonkey-local{function}-probe"
            real = functions.get_function_configuration(FunctionName=f"chaosmonkey-local{function}")
            functions.create_function(
                FunctionName=made[function],
                Role=real["Role"],
                Runtime=real["Runtime"],
                Layers=[layer["Arn"] for layer in real["Layers"]],
                Handler="probe.handler",
                Timeout=30,
                Code={"ZipFile": _archive("probe.py", PROBE)},
            )
        event = {"service": service, "call": call, "arguments": arguments}
        answer = functions.invoke(FunctionName=made[function], Payload=json.dumps(event).encode())
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return str(said)

    yield ask
    for name in made.values():
        functions.delete_function(FunctionName=name)


@pytest.mark.parametrize("function", ["", "-sweep", "-undelivered"])
def test_only_the_attack_function_may_terminate(ask: Ask, function: str) -> None:
    assert ask(function, "ec2", "describe_instances") in DENIED
    assert ask(function, "ec2", "terminate_instances", InstanceIds=["i-00000000000000000"]) in DENIED


def test_the_attack_function_may_look_but_makes_no_schedules(ask: Ask, stack: RunningEngine) -> None:
    target = {
        "Arn": "arn:aws:lambda:us-east-1:123456789012:function:any",
        "RoleArn": "arn:aws:iam::123456789012:role/any",
    }
    group = stack.run["schedule_group"]
    assert ask("-attack", "ec2", "describe_instances") == "done"
    assert ask("-attack", "scheduler", "create_schedule", **SCHEDULE, GroupName=group, Target=target) in DENIED
    assert ask("-attack", "scheduler", "delete_schedule", Name="any", GroupName=group) in DENIED


def test_the_resolve_function_may_look_and_change_nothing(ask: Ask, stack: RunningEngine) -> None:
    instance, key = {"InstanceIds": ["i-00000000000000000"]}, {"pk": {"S": "nobody"}, "sk": {"S": "nothing"}}
    assert ask("-resolve", "ec2", "describe_instances") == "done"
    for call in ("terminate_instances", "stop_instances", "reboot_instances"):
        assert ask("-resolve", "ec2", call, **instance) in DENIED
    reads = {"RequestItems": {"chaosmonkey-local": {"Keys": [key]}}}
    assert ask("-resolve", "dynamodb", "batch_get_item", **reads) in DENIED
    assert ask("-resolve", "scheduler", "delete_schedule", Name="any", GroupName=stack.run["schedule_group"]) in DENIED
    assert ask("-resolve", "lambda", "invoke", FunctionName=stack.run["attack_function"]) in DENIED
    assert ask("-resolve", "events", "put_events", Entries=[PROBE_EVENT]) in DENIED


def test_the_api_has_targets_resolved_and_reads_alarms(ask: Ask) -> None:
    assert ask("", "lambda", "invoke", FunctionName="chaosmonkey-local-resolve", Payload="{}") == "done"
    assert ask("", "cloudwatch", "describe_alarms", AlarmNames=["nobody"]) == "done"
    for function in ("-attack", "-sweep", "-undelivered"):
        assert ask(function, "lambda", "invoke", FunctionName="chaosmonkey-local-resolve") in DENIED
    for function in ("-resolve", "-sweep", "-undelivered"):
        assert ask(function, "cloudwatch", "describe_alarms", AlarmNames=["nobody"]) in DENIED


def test_the_api_makes_schedules_in_its_own_group_alone(ask: Ask, stack: RunningEngine) -> None:
    group = stack.run["schedule_group"]
    assert ask("", "scheduler", "delete_schedule", Name="nobody", GroupName=group) == "ResourceNotFoundException"
    assert ask("", "scheduler", "delete_schedule", Name="nobody", GroupName="default") in DENIED
    assert ask("", "scheduler", "list_schedules") in DENIED


@pytest.mark.parametrize("function", ["", "-attack", "-sweep", "-undelivered"])
def test_each_reads_its_own_table_alone(ask: Ask, function: str) -> None:
    key = {"pk": {"S": "nobody"}, "sk": {"S": "nothing"}}
    own, other = ({"RequestItems": {f"chaosmonkey-{stage}": {"Keys": [key]}}} for stage in ("local", "prod"))
    assert ask(function, "dynamodb", "batch_get_item", **own) == "done"
    assert ask(function, "dynamodb", "batch_get_item", **other) in DENIED
    assert ask(function, "dynamodb", "delete_table", TableName="chaosmonkey-local") in DENIED


def test_the_attack_function_neither_makes_nor_lists_nor_removes_rows(ask: Ask) -> None:
    table, key = {"TableName": "chaosmonkey-local"}, {"pk": {"S": "nobody"}, "sk": {"S": "nothing"}}
    assert ask("-attack", "dynamodb", "put_item", **table, Item=key) in DENIED
    assert ask("-attack", "dynamodb", "delete_item", **table, Key=key) in DENIED
    condition = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "nobody"}}}
    assert ask("-attack", "dynamodb", "query", **table, **condition) in DENIED
    assert ask("-sweep", "dynamodb", "query", **table, **condition) == "done"


@pytest.mark.parametrize("function", ["", "-attack", "-sweep", "-undelivered"])
def test_each_tells_the_default_bus_and_no_other(ask: Ask, function: str) -> None:
    assert ask(function, "events", "put_events", Entries=[PROBE_EVENT]) == "done"
    assert ask(function, "events", "put_events", Entries=[{**PROBE_EVENT, "EventBusName": "another"}]) in DENIED
    assert ask(function, "events", "delete_rule", Name="any") in DENIED


def test_the_undelivered_function_records_and_no_more(ask: Ask, stack: RunningEngine) -> None:
    table, key = {"TableName": "chaosmonkey-local"}, {"pk": {"S": "nobody"}, "sk": {"S": "nothing"}}
    assert ask("-undelivered", "dynamodb", "put_item", **table, Item=key) in DENIED
    assert ask("-undelivered", "dynamodb", "delete_item", **table, Key=key) in DENIED
    assert ask("-undelivered", "lambda", "invoke", FunctionName=stack.run["attack_function"]) in DENIED
    group = stack.run["schedule_group"]
    assert ask("-undelivered", "scheduler", "delete_schedule", Name="any", GroupName=group) in DENIED


def test_only_the_undelivered_function_takes_messages_from_the_queue(ask: Ask, stack: RunningEngine) -> None:
    sqs = stack.client("sqs")
    url = sqs.get_queue_url(QueueName="chaosmonkey-local-undelivered")["QueueUrl"]
    for function in ("", "-attack", "-sweep"):
        assert ask(function, "sqs", "receive_message", QueueUrl=url) in DENIED
    assert ask("-undelivered", "sqs", "receive_message", QueueUrl=url) == "done"
    assert ask("-undelivered", "sqs", "send_message", QueueUrl=url, MessageBody="x") in DENIED


def test_the_sweep_cannot_have_the_attack_function_attack(ask: Ask, stack: RunningEngine) -> None:
    assert ask("-sweep", "lambda", "invoke", FunctionName=stack.run["attack_function"]) in DENIED


@pytest.fixture(scope="module")
def trusting(child: Child) -> Iterator[Callable[[str], str]]:
    """Makes roles in another account that trust all of this one, so that what refuses is the policy of who asks."""
    other = OtherAccount(RunningEngine(child.run_file))
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        everyone = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        return other.make_role(name, {"Version": "2012-10-17", "Statement": [everyone]})

    yield make
    for name in made:
        other.remove_role(name)


def test_the_attack_and_resolve_functions_assume_the_roles_that_the_stage_allows_and_the_others_none(
    ask: Ask, trusting: Callable[[str], str]
) -> None:
    allowed, another = (trusting(name) for name in ("chaosmonkey-trusting", "admin"))
    here = f"arn:aws:iam::{ACCOUNT}:role/chaosmonkey-trusting"  # of the right name, and in no list
    for function in ("-attack", "-resolve"):
        assert ask(function, "sts", "assume_role", RoleArn=allowed, RoleSessionName="probe") == "done"
        for role in (another, here):
            assert ask(function, "sts", "assume_role", RoleArn=role, RoleSessionName="probe") in DENIED
    for function in ("", "-sweep", "-undelivered"):
        assert ask(function, "sts", "assume_role", RoleArn=allowed, RoleSessionName="probe") in DENIED


def _archive(name: str, content: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()
