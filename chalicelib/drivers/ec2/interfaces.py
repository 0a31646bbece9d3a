"""The network interfaces of instances, and their security groups."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ec2 import empty_group
from chalicelib.drivers.ec2.fleet import Fleet
from chalicelib.drivers.look import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """A network interface: ``groups`` are the names of its security groups, by their ids."""

    id: str
    vpc: str
    groups: Mapping[str, str]

    @property
    def isolated(self) -> bool:
        """Return whether the group without rules is its only one."""
        return set(self.groups.values()) == {empty_group.NAME}


def of_instance(fleet: Fleet, id: str) -> list[Interface]:
    """Return the interfaces of an instance, by id. Raises ``AttackFailed``."""
    list_them = partial(fleet.driver.ex_list_network_interfaces, ex_filters={"attachment.instance-id": id})
    found = fleet.call(f"describe the network interfaces of {id}", list_them)
    return sorted(map(_interface, found), key=lambda interface: interface.id)


def look(fleet: Fleet, id: str) -> Interface | None:
    """Return the interface as it is now, None where it is gone. Raises ``AttackFailed``."""
    try:
        found = fleet.call(f"describe {id}", partial(fleet.driver.ex_list_network_interfaces, [id]))
    except AttackFailed as failure:
        if "InvalidNetworkInterfaceID.NotFound" in str(failure):
            return None
        raise
    return next(map(_interface, found), None)


def set_groups(fleet: Fleet, id: str, groups: Collection[str], *, within: Look, of: Any = None) -> None:
    """Give the interface these security groups in place of those it has, and look until it has them.

    It is ``of`` this node, which may not be spared; None to put back what an attack has changed, whoever is spared by
    now. Raises ``AttackFailed`` where the interface has not its groups ``within`` the time that is left.
    """
    if of is not None:
        fleet.require_unspared(of)
    params = {f"SecurityGroupId.{number}": group for number, group in enumerate(groups, 1)}
    modify = {"Action": "ModifyNetworkInterfaceAttribute", "NetworkInterfaceId": id, **params}
    within.act(
        id,
        "given its new security groups",
        act=lambda: fleet.ask(f"change the security groups of {id}", modify, checked=False),
        see=lambda: look(fleet, id),
        is_so=lambda seen: seen is not None and set(seen.groups) == set(groups),
        never=lambda seen: seen[-1] is None,
        show=_in_words,
    )


def _in_words(seen: Interface | None) -> str:
    return f"in {', '.join(sorted(seen.groups)) or 'no group'}" if seen else "gone"


def _interface(read: Any) -> Interface:
    return Interface(
        id=str(read.id),
        vpc=str(read.extra["vpc_id"]),
        groups={str(group["group_id"]): str(group["group_name"]) for group in read.extra["groups"]},
    )
