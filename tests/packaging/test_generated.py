"""The generated files are current, and the policies grant what they should and no more."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.generate import FOLDER, outdated
from infra.package import ROOT
from infra.policies import policies
from infra.stages import STAGES, Stage, stage

NAMELESS = {"ec2:DescribeInstances"}
"""Actions for which AWS knows no resource."""


def test_the_committed_files_are_current() -> None:
    assert outdated() == [], "run: make generate"


@pytest.mark.parametrize("each", STAGES, ids=lambda each: each.name)
def test_no_star_stands_where_a_name_can(each: Stage) -> None:
    for policy in policies(each).values():
        for statement in policy["Statement"]:
            assert not [action for action in statement["Action"] if "*" in action]
            for resource in statement["Resource"]:
                if resource == "*":
                    assert set(statement["Action"]) <= NAMELESS
                elif statement["Sid"] == "OtherAccounts":
                    assert resource == "arn:aws:iam::*:role/chaosmonkey-*"
                elif statement["Sid"] != "TerminateInstances":
                    assert f"chaosmonkey-{each.name}" in resource


def test_only_the_attack_function_touches_instances() -> None:
    for function, policy in policies(stage("prod")).items():
        services = {action.partition(":")[0] for action in actions(policy)}
        assert ("ec2" in services) == (function == "attack")


def test_the_attack_function_makes_no_schedules() -> None:
    assert not [action for action in actions(policies(stage("prod"))["attack"]) if action.startswith("scheduler:")]


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
        assert files == {f"policy-{function}-{name}.json" for function in ("api", "attack", "sweep")}
        assert all((FOLDER / file).exists() for file in files)


def test_the_templates_name_things_as_the_engine_does() -> None:
    before = (ROOT / "infra" / "before.yaml").read_text()
    names = stage("local").names
    for name in (names.table, names.schedule_group, names.scheduler_role, names.dead_letter_queue):
        assert name.replace("-local", "-${Stage}") in before
    assert names.attack_function.replace("-local", "-${Stage}") in Path(ROOT / "infra" / "after.yaml").read_text()


def actions(policy: dict[str, Any]) -> list[str]:
    return [action for statement in policy["Statement"] for action in statement["Action"]]
