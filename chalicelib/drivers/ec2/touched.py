"""Find the machines that a call of EC2's API would change, by the values in the call.

EC2 has hundreds of calls, and many names for the parameter that holds an id. The form of an id says what it is:
``eipalloc-`` is an address. So the driver takes every id and address anywhere in a call, and looks up the instances
that it belongs to. An id that cannot be looked up is ``unclear``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl

_READING = ("Describe", "Get", "List", "Search")
_HARMLESS = ("StartInstances", "RunInstances", "CreateSecurityGroup", "CreateNetworkAcl")
"""To start an instance is to put it back; the others make what was not there, and change nothing that was."""

_FILTERS = {
    "vol": "block-device-mapping.volume-id",
    "eni": "network-interface.network-interface-id",
    "eni-attach": "network-interface.attachment.attachment-id",
    "eipalloc": "network-interface.addresses.association.allocation-id",
    "eipassoc": "network-interface.addresses.association.association-id",
    "sg": "network-interface.group-id",
    "subnet": "subnet-id",
    "vpc": "vpc-id",
    "fleet": "tag:aws:ec2:fleet-id",
    "sfr": "tag:aws:ec2spot:fleet-request-id",
    "sir": "spot-instance-request-id",
    "r": "reservation-id",
    "cr": "capacity-reservation-id",
    "h": "host-id",
}
"""Filters of DescribeInstances that find the instances a thing belongs to, by the prefix of its id."""
_IPV4 = ("network-interface.addresses.association.public-ip", "network-interface.addresses.private-ip-address")
_IPV6 = ("network-interface.ipv6-addresses.ipv6-address",)
_GROUP_NAMES = ("network-interface.group-name", "placement-group-name")
_OF_NO_INSTANCE = ("ami", "snap", "key", "lt")

_SEPARATORS = re.compile(r"[^0-9A-Za-z-]+")
_OTHER_ID = re.compile(r"(fleet|sfr)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(sir)-[0-9a-z]{8}")
"""Ids that are not hexadecimal digits behind their prefix."""
_HEX = re.compile(r"[0-9a-f]+")
_LENGTHS = (8, 17)
"""How many hexadecimal digits an id has, where its prefix is not known."""


@dataclass(frozen=True, slots=True)
class Named:
    """The instances and other things that a call names.

    ``instances`` are ids of instances. ``filters`` of DescribeInstances find further instances, each by one of its
    values. ``unclear`` are ids whose instances DescribeInstances cannot find.
    """

    instances: set[str] = field(default_factory=set)
    filters: dict[str, set[str]] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    """Ids that belong to no instance: images, snapshots."""

    def __bool__(self) -> bool:
        return bool(self.instances or self.filters or self.unclear or self.others)


ExecutorRows = list[tuple[str, str]]
"""Names and values of all parameters, each as text."""


def pairs(params: Any, name: str = "") -> ExecutorRows:
    """Return all parameters of a mapping, nested ones too; a nested name has dots, as in the query API."""
    found: ExecutorRows = []
    left = [(name, params)]
    while left:
        at, value = left.pop()
        if isinstance(value, Mapping):
            left += [(f"{at}.{key}" if at else str(key), each) for key, each in value.items()]
        elif isinstance(value, list | tuple | set | frozenset):
            left += [(at, each) for each in value]
        else:
            found.append((at, value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)))
    return found


def of_request(path: str, params: Any, data: Any) -> ExecutorRows:
    """Return the parameters of a request: those in its path's query, in its parameters and in its body."""
    query = parse_qsl(path.partition("?")[2], keep_blank_values=True)
    body = pairs(data or {}, "body")
    form = [pair for _, text in body for pair in parse_qsl(text, keep_blank_values=True)]
    return query + pairs(params or {}) + body + form


def changes(params: ExecutorRows) -> bool:
    """Return whether the call may change a machine. Reading calls and a few harmless ones may not; any other may."""
    actions = [value for name, value in params if name == "Action"]
    return not actions or not all(action in _HARMLESS or action.startswith(_READING) for action in actions)


def named(params: ExecutorRows) -> Named:
    """Return everything that the call names, by the values anywhere in it."""
    found = Named()
    for name, value in params:
        if name == "Action":
            continue
        for token in _SEPARATORS.split(value.lower()):
            _add_id(found, token)
        for piece in value.replace(",", " ").split():
            _add_address(found, piece)
        if name.rpartition(".")[2].rstrip("0123456789").endswith("GroupName") or name.startswith("SecurityGroup."):
            for filter in _GROUP_NAMES:  # a name has no form of its own, so the parameter decides
                found.filters.setdefault(filter, set()).add(value)
    return found


def _add_id(found: Named, token: str) -> None:
    prefix, _, digits = token.rpartition("-")
    if other := _OTHER_ID.fullmatch(token):
        prefix, digits = other[1] or other[2], "0"
    if not prefix or not _HEX.fullmatch(digits):
        return
    if prefix == "i":
        found.instances.add(token)
    elif prefix in _FILTERS:
        found.filters.setdefault(_FILTERS[prefix], set()).add(token)
    elif prefix in _OF_NO_INSTANCE:
        found.others.add(token)
    elif len(digits) in _LENGTHS:
        found.unclear.add(token)


def _add_address(found: Named, piece: str) -> None:
    try:
        address = ip_address(piece)
    except ValueError:
        return
    for filter in _IPV4 if address.version == 4 else _IPV6:
        found.filters.setdefault(filter, set()).add(str(address))
