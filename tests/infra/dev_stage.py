"""The stage dev in an account of moto, as it is when all is well."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
import yaml
from moto import mock_aws

from infra.deploy.access_log import write_log
from infra.deploy.throttling import limit
from infra.packaging.package import ROOT
from infra.stage.functions import names
from infra.stage.stages import environment, stage

DEV = stage("dev")
KEYS = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing", "region_name": "us-east-1"}

ACCOUNT = "123456789012"
BUCKET = f"chaosmonkey-dev-packages-{ACCOUNT}-us-east-1"
TABLE = {"TableName": "chaosmonkey-dev"}
ROLE = {"RoleName": "chaosmonkey-dev-scheduler"}
ATTACK = {"FunctionName": "chaosmonkey-dev-attack"}


SESSION = boto3.Session(**KEYS)


@cache  # by that the models of the services are read once for all tests
def clients(service: str, schedules: float = 1_000_000, at_once: int = 1000) -> Any:
    """Return moto's clients. It knows no quotas of Scheduler and no settings of Lambda: these are answered here."""
    client = SESSION.client(service)
    limit = {"ConcurrentExecutions": at_once, "UnreservedConcurrentExecutions": at_once}
    quota = {"QuotaName": "Number of schedules", "Value": schedules}
    for operation, answer in (
        ("lambda.GetAccountSettings", {"AccountLimit": limit}),
        ("service-quotas.ListServiceQuotas", {"Quotas": [quota]}),
    ):
        given = SimpleNamespace(status_code=200), answer
        client.meta.events.register(f"before-call.{operation}", lambda given=given, **_: given)
    return client


@contextmanager
def dev_in_an_account() -> Iterator[None]:
    """The stage dev in an account of moto: what `before.yaml` says, and what the functions are known by."""
    with mock_aws():
        put_what_comes_before()
        for name in names(DEV):
            put_function(name, environment(DEV) | ({"ROLE_SESSIONS": "act"} if name.endswith("-attack") else {}))
        wake_the_sweep()
        read_the_queue()
        let_an_api_call_the_function()
        queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:chaosmonkey-dev-undelivered"
        give_up_after(600, queue)
        yield


def put_what_comes_before() -> None:
    """What `before.yaml` says, by calls: moto's CloudFormation wants libraries that nothing else does."""
    resources = yaml.load((ROOT / "infra" / "deploy" / "before.yaml").read_text(), Template)["Resources"]
    table = resources["Table"]["Properties"]
    tables = clients("dynamodb")
    expiry, recovery = table.pop("TimeToLiveSpecification"), table.pop("PointInTimeRecoverySpecification")
    tables.create_table(**table)
    tables.update_time_to_live(**TABLE, TimeToLiveSpecification=expiry)
    tables.update_continuous_backups(**TABLE, PointInTimeRecoverySpecification=recovery)
    clients("scheduler").create_schedule_group(**resources["ScheduleGroup"]["Properties"])
    clients("sqs").create_queue(QueueName=resources["Undelivered"]["Properties"]["QueueName"])
    made = clients("kms").create_key(Description=resources["Key"]["Properties"]["Description"])["KeyMetadata"]
    clients("kms").create_alias(AliasName=resources["KeyAlias"]["Properties"]["AliasName"], TargetKeyId=made["KeyId"])
    clients("logs").create_log_group(logGroupName=resources["AccessLog"]["Properties"]["LogGroupName"])
    s3, policy = clients("s3"), resources["PackagesPolicy"]["Properties"]["PolicyDocument"]
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy, default=str))
    role = resources["SchedulerRole"]["Properties"]
    trust = json.dumps(role["AssumeRolePolicyDocument"], default=str)
    clients("iam").create_role(**ROLE, AssumeRolePolicyDocument=trust)
    [policy] = role["Policies"]
    document = json.dumps(policy["PolicyDocument"], default=str)
    clients("iam").put_role_policy(**ROLE, PolicyName=policy["PolicyName"], PolicyDocument=document)


def trust(group: str) -> str:
    """Return what lets Scheduler assume a role for a schedule group."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceArn": group}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Template(yaml.SafeLoader):
    """Reads a template of CloudFormation as that of the stage dev."""


def value(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        return None  # a condition
    names = {"Stage": "dev", "AWS::AccountId": ACCOUNT, "AWS::Region": "us-east-1", "AWS::Partition": "aws"}
    names["Packages.Arn"] = f"arn:aws:s3:::{BUCKET}"
    if tag == "Sub":
        return re.sub(r"\$\{([^}]+)\}", lambda found: names[found[1]], node.value)
    return names.get(node.value, "arn:aws:sqs:us-east-1:123456789012:chaosmonkey-dev-undelivered")


Template.add_multi_constructor("!", value)


def put_function(name: str, variables: dict[str, str]) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("app.py", "")
    clients("lambda").create_function(
        FunctionName=name,
        Role=f"arn:aws:iam::{ACCOUNT}:role/chaosmonkey-dev-scheduler",
        Runtime="python3.11",
        Handler="app.app",
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": variables},
    )


def wake_the_sweep() -> None:
    events = clients("events")
    events.put_rule(Name="sweep", ScheduleExpression="rate(5 minutes)")
    target = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:chaosmonkey-dev-sweep"
    events.put_targets(Rule="sweep", Targets=[{"Id": "1", "Arn": target}])


def read_the_queue() -> None:
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:chaosmonkey-dev-undelivered"
    clients("lambda").create_event_source_mapping(EventSourceArn=queue, FunctionName="chaosmonkey-dev-undelivered")


def give_up_after(seconds: int, queue: str) -> None:
    where = {"OnFailure": {"Destination": queue}}
    clients("lambda").put_function_event_invoke_config(
        **ATTACK, MaximumRetryAttempts=2, MaximumEventAgeInSeconds=seconds, DestinationConfig=where
    )


def let_gateway_write_logs() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/gateway"
    clients("apigateway").update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
    )


def let_an_api_call_the_function() -> None:
    apigateway = clients("apigateway")
    api_id = apigateway.create_rest_api(name="chaosmonkey")["id"]
    root = apigateway.get_resources(restApiId=api_id)["items"][0]["id"]
    apigateway.put_method(restApiId=api_id, resourceId=root, httpMethod="GET", authorizationType="AWS_IAM")
    apigateway.put_integration(restApiId=api_id, resourceId=root, httpMethod="GET", type="MOCK")
    apigateway.create_deployment(restApiId=api_id, stageName="api")
    limit(apigateway, api_id, DEV.throttle)
    let_gateway_write_logs()
    write_log(clients, api_id, DEV)
    clients("lambda").add_permission(
        FunctionName="chaosmonkey-dev",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api_id}/*",
    )
