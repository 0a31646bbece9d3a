"""The text of every policy against the table of what each role may: every stage, every action, nothing more. And what
the local AWS does not enforce: who may be passed to whom, who may assume what, under which conditions."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra.policies import policies
from infra.stages import STAGES, Stage, stage
from tests.infra.role_call import API, ATTACK, ROLES, RoleCall
from tests.infra.role_calls import role_calls
from tests.infra.test_templates import load

EVERY_STAGE = pytest.mark.parametrize("stage", STAGES, ids=lambda each: each.name)
EVERY_ROLE = pytest.mark.parametrize("role", ROLES)
ON_AWS = [each for each in STAGES if each.name != "local"]
BEFORE = load("before")["Resources"]
ROLE_OF = {"Seal": ("api_handler", "ApiHandlerRole"), "Open": ("attack", "AttackRole")}
"""How the two ways of deploying name the role that may use the key so."""


def statements_of(role: str, of: Stage) -> list[dict[str, Any]]:
    found = policies(of)["api_handler" if role == API else role]["Statement"]
    assert {each["Effect"] for each in found} == {"Allow"}
    return list(found)


def allowed(call: RoleCall, statements: list[dict[str, Any]]) -> bool:
    """Whether every resource of the call is one of some statement; conditions are taken as met."""
    patterns = [each for found in statements if call.action in found["Action"] for each in found["Resource"]]
    return all(any(fnmatchcase(arn, pattern) for pattern in patterns) for arn in call.arns)


@EVERY_STAGE
@EVERY_ROLE
def test_a_role_may_what_the_table_says_and_nothing_else_of_it(stage: Stage, role: str) -> None:
    statements = statements_of(role, stage)
    wrong = [str(call) for call in role_calls(stage.name) if allowed(call, statements) is not (role in call.roles)]
    assert wrong == []


@EVERY_STAGE
@EVERY_ROLE
def test_nothing_that_a_role_may_is_missing_from_the_table(stage: Stage, role: str) -> None:
    """Each action on each pattern of resources is there as a call that this role may."""
    own = [call for call in role_calls(stage.name) if role in call.roles]
    for statement in statements_of(role, stage):
        for action in statement["Action"]:
            for pattern in statement["Resource"]:
                arns = [arn for call in own if call.action == action for arn in call.arns]
                assert any(fnmatchcase(arn, pattern) for arn in arns), f"{action} on {pattern}"


@EVERY_STAGE
def test_one_role_is_passed_to_one_service(stage: Stage) -> None:
    passing = [each for role in ROLES for each in statements_of(role, stage) if "iam:PassRole" in each["Action"]]
    assert len(passing) == 2  # the API's and the sweep's: whoever writes a schedule
    for statement in passing:
        assert statement["Action"] == ["iam:PassRole"]
        assert statement["Resource"] == [f"arn:aws:iam::*:role/{stage.names.scheduler_role}"]
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_schedulers_role_invokes_the_attack_function_and_writes_to_the_queue_and_nothing_else() -> None:
    properties = BEFORE["SchedulerRole"]["Properties"]
    assert set(properties) == {"RoleName", "AssumeRolePolicyDocument", "Policies"}
    (policy,) = properties["Policies"]
    invoke, send = policy["PolicyDocument"]["Statement"]
    function = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:chaosmonkey-${Stage}-attack"
    assert invoke == {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": {"Sub": function}}
    assert send == {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"GetAtt": "Undelivered.Arn"}}


def test_scheduler_assumes_it_for_the_stages_own_group_alone() -> None:
    (statement,) = BEFORE["SchedulerRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    group = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/chaosmonkey-${Stage}"
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}, "aws:SourceArn": {"Sub": group}}
        },
    }


def test_the_keys_policy_lets_the_api_seal_the_attack_function_open_and_its_administrators_neither() -> None:
    properties = BEFORE["Key"]["Properties"]
    administer, *uses = properties["KeyPolicy"]["Statement"]
    assert properties["EnableKeyRotation"] is True
    assert (administer["Sid"], "Condition" in administer) == ("Administer", False)
    assert not [
        each for each in administer["Action"] if "*" in each or "crypt" in each or "Data" in each or "Grant" in each
    ]
    assert {each["Sid"]: each["Action"] for each in uses} == {"Seal": "kms:GenerateDataKey", "Open": "kms:Decrypt"}
    for statement in uses:
        named, generated = ROLE_OF[statement["Sid"]]
        principals = [each["Sub"] for each in statement["Condition"]["ArnLike"]["aws:PrincipalArn"]]
        ends = {each.split("${AWS::AccountId}:")[1] for each in principals}
        assert ends == {
            f"role/chaosmonkey-${{Stage}}-{named}",
            f"role/chaosmonkey-${{Stage}}-{generated}-*",
            f"assumed-role/chaosmonkey-${{Stage}}-{generated}-*",
        }


@pytest.mark.parametrize("each", ON_AWS, ids=lambda each: each.name)
def test_the_key_is_used_for_a_plan_alone_and_that_of_the_stage_alone(each: Stage) -> None:
    for role in (API, ATTACK):
        (use,) = [found for found in statements_of(role, each) if found["Sid"] in ROLE_OF]
        assert use["Condition"] == {
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/chaosmonkey-{each.name}"},
            "Null": {"kms:EncryptionContext:plan": "false"},
        }


@EVERY_STAGE
def test_no_permission_hangs_on_a_tag(stage: Stage) -> None:
    """Who may change an instance may take its tag away: sparing is the driver's, which reads the tags each time."""
    conditions = [each.get("Condition", {}) for role in ROLES for each in statements_of(role, stage)]
    assert not [each for each in conditions if "Tag" in repr(each)]


def test_nobody_may_change_who_may() -> None:
    of_power = ("iam:", "lambda:Add", "lambda:Update", "lambda:Create", "kms:Put", "kms:CreateGrant", "ec2:CreateTags")
    for role in ROLES:
        for statement in statements_of(role, stage("prod")):
            given = [each for each in statement["Action"] if each.startswith((*of_power, "ec2:DeleteTags", "sqs:SetQ"))]
            assert given in ([], ["iam:PassRole"])
