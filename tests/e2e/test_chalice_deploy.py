"""``make deploy`` and ``make destroy`` as processes, against a local AWS of their own that knows nothing of our deploy.

MiniStack imports an API without its routes and knows no PutRestApi (docs/how-to/deploy-to-aws.md): so what `chalice
deploy` makes is looked at here, the routes are those of the template (tests/packaging/test_both_ways.py), and they are
called in the stack that CloudFormation brings up.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.deploy.access_log import log_format
from infra.deploy.throttling import limits
from infra.local.account import SECRET_KEY, client
from infra.local.emulator import LAMBDA_PYTHON, PYTHON, Emulator
from infra.local.place import ACCOUNT, REGION, Place, free_ports, plain_environment
from infra.packaging.package import ROOT
from infra.stage.functions import find, names
from infra.stage.policies import policies
from infra.stage.stages import environment, stage

DEV = stage("dev")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        sys.version_info[:2] != tuple(map(int, DEV.python.split("."))),
        reason=f"the stage dev runs on Python {DEV.python}",
    ),
]
READING = ("Describe", "Get", "List", "Head")
RECORDING = Path(__file__).parent / "recording"


@dataclass
class Account:
    """An account of AWS with nothing in it, and what was called there."""

    place: Place
    calls: Path

    def clients(self, service: str) -> Any:
        return client(service, self.place.aws)

    def run(self, module: str, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """A command of `infra`, as the Makefile runs it; ``called`` tells what it called."""
        self.calls.write_text("")
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={
                **plain_environment(),
                "HOME": str(self.calls.parent),
                "PYTHONPATH": str(RECORDING),
                "PYTHONDONTWRITEBYTECODE": "1",
                "AWS_CALLS": str(self.calls),
                "AWS_ENDPOINT_URL": self.place.aws,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_ACCESS_KEY_ID": ACCOUNT,
                "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            },
            input=typed,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    @property
    def called(self) -> list[str]:
        return self.calls.read_text().splitlines()

    @property
    def changes(self) -> list[str]:
        return [call for call in self.called if not call.partition(":")[2].startswith(READING)]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Deployed to by ``make deploy STAGE=dev``."""
    if not (PYTHON.exists() and LAMBDA_PYTHON.exists()):
        pytest.skip("the local AWS is not installed: `make run` or `make test` does that")
    folder = tmp_path_factory.mktemp("account")
    port, aws_port = free_ports(2)
    account = Account(Place(port=port, aws_port=aws_port, folder=folder), folder / "calls")
    emulator = Emulator(account.place)
    emulator.start()
    try:
        yield account
    finally:
        emulator.stop()


@pytest.fixture(scope="module")
def first(account: Account) -> tuple[str, list[str]]:
    """What the first deploy said, and what it called."""
    done = account.run("infra.deploy.chalice_deploy", "dev")
    assert done.returncode == 0, done.stderr
    return done.stdout, account.called


@pytest.fixture(scope="module")
def deployed(first: tuple[str, list[str]], account: Account) -> Account:
    return account


def test_it_tells_each_step_the_url_and_how_to_call_it(first: tuple[str, list[str]]) -> None:
    said, _ = first
    for what in ("the table", "packaging", "chalice deploy --stage dev", "API Gateway's own answers", "what follows"):
        assert what in said
    assert ".execute-api.us-east-1.amazonaws.com/api/1/\n" in said
    assert f'curl --aws-sigv4 "aws:amz:{REGION}:execute-api"' in said


def test_infra_comes_before_and_after_what_chalice_calls(first: tuple[str, list[str]]) -> None:
    _, called = first
    before = called.index("cloudformation:CreateStack chaosmonkey-dev-before")
    after = called.index("cloudformation:CreateStack chaosmonkey-dev-after")
    functions = [place for place, call in enumerate(called) if call.startswith("lambda:CreateFunction")]
    assert len(functions) == len(names(DEV))
    assert before < min(functions) < max(functions) < after
    assert called.index("apigateway:ImportRestApi") < called.index("apigateway:PutGatewayResponse") < after
    assert called.index("apigateway:ImportRestApi") < called.index("apigateway:UpdateStage") < after


def test_the_functions_have_the_names_and_the_environment_of_the_stage(deployed: Account) -> None:
    found = find(deployed.clients, DEV)
    suffixes = ("", "-attack", "-resolve", "-sweep", "-undelivered")
    assert set(found) == set(names(DEV)) == {f"chaosmonkey-dev{each}" for each in suffixes}
    for name, configuration in found.items():
        own = {"ROLE_SESSIONS": "act"} if name == "chaosmonkey-dev-attack" else {}
        assert configuration["Environment"]["Variables"] == {**environment(DEV), **own}
        assert len(configuration["Layers"]) == 1


def test_each_function_has_a_role_of_its_own_with_its_own_policy(deployed: Account) -> None:
    iam = deployed.clients("iam")
    for function, policy in policies(DEV).items():
        role = f"chaosmonkey-dev-{function}"
        assert iam.list_role_policies(RoleName=role)["PolicyNames"] == [role]
        assert iam.get_role_policy(RoleName=role, PolicyName=role)["PolicyDocument"] == policy
    used = {each["Role"].rpartition("/")[2] for each in find(deployed.clients, DEV).values()}
    assert used == {f"chaosmonkey-dev-{function}" for function in policies(DEV)}


def test_every_function_finds_the_log_that_its_policy_names(deployed: Account) -> None:
    groups = deployed.clients("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
    kept = {group["logGroupName"]: group.get("retentionInDays") for group in groups}
    for name in names(DEV):
        assert kept[f"/aws/lambda/{name}"] == DEV.log_days


def test_the_apis_own_answers_can_be_read_by_browsers(deployed: Account) -> None:
    apigateway = deployed.clients("apigateway")
    [api] = apigateway.get_rest_apis()["items"]
    answers = apigateway.get_gateway_responses(restApiId=api["id"])["items"]
    origins = {each["responseType"]: each["responseParameters"] for each in answers}
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        assert origins[kind] == {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}


def test_the_api_has_the_limits_of_the_stage(deployed: Account) -> None:
    apigateway = deployed.clients("apigateway")
    [api] = apigateway.get_rest_apis()["items"]
    assert limits(apigateway, api["id"]) == DEV.throttle


def test_the_api_writes_the_access_log_of_the_stage(deployed: Account) -> None:
    apigateway = deployed.clients("apigateway")
    [api] = apigateway.get_rest_apis()["items"]
    [group] = deployed.clients("logs").describe_log_groups(logGroupNamePrefix="/aws/apigateway/")["logGroups"]
    settings = apigateway.get_stage(restApiId=api["id"], stageName="api")["accessLogSettings"]
    assert settings == {"destinationArn": group["arn"].removesuffix(":*"), "format": log_format()}
    assert group["retentionInDays"] == DEV.log_days


def test_what_follows_the_functions_is_there(deployed: Account) -> None:
    functions = deployed.clients("lambda")
    attack = functions.get_function_event_invoke_config(FunctionName="chaosmonkey-dev-attack", Qualifier="$LATEST")
    assert attack["MaximumRetryAttempts"] == 2
    assert attack["DestinationConfig"]["OnFailure"]["Destination"].endswith(":chaosmonkey-dev-undelivered")


def test_the_record_is_in_the_account_and_not_in_the_checkout(deployed: Account) -> None:
    bucket = f"chaosmonkey-dev-packages-{ACCOUNT}-{REGION}"
    keys = {found["Key"] for found in deployed.clients("s3").list_objects_v2(Bucket=bucket)["Contents"]}
    assert "deployed/dev.json" in keys


def test_deploying_again_changes_nothing(deployed: Account) -> None:
    done = deployed.run("infra.deploy.chalice_deploy", "dev")
    assert done.returncode == 0, done.stderr
    assert "nothing has changed" in done.stdout
    assert "curl --aws-sigv4" in done.stdout
    assert deployed.called
    assert deployed.changes == []


def test_the_doctor_finds_what_the_emulator_left_out_and_says_what_fixes_it(deployed: Account) -> None:
    """MiniStack makes a template's table without expiry and recovery."""
    tables, table = deployed.clients("dynamodb"), {"TableName": "chaosmonkey-dev"}
    done = deployed.run("infra.doctor.checkup", "dev")
    assert done.returncode == 1
    [line] = [line for line in done.stdout.splitlines() if not line.startswith("ok ")]
    assert "records never expire: aws dynamodb update-time-to-live" in line
    assert deployed.changes == ["scheduler:CreateSchedule", "scheduler:DeleteSchedule"]

    tables.update_time_to_live(**table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    recovery = {"PointInTimeRecoveryEnabled": True}
    tables.update_continuous_backups(**table, PointInTimeRecoverySpecification=recovery)

    done = deployed.run("infra.doctor.checkup", "dev")
    assert done.returncode == 0, done.stdout


def test_the_doctor_says_of_a_stage_that_is_not_there_how_to_make_it(deployed: Account) -> None:
    done = deployed.run("infra.doctor.checkup", "prod")
    assert done.returncode == 1
    ill = [line for line in done.stdout.splitlines() if line.startswith("not ok")]
    assert len(ill) == 15
    assert sum("make deploy STAGE=prod" in line for line in ill) == 14
    assert "a schedule cannot be put into chaosmonkey-prod: " in ill[-1]


def test_a_stage_that_cloudformation_deployed_is_not_deployed_over(deployed: Account) -> None:
    cloudformation = deployed.clients("cloudformation")
    queue = '{"Resources": {"Any": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "any"}}}}'
    cloudformation.create_stack(StackName="chaosmonkey-prod", TemplateBody=queue)
    cloudformation.get_waiter("stack_create_complete").wait(StackName="chaosmonkey-prod", WaiterConfig={"Delay": 1})
    done = deployed.run("infra.deploy.chalice_deploy", "prod")
    assert done.returncode == 1
    assert "prod was deployed with CloudFormation (stack chaosmonkey-prod)" in done.stderr
    assert deployed.changes == []


@pytest.mark.parametrize("module", ["infra.deploy.chalice_deploy", "infra.deploy.destroy"])
@pytest.mark.parametrize(("name", "sentence"), [("local", "is not on AWS"), ("pord", "there is no stage 'pord'")])
def test_another_stage_is_refused(account: Account, module: str, name: str, sentence: str) -> None:
    done = account.run(module, name)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert account.called == []


def test_taking_it_away_leaves_the_table(deployed: Account) -> None:
    """It is the last but one here: the account is empty then, but for what outlives the functions."""
    put_schedules(deployed, count=105)
    row = {"pk": {"S": "plan"}, "sk": {"S": "plan"}}
    deployed.clients("dynamodb").put_item(TableName="chaosmonkey-dev", Item=row)

    done = deployed.run("infra.deploy.destroy", "dev")

    assert done.returncode == 0, done.stderr
    assert "The table chaosmonkey-dev and its key are as they were" in done.stdout
    assert find(deployed.clients, DEV) == {}
    assert deployed.clients("apigateway").get_rest_apis()["items"] == []
    assert deployed.clients("scheduler").list_schedules(GroupName="chaosmonkey-dev")["Schedules"] == []
    assert deployed.clients("dynamodb").scan(TableName="chaosmonkey-dev")["Items"] == [row]
    groups = deployed.clients("logs").describe_log_groups(logGroupNamePrefix="/aws/")["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["/aws/apigateway/chaosmonkey-dev"]
    assert deployed.run("infra.deploy.destroy", "dev").returncode == 0


def test_the_table_goes_only_when_the_stages_name_is_typed(deployed: Account) -> None:
    tables = deployed.clients("dynamodb")
    done = deployed.run("infra.deploy.destroy", "dev", "--tables", typed="yes\n")
    assert done.returncode == 1
    assert "nothing was deleted" in done.stderr
    assert tables.list_tables()["TableNames"] == ["chaosmonkey-dev"]

    kms = deployed.clients("kms")
    [key] = [each["KeyId"] for each in kms.list_keys()["Keys"]]
    done = deployed.run("infra.deploy.destroy", "dev", "--tables", typed="dev\n\n")

    assert done.returncode == 0, done.stderr
    assert f"The key {key} costs a dollar a month" in done.stdout
    assert f"The key {key} stays" in done.stdout
    assert f"aws kms update-alias --alias-name alias/chaosmonkey-dev --target-key-id {key}" in done.stdout
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    assert tables.list_tables()["TableNames"] == []
    assert deployed.clients("s3").list_buckets()["Buckets"] == []
    assert deployed.clients("logs").describe_log_groups(logGroupNamePrefix="/aws/")["logGroups"] == []


def put_schedules(account: Account, count: int) -> None:
    scheduler = account.clients("scheduler")
    target = {
        "Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:chaosmonkey-dev-attack",
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/chaosmonkey-dev-scheduler",
    }
    for number in range(count):
        scheduler.create_schedule(
            Name=f"each-{number}",
            GroupName="chaosmonkey-dev",
            ScheduleExpression="at(2090-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target,
        )
