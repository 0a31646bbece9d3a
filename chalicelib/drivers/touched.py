"""Which instances a call of EC2's API would change, by the call's parameters."""

from collections.abc import Mapping
from typing import Any

_HARMLESS = ("Describe", "Get", "StartInstances")
_PARTS = {
    "VolumeId": "block-device-mapping.volume-id",
    "NetworkInterfaceId": "network-interface.network-interface-id",
    "AttachmentId": "network-interface.attachment.attachment-id",
}
"""Filters of DescribeInstances that find whose part a thing is."""


def changes(params: Mapping[str, Any]) -> bool:
    """Whether the call changes anything that an attack should not: reading does not, nor does starting an instance."""
    return not str(params.get("Action", "")).startswith(_HARMLESS)


def instances(params: Mapping[str, Any]) -> list[str]:
    """The ids of the instances that the call names, as what it acts on or as what it tags."""
    return [
        str(value)
        for name, value in params.items()
        if name.partition(".")[0] == "InstanceId"
        or (name.partition(".")[0] == "ResourceId" and str(value).startswith("i-"))
    ]


def parts(params: Mapping[str, Any]) -> list[dict[str, str]]:
    """Filters, each of which finds the instances that a volume or network interface named in the call belongs to."""
    return [
        {_PARTS[name]: str(value)}
        for name, value in ((name.partition(".")[0], value) for name, value in params.items())
        if name in _PARTS
    ]


def unclear(params: Mapping[str, Any]) -> list[str]:
    """What the call takes from a machine that DescribeInstances cannot be asked for: an address, a role."""
    named = ((name.partition(".")[0], str(value)) for name, value in params.items())
    return [value for name, value in named if name == "PublicIp" or value.startswith(("eipassoc-", "iip-assoc-"))]
