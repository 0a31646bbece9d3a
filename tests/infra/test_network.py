"""The attack function in a network of one's own, and no other function."""

import json
from dataclasses import replace

from infra.stage.generate import stage_config
from infra.stage.policies import policies
from infra.stage.stages import stage

PLACED = replace(stage("prod"), subnet_ids=("subnet-1", "subnet-2"), security_group_ids=("sg-1",))
MANAGED = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
"""Of AWS's own policy AWSLambdaVPCAccessExecutionRole."""


def test_only_the_attack_function_is_placed_in_the_network() -> None:
    functions = stage_config(PLACED)["lambda_functions"]
    placed = {name: each.get("subnet_ids") for name, each in functions.items()}
    assert placed == dict.fromkeys(functions) | {"attack": ["subnet-1", "subnet-2"]}
    assert functions["attack"]["security_group_ids"] == ["sg-1"]


def test_its_role_may_what_lambda_needs_for_that_and_its_own_code_may_not() -> None:
    statements = {each["Sid"]: each for each in policies(PLACED)["attack"]["Statement"]}
    assert statements["Network"]["Effect"] == "Allow"
    assert set(statements["Network"]["Action"]) == MANAGED
    denied = statements["NetworkNotByCode"]
    assert denied["Effect"] == "Deny"
    assert set(denied["Action"]) == {action for action in MANAGED if ":Describe" not in action}
    function = "arn:aws:lambda:*:*:function:chaosmonkey-prod-attack"
    assert denied["Condition"] == {"ArnLike": {"lambda:SourceFunctionArn": function}}


def test_without_a_network_no_function_may_touch_interfaces_for_it() -> None:
    assert "CreateNetworkInterface" not in json.dumps(policies(stage("prod")))
    assert "subnet_ids" not in json.dumps(stage_config(stage("prod")))
    others = [policy for function, policy in policies(PLACED).items() if function != "attack"]
    assert "NetworkInterface" not in json.dumps(others)
