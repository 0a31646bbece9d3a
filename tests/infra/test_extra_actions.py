"""What a stage may allow the attack function beside what its attacks name."""

import pytest

from infra.errors import InfraError
from infra.stage.extra_actions import statements
from infra.stage.policies import attack
from infra.stage.stages import STAGES, Stage

VOLUMES = "arn:aws:ec2:*:*:volume/*"


def stage(**actions: tuple[str, ...]) -> Stage:
    extra = {name.replace("_", ":", 1): resources for name, resources in actions.items()}
    return Stage(name="dev", environment={}, log_days=1, extra_attack_actions=extra)


def test_no_stage_allows_more_than_its_attacks_name() -> None:
    assert [each.name for each in STAGES if each.extra_attack_actions] == []
    assert statements({}, "aws") == []


def test_what_describes_and_lists_is_allowed_on_all() -> None:
    assert statements(
        {"ec2:DescribeTags": (), "autoscaling:DescribeAutoScalingGroups": (), "ecs:ListTasks": ()}, "aws"
    ) == [
        {
            "Sid": "ExtraReading",
            "Effect": "Allow",
            "Action": ["autoscaling:DescribeAutoScalingGroups", "ec2:DescribeTags", "ecs:ListTasks"],
            "Resource": ["*"],
        }
    ]


def test_what_changes_is_allowed_on_what_is_named() -> None:
    assert statements({"ec2:DetachVolume": (VOLUMES,)}, "aws") == [
        {"Sid": "ExtraEc2DetachVolume", "Effect": "Allow", "Action": ["ec2:DetachVolume"], "Resource": [VOLUMES]}
    ]


def test_what_the_shipped_attacks_do_is_allowed_where_they_do_it() -> None:
    (statement,) = statements({"ec2:TerminateInstances": ()}, "aws-cn")
    assert statement["Resource"] == ["arn:aws-cn:ec2:*:*:instance/*"]


def test_the_attack_functions_policy_holds_it() -> None:
    found = attack(stage(ec2_DescribeTags=(), ec2_DetachVolume=(VOLUMES,)))["Statement"]
    plain = attack(stage())["Statement"]
    added = [each["Sid"] for each in found if each not in plain and each["Effect"] == "Allow"]
    assert added == ["ExtraReading", "ExtraEc2DetachVolume"]
    assert len({each["Sid"] for each in found}) == len(found)


def test_what_changes_is_denied_on_what_is_protected_too() -> None:
    found = attack(stage(ec2_DescribeTags=(), ec2_DetachVolume=(VOLUMES,), sqs_PurgeQueue=("arn:aws:sqs:*:*:q",)))
    denied = {
        resource: each["Action"]
        for each in found["Statement"]
        if each["Effect"] == "Deny" and "Null" in each["Condition"]
        for resource in each["Resource"]
    }
    assert denied[VOLUMES] == ["ec2:DetachVolume"]
    assert "ec2:DetachVolume" in denied["arn:aws:ec2:*:*:instance/*"]
    assert {
        action for actions in denied.values() for action in actions if "Describe" in action or "sqs" in action
    } == set()


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"ec2:*": ()}, "give one action such as"),
        ({"*": ()}, "give one action such as"),
        ({"ec2:Describe*": ()}, "give one action such as"),
        ({"DescribeTags": ()}, "give one action such as"),
        ({"ec2:describeTags": ()}, "give one action such as"),
        ({"ec2:DescribeTags\n": ()}, "give one action such as"),
        ({"ec2:DetachVolume": ()}, "give the ARNs it is for, such as 'arn:aws:ec2:"),
        ({"ec2:GetPasswordData": ()}, "give the ARNs it is for"),
        ({"ec2:ListenToAll": ("*",)}, "give the ARNs it is for"),
        ({"ec2:DetachVolume": ("*",)}, "give the ARNs it is for"),
        ({"ec2:DetachVolume": ("arn:aws:ec2:*:*:*",)}, "give the ARNs it is for"),
        ({"ec2:DetachVolume": ("arn:aws:rds:*:*:volume/*",)}, "give the ARNs it is for"),
        ({"ec2:DetachVolume": ("arn:aws-cn:ec2:*:*:volume/*",)}, "give the ARNs it is for"),
        ({"iam:ListRoles": ()}, "an attack changes no rights"),
        ({"sts:AssumeRole": ("arn:aws:sts::1:role/a",)}, "ALLOWED_ROLES"),
        ({"kms:Decrypt": ("arn:aws:kms:*:*:key/a",)}, "volume_keys"),
        ({"ssm:GetParameter": ()}, "a plan refers to parameters"),
        ({"secretsmanager:GetSecretValue": ()}, "a plan refers to secrets"),
    ],
)
def test_anything_else_is_refused(extra: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(InfraError, match=message):
        statements(extra, "aws")
