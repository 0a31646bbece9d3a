"""The security group without rules: an instance that has no other can neither be reached nor reach anything."""
# mypy: disable-error-code="no-untyped-call"

from typing import Any

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ec2.fleet import Fleet
from chalicelib.drivers.look import Look

NAME = "chaosmonkey-isolated"
"""Each VPC has one of its own once it was needed. It stays, for the next attack."""

_DESCRIPTION = "Without rules: the Chaos Monkey Engine isolates instances with it"
_RANGES = {"ipRanges": ("cidrIp", "0.0.0.0/0"), "ipv6Ranges": ("cidrIpv6", "::/0")}
"""To where EC2 lets a new group send: IPv6 is among it in a VPC that has it."""


def of(fleet: Fleet, vpc: str, *, within: Look) -> str:
    """Return the id of the VPC's security group without rules; create the group where there is none yet.

    Raises ``AttackFailed`` where a group of that name has rules that a new group has not, because somebody uses it.
    Also raises it where the group is not seen empty ``within`` the time that is left.
    """
    made = False

    def see() -> str | None:
        nonlocal made
        group = _find(fleet, vpc)
        if group is None:
            if not made:
                _make(fleet, vpc)
                made = True
            return None
        if _rules(group, "ipPermissions") + _rules(group, "ipPermissionsEgress"):
            _empty(fleet, group)
            return None
        return _text(group, "groupId")

    seen = within.until(see, lambda id: id is not None)
    if seen.value is None:
        raise AttackFailed(
            f"there is no empty security group {NAME} in {vpc} {seen.seconds:.0f} seconds after it was to be made"
        )
    return seen.value


def _find(fleet: Fleet, vpc: str) -> Any | None:
    answer = fleet.ask(
        f"find the security group {NAME} in {vpc}",
        {
            "Action": "DescribeSecurityGroups",
            "Filter.1.Name": "group-name",
            "Filter.1.Value.1": NAME,
            "Filter.2.Name": "vpc-id",
            "Filter.2.Value.1": vpc,
        },
    )
    return next(iter(_all(answer, "securityGroupInfo/item")), None)


def _make(fleet: Fleet, vpc: str) -> None:
    made = {"Action": "CreateSecurityGroup", "GroupName": NAME, "GroupDescription": _DESCRIPTION, "VpcId": vpc}
    try:
        fleet.ask(f"make the security group {NAME} in {vpc}", made)
    except AttackFailed as failure:
        if "InvalidGroup.Duplicate" not in str(failure):  # another attack was faster
            raise


def _empty(fleet: Fleet, group: Any) -> None:
    """Take from a new group what EC2 gives it."""
    id, params = _text(group, "groupId"), {}
    given = _rules(group, "ipPermissionsEgress")
    if _rules(group, "ipPermissions") or not all(_is_given(rule) for rule in given):
        raise AttackFailed(f"the security group {NAME} ({id}) has rules, so it isolates nothing: remove them")
    for number, rule in enumerate(given, 1):
        params[f"IpPermissions.{number}.IpProtocol"] = "-1"
        for kind, (field, value) in _RANGES.items():
            if _all(rule, f"{kind}/item"):
                name = f"{kind[0].upper()}{kind[1:]}.1.{field[0].upper()}{field[1:]}"
                params[f"IpPermissions.{number}.{name}"] = value
    try:
        revoke = {"Action": "RevokeSecurityGroupEgress", "GroupId": id, **params}
        fleet.ask(f"empty the security group {id}", revoke, checked=False)  # it is new, and no machine is in it yet
    except AttackFailed as failure:
        if "InvalidPermission.NotFound" not in str(failure):  # another attack was faster
            raise


def _is_given(rule: Any) -> bool:
    """Return whether EC2 itself adds this rule to a new group: all protocols, to anywhere."""
    others = _all(rule, "groups/item") + _all(rule, "prefixListIds/item")
    values = {kind: {_text(item, field) for item in _all(rule, f"{kind}/item")} for kind, (field, _) in _RANGES.items()}
    return (
        _text(rule, "ipProtocol") == "-1"
        and not others
        and all(values[kind] <= {anywhere} for kind, (_, anywhere) in _RANGES.items())
    )


def _rules(group: Any, kind: str) -> list[Any]:
    return _all(group, f"{kind}/item")


def _all(element: Any, path: str) -> list[Any]:
    from libcloud.compute.drivers.ec2 import NAMESPACE
    from libcloud.utils.xml import findall

    return list(findall(element=element, xpath=path, namespace=NAMESPACE))


def _text(element: Any, path: str) -> str:
    from libcloud.compute.drivers.ec2 import NAMESPACE
    from libcloud.utils.xml import findtext

    return str(findtext(element=element, xpath=path, namespace=NAMESPACE))
