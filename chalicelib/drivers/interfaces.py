"""The network interfaces of instances, and their security groups."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.drivers import empty_group
from chalicelib.drivers.fleet import PAUSES, Fleet
from chalicelib.plugin import AttackFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """A network interface: ``groups`` are the names of its security groups, by their ids."""

    id: str
    vpc: str
    groups: Mapping[str, str]

    @property
    def isolated(self) -> bool:
        """Whether the group without rules is the only one that it has."""
        return set(self.groups.values()) == {empty_group.NAME}


def of_instance(fleet: Fleet, id: str) -> list[Interface]:
    """The interfaces of an instance, by id. Raises ``AttackFailed``."""
    list_them = partial(fleet.driver.ex_list_network_interfaces, ex_filters={"attachment.instance-id": id})
    found = fleet.call(f"describe the network interfaces of {id}", list_them)
    return sorted(map(_interface, found), key=lambda interface: interface.id)


def look(fleet: Fleet, id: str) -> Interface | None:
    """The interface as it is now, None where there is none any more. Raises ``AttackFailed``."""
    try:
        found = fleet.call(f"describe {id}", partial(fleet.driver.ex_list_network_interfaces, [id]))
    except AttackFailed as failure:
        if "InvalidNetworkInterfaceID.NotFound" in str(failure):
            return None
        raise
    return next(map(_interface, found), None)


def set_groups(fleet: Fleet, id: str, groups: Collection[str], *, of: Any = None) -> None:
    """Give the interface these security groups in place of those it has. Raises ``AttackFailed``.

    It is ``of`` this node, which may not be spared; None to put back what an attack has changed, whoever is spared by
    now.
    """
    if of is not None:
        fleet.require_unspared(of)
    params = {f"SecurityGroupId.{number}": group for number, group in enumerate(groups, 1)}
    fleet.ask(
        f"change the security groups of {id}",
        {"Action": "ModifyNetworkInterfaceAttribute", "NetworkInterfaceId": id, **params},
        checked=False,
    )
    for seconds in (0.0, *PAUSES):
        if seconds:
            fleet.pause(seconds)
        seen = look(fleet, id)
        if seen is not None and set(seen.groups) == set(groups):
            return
    raise AttackFailed(f"{id} is without its new security groups {sum(PAUSES):.0f} seconds after they were set")


def _interface(read: Any) -> Interface:
    return Interface(
        id=str(read.id),
        vpc=str(read.extra["vpc_id"]),
        groups={str(group["group_id"]): str(group["group_name"]) for group in read.extra["groups"]},
    )
