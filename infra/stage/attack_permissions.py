"""Write the policy statements that follow from the ``iam_actions`` of the installed attacks."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.domain.tags import NO, PROTECTED_BY_DEFAULT, Tag, parse
from chalicelib.plugin import registry

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
"""The kinds of resource on which each action is allowed; none where AWS has no resource for it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

DENIED: Mapping[str, str] = {
    "ec2:ModifyNetworkInterfaceAttribute": "network-interface",
    "ec2:RebootInstances": "instance",
    "ec2:RevokeSecurityGroupEgress": "security-group",
    "ec2:StopInstances": "instance",
    "ec2:TerminateInstances": "instance",
}
"""The kind of resource on which IAM refuses each action where the resource's own tags protect it.

The driver reads the tags right before it acts; this closes the moment between. IAM judges an interface by its own tags.
With the tags of its instance or its groups, an undo could not restore an instance that became protected meanwhile.
"""
PUTS_BACK_OR_MAKES = ("ec2:CreateSecurityGroup", "ec2:StartInstances")
"""The actions that stay allowed on protected resources: they undo an attack, or create something new."""


NOTHING: Mapping[str, Iterable[str]] = {}


def actions() -> list[str]:
    """Return the actions of all attacks in ``plugins/attacks``.

    Raises ``ValueError`` where a plugin cannot be loaded, or has an action that is not among ``RESOURCES``.
    """
    attacks, broken = registry.attacks().catalogue()
    if broken:
        raise ValueError(f"these attacks cannot be loaded, so their IAM actions are unknown: {broken}")
    found = sorted({action for attack in attacks for action in attack.iam_actions})
    for action in found:
        if action not in RESOURCES:
            raise ValueError(
                f"{action} is allowed on no resource yet: add its kinds to infra/stage/attack_permissions.py"
            )
    return found


def statements(partition: str = "aws") -> list[dict[str, Any]]:
    """Return one statement for all reading actions, and one for each other action, named after the action."""
    found = actions()
    reading = [action for action in found if not RESOURCES[action]]
    changing = [action for action in found if RESOURCES[action]]
    return [
        *([_allow("FindTargets", reading, ["*"])] if reading else []),
        *(_allow(action.partition(":")[2], [action], arns(action, partition)) for action in changing),
    ]


def denials(
    environment: Mapping[str, str], partition: str = "aws", *, also: Mapping[str, Iterable[str]] = NOTHING
) -> list[dict[str, Any]]:
    """Return the Deny statements for protected resources, one for each protecting tag and each kind of resource.

    They refuse the calls that the driver refuses (chalicelib/domain/tags.py). ``also`` are further actions that the
    stage allows, with their ARNs. The Allow statements have no such condition: a function that may not read tags would
    then be allowed nothing. IAM compares the key of a tag without case, as the driver does.
    """
    allowed = {*actions(), *also}
    kinds: dict[str, set[str]] = {}
    for action in sorted(allowed & DENIED.keys()):
        kinds.setdefault(DENIED[action], set()).add(action)
    for action in sorted(also.keys() - RESOURCES.keys()):
        if action.startswith("ec2:") and (arns_of := list(also[action])):
            for kind in {"instance", *(arn.split(":")[5].partition("/")[0] for arn in arns_of)}:
                kinds.setdefault(kind, set()).add(action)
    found = []
    for number, tag in enumerate(parse(environment.get("PROTECTED_TAGS", PROTECTED_BY_DEFAULT)), 1):
        for kind in sorted(kinds):
            sid = f"Spare{kind.title().replace('-', '')}{number}"
            resource = [f"arn:{partition}:ec2:*:*:{kind}/*"]
            condition = _protected(tag)
            found.append({**_allow(sid, sorted(kinds[kind]), resource), "Effect": "Deny", "Condition": condition})
    return found


def _protected(tag: Tag) -> dict[str, dict[str, Any]]:
    """Return the condition under which a resource bears the tag."""
    key = f"aws:ResourceTag/{tag.key}"
    if tag.means_its_key_alone:
        return {"Null": {key: "false"}, "StringNotEqualsIgnoreCase": {key: list(NO)}}
    return {"StringEqualsIgnoreCase": {key: str(tag.value).replace("${", "${$}{")}}


def arns(action: str, partition: str) -> list[str]:
    """Return the resources on which an action of ``RESOURCES`` is allowed."""
    service = action.partition(":")[0]
    return [f"arn:{partition}:{service}:*:*:{kind}/*" for kind in RESOURCES[action]]


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
