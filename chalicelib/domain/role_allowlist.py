"""Allow attacks to assume the roles that the operator lists in ``ALLOWED_ROLES``: ARNs separated by commas.

An ARN is exact, or has ``*`` after ``:role/``, with IAM's meaning: any characters, ``/`` too. The policies of the
attack and resolve functions list the same ARNs, so IAM enforces what is read here.
"""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from chalicelib.domain import regions
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault

_ALLOWED = re.compile(rf"arn:{regions.PARTITION}:iam::[0-9]{{12}}:role/[0-9A-Za-z_+=.@/*-]+", re.ASCII)
"""No other wildcard, no variable of IAM's (``${...}``), and the account in full."""


def parse(text: str) -> tuple[str, ...]:
    """Return the ARNs in the setting. Raises ``ValueError`` with the reason."""
    found = tuple(filter(None, (part.strip() for part in text.split(","))))
    for arn in found:
        if not _ALLOWED.fullmatch(arn):
            raise ValueError(
                f"{arn!r} is not the ARN of a role: give one such as arn:aws:iam::210987654321:role/chaosmonkey-target,"
                " with * at most in what follows :role/"
            )
    return found


def to_assume(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the roles that a function with this environment has to be allowed to assume: ALLOWED_ROLES, and
    AWS_IAM_ROLE where it is an ARN. Raises ``ValueError``."""
    own = environment.get("AWS_IAM_ROLE", "")
    allowed = parse(environment.get("ALLOWED_ROLES", ""))
    return (*allowed, own) if own.startswith("arn:") and own not in allowed else allowed


def role_violation(role_arn: str | None, external_id: str | None, environment: Mapping[str, str]) -> str | None:
    """Return why an attack may not assume this role, in a sentence; None where it may, or names no role.

    An external id without a role is refused: its sender did not mean this account.
    """
    if not role_arn:
        return "external_id is for a role of another account: give role_arn too" if external_id else None
    try:
        allowed = parse(environment.get("ALLOWED_ROLES", ""))
    except ValueError as error:
        return f"ALLOWED_ROLES cannot be read, so no role is assumed: {error}"
    if any(fnmatchcase(role_arn, pattern) for pattern in allowed):
        return None
    return f"the role {role_arn} is not among those that the stage's setting ALLOWED_ROLES allows: its operator adds it"


def require_allowed(args: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Raise ``InvalidRequest`` for a ``role_arn`` or ``external_id`` in an attack's args that ``role_violation``
    refuses.

    Also refuse a role of another partition than the ``region``: credentials of one are not valid in the other.
    """
    if refused := role_violation(args.get("role_arn"), args.get("external_id"), environment):
        raise InvalidRequest(refused, (Fault("$.role_arn", refused),))
    role, region = args.get("role_arn"), args.get("region")
    if role and region and regions.partition_of(region) != role.split(":")[1]:
        own, there = role.split(":")[1], regions.partition_of(region)
        problem = f"{region} is of the partition {there}, and the role of {own}"
        raise InvalidRequest(Fault("$.region", problem, "give a Region of the role's partition"))
