"""The text of every policy against the table of what each role may: every stage, every action, nothing more. And what
the local AWS does not enforce: who may be passed to whom, who may assume what, under which conditions."""

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from chalicelib.domain.tags import spared_because
from infra.stage import attack_permissions
from infra.stage.policies import policies
from infra.stage.stages import STAGES, Stage, stage
from tests.infra.role_call import API, ATTACK, ROLES, RoleCall
from tests.infra.role_calls import role_calls
from tests.infra.test_templates import load

EVERY_STAGE = pytest.mark.parametrize("stage", STAGES, ids=lambda each: each.name)
EVERY_ROLE = pytest.mark.parametrize("role", ROLES)
ON_AWS = [each for each in STAGES if each.name != "local"]
BEFORE = load("before")["Resources"]
ROLE_OF = {"Seal": "api_handler", "Open": "attack"}
"""The function whose role may use the key so, by its name in Chalice's configuration."""


def statements_of(role: str, of: Stage) -> list[dict[str, Any]]:
    found = policies(of)["api_handler" if role == API else role]["Statement"]
    assert {each["Effect"] for each in found} <= {"Allow", "Deny"}
    return [each for each in found if each["Effect"] == "Allow"]


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


def test_the_key_is_used_by_two_roles_of_whole_names_and_by_no_pattern_of_names() -> None:
    """A pattern would let in whoever may create a role that fits it. Of MiniStack's sessions the last part is free."""
    _, *uses = BEFORE["Key"]["Properties"]["KeyPolicy"]["Statement"]
    for statement in uses:
        role = f"chaosmonkey-${{Stage}}-{ROLE_OF[statement['Sid']]}"
        condition, local, on_aws = statement["Condition"]["If"]
        account = "${AWS::AccountId}"
        assert condition == "Local"
        session = {"Sub": f"arn:${{AWS::Partition}}:sts::{account}:assumed-role/{role}/*"}
        assert local == {"ArnLike": {"aws:PrincipalArn": session}}
        whole = {"Sub": f"arn:${{AWS::Partition}}:iam::{account}:role/{role}"}
        assert on_aws == {"StringEquals": {"aws:PrincipalArn": whole}}
    assert BEFORE["Key"]["Type"] and load("before")["Conditions"]["Local"] == {"Equals": [{"Ref": "Stage"}, "local"]}


@pytest.mark.parametrize("each", ON_AWS, ids=lambda each: each.name)
def test_the_key_is_used_for_a_plan_alone_and_that_of_the_stage_alone(each: Stage) -> None:
    for role in (API, ATTACK):
        (use,) = [found for found in statements_of(role, each) if found["Sid"] in ROLE_OF]
        assert use["Condition"] == {
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/chaosmonkey-{each.name}"},
            "Null": {"kms:EncryptionContext:plan": "false"},
        }


@EVERY_STAGE
def test_nothing_is_allowed_by_a_tag(stage: Stage) -> None:
    """What is allowed by a tag is allowed to whoever may set it: tags only refuse."""
    conditions = [each.get("Condition", {}) for role in ROLES for each in statements_of(role, stage)]
    assert not [each for each in conditions if "Tag" in repr(each)]


def test_nobody_may_change_who_may() -> None:
    of_power = ("iam:", "lambda:Add", "lambda:Update", "lambda:Create", "kms:Put", "kms:CreateGrant", "ec2:CreateTags")
    for role in ROLES:
        for statement in statements_of(role, stage("prod")):
            given = [each for each in statement["Action"] if each.startswith((*of_power, "ec2:DeleteTags", "sqs:SetQ"))]
            assert given in ([], ["iam:PassRole"])


def test_the_keys_of_volumes_that_a_stage_names_may_be_granted_to_aws_services_alone() -> None:
    key = "arn:aws:kms:eu-west-1:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    named = statements_of(ATTACK, replace(stage("prod"), volume_keys=(key,)))
    (grant,) = [each for each in named if each not in statements_of(ATTACK, stage("prod"))]
    assert grant == {
        "Sid": "StartWithEncryptedVolumes",
        "Effect": "Allow",
        "Action": ["kms:CreateGrant"],
        "Resource": [key],
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
    }


def denied(of: Stage) -> list[dict[str, Any]]:
    return [each for each in policies(of)["attack"]["Statement"] if each["Effect"] == "Deny"]


def is_refused(action: str, kind: str, tags: dict[str, str], of: Stage) -> bool:
    """What IAM makes of the denials: operators that ignore case, negated ones true where no value is equal."""
    for statement in denied(of):
        if action in statement["Action"] and fnmatchcase(f"arn:aws:ec2:r:1:{kind}/x", statement["Resource"][0]):
            met = []
            for operator, (key, wanted) in ((each, *found.items()) for each, found in statement["Condition"].items()):
                name = key.partition("/")[2].casefold()
                values = [value for tag, value in tags.items() if tag.casefold() == name]
                texts = [wanted] if isinstance(wanted, str) else wanted
                is_equal = any(value.casefold() == text.casefold() for value in values for text in texts)
                met.append(
                    {
                        "Null": bool(values) is (wanted == "false"),
                        "StringNotEqualsIgnoreCase": not is_equal,
                        "StringEqualsIgnoreCase": is_equal,
                    }[operator]
                )
            if all(met):
                return True
    return False


@EVERY_STAGE
def test_what_changes_a_machine_is_denied_on_what_is_protected(stage: Stage) -> None:
    for statement in denied(stage):
        key = "aws:ResourceTag/chaos:protected"
        assert statement["Condition"] == {
            "Null": {key: "false"},
            "StringNotEqualsIgnoreCase": {key: ["false", "no", "off", "0"]},
        }
    found = {(action, each["Resource"][0].split(":")[-1]) for each in denied(stage) for action in each["Action"]}
    assert found == {
        ("ec2:ModifyNetworkInterfaceAttribute", "network-interface/*"),
        ("ec2:RebootInstances", "instance/*"),
        ("ec2:RevokeSecurityGroupEgress", "security-group/*"),
        ("ec2:StopInstances", "instance/*"),
        ("ec2:TerminateInstances", "instance/*"),
    }


def test_every_action_that_changes_something_is_denied_or_puts_back_or_makes() -> None:
    changing = {action for action, kinds in attack_permissions.RESOURCES.items() if kinds}
    assert changing == {*attack_permissions.DENIED, *attack_permissions.PUTS_BACK_OR_MAKES}
    for action, kind in attack_permissions.DENIED.items():
        assert kind in attack_permissions.RESOURCES[action]


@pytest.mark.parametrize("setting", [None, "chaos:protected=true", "tier=db", "keep,tier=db", ""])
@pytest.mark.parametrize(
    "tags",
    [
        *({"chaos:protected": value} for value in ("true", "True", "yes", "", "false", "No", "OFF", "0", "x")),
        *({"Chaos:Protected": "true"}, {"tier": "DB"}, {"Tier": "db"}, {"tier": "web"}, {"keep": ""}, {}),
    ],
    ids=str,
)
def test_iam_refuses_what_the_driver_refuses_for_its_tags(setting: str | None, tags: dict[str, str]) -> None:
    environment = {} if setting is None else {"PROTECTED_TAGS": setting}
    of = replace(stage("prod"), environment=environment)
    spared = spared_because(tags, environment) is not None
    assert is_refused("ec2:TerminateInstances", "instance", tags, of) is spared
    assert not is_refused("ec2:StartInstances", "instance", tags, of)


@EVERY_STAGE
def test_only_the_attack_functions_policy_denies(stage: Stage) -> None:
    for name, policy in policies(stage).items():
        assert name == "attack" or {each["Effect"] for each in policy["Statement"]} == {"Allow"}
