"""The generated files are current, and the policies grant what they should and no more."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.config.settings import from_environment
from chalicelib.domain.role_allowlist import parse
from chalicelib.plugin import registry
from infra.packaging.package import ROOT
from infra.stage import attack_permissions
from infra.stage.generate import FOLDER, SIZES, outdated
from infra.stage.policies import policies
from infra.stage.stages import STAGES, Stage, stage

NAMELESS = {
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "cloudwatch:DescribeAlarms",
}
"""Actions for which AWS knows no resource, or that tell nothing of composite alarms unless they are allowed for all."""


def test_the_committed_files_are_current() -> None:
    assert outdated() == [], "run: make generate"


def test_no_stage_on_aws_is_let_off_the_leash_by_what_is_committed() -> None:
    config = json.loads((FOLDER / "config.json").read_text())
    for each in STAGES:
        written = config["stages"][each.name]["environment_variables"]
        assert "LEASHED" not in written
        assert from_environment(written).leashed is (each.name != "local")


@pytest.mark.parametrize("each", STAGES, ids=lambda each: each.name)
def test_no_star_stands_where_a_name_can(each: Stage) -> None:
    for policy in policies(each).values():
        for statement in policy["Statement"]:
            assert not [action for action in statement["Action"] if "*" in action]
            for resource in statement["Resource"]:
                if resource == "*":
                    assert set(statement["Action"]) <= NAMELESS
                elif statement["Sid"] == "OtherAccounts":
                    assert resource in parse(each.environment["ALLOWED_ROLES"])
                elif statement["Sid"] == "PublishEvents":
                    assert resource == "arn:aws:events:*:*:event-bus/default"
                    assert statement["Condition"] == {"StringEqualsIfExists": {"events:source": "chaosmonkey"}}
                elif resource == "arn:aws:kms:*:*:key/*":
                    assert statement["Condition"]["ForAnyValue:StringEquals"] == {
                        "kms:ResourceAliases": f"alias/chaosmonkey-{each.name}"
                    }
                elif resource.startswith(("arn:aws:ssm:", "arn:aws:secretsmanager:")):
                    assert resource.endswith(
                        (f":parameter/chaosmonkey/{each.name}/*", f":secret:chaosmonkey/{each.name}/*")
                    )
                elif resource.startswith("arn:aws:ec2:"):
                    assert statement["Effect"] == "Deny" or [f"ec2:{statement['Sid']}"] == statement["Action"]
                    assert re.fullmatch(r"arn:aws:ec2:\*:\*:[a-z-]+/\*", resource)
                else:
                    assert f"chaosmonkey-{each.name}" in resource


@pytest.mark.parametrize("each", STAGES, ids=lambda each: each.name)
def test_the_attack_function_may_do_in_ec2_what_the_attacks_say_they_do_and_no_more(each: Stage) -> None:
    attacks, broken = registry.attacks().catalogue()
    said = {action for attack in attacks for action in attack.iam_actions}
    allowed = [action for action in actions(policies(each)["attack"]) if action.startswith("ec2:")]
    assert (sorted(said), broken) == (sorted(allowed), [])
    assert set(attack_permissions.RESOURCES) == said  # nothing is left of an attack that is gone


def test_only_the_attack_function_touches_instances_and_the_resolve_function_looks_at_them() -> None:
    for function, policy in policies(stage("prod")).items():
        ec2 = {action for action in actions(policy) if action.startswith("ec2:")}
        if function == "resolve":
            assert ec2 == {"ec2:DescribeInstances"}
        else:
            assert bool(ec2) == (function == "attack")


def test_the_resolve_function_may_look_and_write_its_log_and_nothing_else() -> None:
    allowed = set(actions(policies(stage("prod"))["resolve"]))
    assert allowed == {"ec2:DescribeInstances", "logs:CreateLogStream", "logs:PutLogEvents"}


ROLES = "arn:aws:iam::210987654321:role/chaosmonkey-*,arn:aws:iam::345678901234:role/teams/web"


@pytest.mark.parametrize(
    ("environment", "listed"),
    [
        ({}, []),
        ({"ALLOWED_ROLES": " "}, []),
        ({"ALLOWED_ROLES": ROLES}, ROLES.split(",")),
        ({"AWS_IAM_ROLE": "web-role"}, []),
        (
            {"ALLOWED_ROLES": ROLES, "AWS_IAM_ROLE": "arn:aws:iam::1:role/a"},
            [*ROLES.split(","), "arn:aws:iam::1:role/a"],
        ),
    ],
)
def test_the_attack_and_resolve_functions_may_assume_what_the_stage_allows_and_no_other_may(
    environment: dict[str, str], listed: list[str]
) -> None:
    made = policies(Stage(name="prod", environment=environment, log_days=1))
    for function, policy in made.items():
        assuming = [each for each in policy["Statement"] if any("sts:" in action for action in each["Action"])]
        may = function in ("attack", "resolve") and bool(listed)
        assert [(each["Action"], each["Resource"]) for each in assuming] == [(["sts:AssumeRole"], listed)] * may


def test_the_attack_function_alone_acts_by_the_roles_that_it_assumes() -> None:
    config = json.loads((FOLDER / "config.json").read_text())
    for of in config["stages"].values():
        assert "ROLE_SESSIONS" not in of["environment_variables"]
        own = {name: function.get("environment_variables") for name, function in of["lambda_functions"].items()}
        assert {name: each for name, each in own.items() if each} == {"attack": {"ROLE_SESSIONS": "act"}}


def test_the_api_may_seal_the_attack_function_open_and_no_other_touches_the_key() -> None:
    for name in ("local", "prod"):
        for function, policy in policies(stage(name)).items():
            keys = [action for action in actions(policy) if action.startswith("kms:")]
            assert keys == {"api_handler": ["kms:GenerateDataKey"], "attack": ["kms:Decrypt"]}.get(function, [])
            read = {action for action in actions(policy) if action.startswith(("ssm:", "secretsmanager:"))}
            assert read == ({"ssm:GetParameter", "secretsmanager:GetSecretValue"} if function == "attack" else set())
    for function in ("api_handler", "attack"):
        (statement,) = (
            each for each in policies(stage("prod"))[function]["Statement"] if each["Sid"] in ("Seal", "Open")
        )
        assert statement["Condition"]["Null"] == {"kms:EncryptionContext:plan": "false"}


def test_the_attack_function_makes_no_schedules() -> None:
    assert not [action for action in actions(policies(stage("prod"))["attack"]) if action.startswith("scheduler:")]


def test_a_message_of_the_queue_is_hidden_for_six_times_as_long_as_its_reader_may_take() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    before = (ROOT / "infra" / "deploy" / "before.yaml").read_text()
    assert f"VisibilityTimeout: {6 * SIZES['undelivered']['lambda_timeout']}\n" in before


def test_roles_are_passed_to_scheduler_only() -> None:
    for policy in policies(stage("prod")).values():
        for statement in policy["Statement"]:
            if "iam:PassRole" in statement["Action"]:
                assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
                assert statement["Resource"] == ["arn:aws:iam::*:role/chaosmonkey-prod-scheduler"]


def test_a_stage_names_its_own_policies_and_environment() -> None:
    config = json.loads((FOLDER / "config.json").read_text())
    assert config["autogen_policy"] is False
    for name, of in config["stages"].items():
        assert of["environment_variables"]["STAGE"] == name
        assert of["environment_variables"]["TZ"] == of["environment_variables"]["TIMEZONE"]
        files = {function["iam_policy_file"] for function in of["lambda_functions"].values()}
        assert files == {
            f"policy-{function}-{name}.json" for function in ("api", "attack", "resolve", "sweep", "undelivered")
        }
        assert all((FOLDER / file).exists() for file in files)


def test_the_templates_name_things_as_the_engine_does() -> None:
    before = (ROOT / "infra" / "deploy" / "before.yaml").read_text()
    names = stage("local").names
    for name in (names.table, names.schedule_group, names.scheduler_role, names.dead_letter_queue, names.key):
        assert name.replace("-local", "-${Stage}") in before
    assert (
        names.attack_function.replace("-local", "-${Stage}")
        in Path(ROOT / "infra" / "deploy" / "after.yaml").read_text()
    )


def actions(policy: dict[str, Any]) -> list[str]:
    allowing = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
    return [action for statement in allowing for action in statement["Action"]]
