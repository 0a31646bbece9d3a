"""Grant the attack function further IAM actions of a stage: ``extra_attack_actions``.

A plugin of the original engine has no ``iam_actions``. An operator grants what it calls here, action by action.
"""

import re
from collections.abc import Mapping
from typing import Any

from infra.errors import InfraError
from infra.stage.attack_permissions import RESOURCES, arns

_ACTION = re.compile(r"[a-z][a-z0-9-]*:[A-Z][A-Za-z0-9]*", re.ASCII)
_READS = re.compile(r":(Describe|List)[A-Z]")
_REFUSED = {
    "iam": "an attack changes no rights",
    "kms": "volume_keys of the stage names the keys that attacks need",
    "secretsmanager": "a plan refers to secrets",
    "ssm": "a plan refers to parameters",
    "sts": "ALLOWED_ROLES of the stage names the roles that attacks assume",
}


def statements(extra: Mapping[str, tuple[str, ...]], partition: str) -> list[dict[str, Any]]:
    """Return one statement for all reading actions, and one for each other action.

    Raises ``InfraError`` for a text that is no action, an action of another setting, or an action without resources.
    """
    named = {action: _resources(action, extra[action], partition) for action in sorted(extra)}
    reading = [action for action, resources in named.items() if resources == ["*"]]
    return [
        *([_allow("ExtraReading", reading, ["*"])] if reading else []),
        *(
            _allow(f"Extra{_word(action)}", [action], resources)
            for action, resources in named.items()
            if resources != ["*"]
        ),
    ]


def _resources(action: str, resources: tuple[str, ...], partition: str) -> list[str]:
    if not _ACTION.fullmatch(action):
        raise InfraError(f"extra_attack_actions has {action!r}: give one action such as 'ec2:DescribeVolumes'")
    service = action.partition(":")[0]
    if service in _REFUSED:
        raise InfraError(f"extra_attack_actions has {action!r}, which it cannot allow: {_REFUSED[service]}")
    if not resources and _READS.search(action):
        return ["*"]
    if not resources and RESOURCES.get(action):
        return arns(action, partition)
    pattern = re.compile(rf"arn:{partition}:{service}:[^:]*:[^:]*:[^*].*")
    if not resources or not all(pattern.fullmatch(resource) for resource in resources):
        raise InfraError(
            f"extra_attack_actions has {action!r}, which does more than describe or list:"
            f" give the ARNs it is for, such as 'arn:{partition}:{service}:*:*:volume/*'"
        )
    return list(resources)


def _word(action: str) -> str:
    """Return a word that names the action in a statement's Sid: ``Ec2DetachVolume``."""
    service, _, name = action.partition(":")
    return service.title().replace("-", "") + name


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
