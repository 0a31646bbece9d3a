"""One line of the table of what each role may: an action, on what, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore import xform_name

REGION, ACCOUNT = "us-east-1", "123456789012"
API, ATTACK, RESOLVE, SWEEP, UNDELIVERED = ROLES = ("api", "attack", "resolve", "sweep", "undelivered")
WRITERS = {API, ATTACK, SWEEP, UNDELIVERED}
NOBODY: set[str] = set()
_METHODS = {"lambda:InvokeFunction": "invoke", "dynamodb:ConditionCheckItem": "transact_write_items"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCall:
    """An action on resources, and which roles may. ``arguments`` make boto3's call, one that changes nothing that is
    used where it is allowed; None where it is no call of its own, or the local AWS does not judge it as AWS does."""

    action: str
    arns: tuple[str, ...]
    roles: frozenset[str]
    arguments: Mapping[str, Any] | None = None

    @property
    def service(self) -> str:
        return self.action.partition(":")[0]

    @property
    def method(self) -> str:
        """boto3's name for it."""
        return _METHODS.get(self.action) or xform_name(self.action.partition(":")[2])

    def __str__(self) -> str:
        return f"{self.action} on {', '.join(self.arns)}"


def role_call(action: str, roles: set[str], *resources: str, **arguments: Any) -> RoleCall:
    """``resources`` are whole ARNs or the ends of those of the action's own service; none is ``*``.

    ``arguments`` make boto3's call.
    """
    service = action.partition(":")[0]
    arns = tuple(
        each if each == "*" or each.startswith("arn:") else f"arn:aws:{service}:{REGION}:{ACCOUNT}:{each}"
        for each in resources or ("*",)
    )
    return RoleCall(action=action, arns=arns, roles=frozenset(roles), arguments=arguments)


def on_paper(action: str, roles: set[str], *resources: str) -> RoleCall:
    """What is held to the policies' text alone."""
    return replace(role_call(action, roles, *resources), arguments=None)
