"""Which roles attacks may assume, as an operator allows them: ``ALLOWED_ROLES``, ARNs with commas between them.

An ARN is exact, or has ``*`` after ``:role/``, which means there what it means to IAM: any characters, ``/`` too. The
policies of the attack and resolve functions list the same ARNs, so what is read here is what IAM enforces.
"""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from chalicelib.errors import InvalidRequest

_ALLOWED = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[0-9A-Za-z_+=.@/*-]+", re.ASCII)
"""No other wildcard, no variable of IAM's (``${...}``), and the account in full."""


def parse(text: str) -> tuple[str, ...]:
    """The ARNs in the setting. Raises ``ValueError`` that says what is wrong with it."""
    found = tuple(filter(None, (part.strip() for part in text.split(","))))
    for arn in found:
        if not _ALLOWED.fullmatch(arn):
            raise ValueError(
                f"{arn!r} is not the ARN of a role: give one such as arn:aws:iam::210987654321:role/chaosmonkey-target,"
                " with * at most in what follows :role/"
            )
    return found


def to_assume(environment: Mapping[str, str]) -> tuple[str, ...]:
    """What a function that acts by this environment has to be allowed to assume: ALLOWED_ROLES, and AWS_IAM_ROLE where
    it is an ARN. Raises ``ValueError``."""
    own = environment.get("AWS_IAM_ROLE", "")
    allowed = parse(environment.get("ALLOWED_ROLES", ""))
    return (*allowed, own) if own.startswith("arn:") and own not in allowed else allowed


def why_not(role_arn: str | None, external_id: str | None, environment: Mapping[str, str]) -> str | None:
    """Why an attack may not act so, in a sentence; None where it may. Without a role it acts in its own account.

    An external id alone is refused: whoever gave it did not mean this account.
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
    """Raise ``InvalidRequest`` for a ``role_arn`` or ``external_id`` in an attack's args that ``why_not`` refuses."""
    if refused := why_not(args.get("role_arn"), args.get("external_id"), environment):
        raise InvalidRequest(refused)
