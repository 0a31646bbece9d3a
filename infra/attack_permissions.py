"""What the attacks that are there may do: the statements that follow from their ``iam_actions``."""

from collections.abc import Mapping
from typing import Any

from chalicelib import registry

RESOURCES: Mapping[str, tuple[str, ...]] = {
    "ec2:CreateSecurityGroup": ("security-group", "vpc"),
    "ec2:DescribeInstances": (),
    "ec2:DescribeNetworkInterfaces": (),
    "ec2:DescribeSecurityGroups": (),
    "ec2:ModifyNetworkInterfaceAttribute": ("instance", "network-interface", "security-group"),
    "ec2:RebootInstances": ("instance",),
    "ec2:RevokeSecurityGroupEgress": ("security-group",),
    "ec2:StartInstances": ("instance",),
    "ec2:StopInstances": ("instance",),
    "ec2:TerminateInstances": ("instance",),
}
"""On which kinds of resource an action is allowed; none where AWS knows no resource for it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""


def actions() -> list[str]:
    """The actions of all attacks in ``plugins/attacks``.

    Raises ``ValueError`` where a plugin cannot be loaded, or has an action that is not among ``RESOURCES``.
    """
    attacks, broken = registry.attacks().catalogue()
    if broken:
        raise ValueError(f"what these attacks may do is not known, for they cannot be loaded: {broken}")
    found = sorted({action for attack in attacks for action in attack.iam_actions})
    for action in found:
        if action not in RESOURCES:
            raise ValueError(f"{action} is allowed on no resource yet: say on which in infra/attack_permissions.py")
    return found


def statements() -> list[dict[str, Any]]:
    """One statement for all that reads, one for each other action, by the action's name."""
    found = actions()
    reading = [action for action in found if not RESOURCES[action]]
    changing = [action for action in found if RESOURCES[action]]
    return [
        *([_allow("FindTargets", reading, ["*"])] if reading else []),
        *(_allow(action.partition(":")[2], [action], _arns(action)) for action in changing),
    ]


def _arns(action: str) -> list[str]:
    service = action.partition(":")[0]
    return [f"arn:aws:{service}:*:*:{kind}/*" for kind in RESOURCES[action]]


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
