"""Where an attack may connect to.

Locally to loopback only: an emulated instance has an invented public address, and somebody owns that. Elsewhere never
to loopback, and nowhere to what answers for the machine that the attack runs on: the metadata of instances and
containers, and Lambda's own runtime API. Where a plan itself names the host, the stage's own network is closed too,
unless PRIVATE_ADDRESSES is ``allow``.
"""

import os
import socket
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from chalicelib.plugin import AttackFailed

Address = IPv4Address | IPv6Address
Lookup = Callable[..., list[tuple[Any, ...]]]
"""As ``socket.getaddrinfo``."""

_METADATA = [
    *map(ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32")),  # of AWS, and of most
    *map(ip_network, ("168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32")),  # of Azure, Alibaba and Oracle
]
_HOLDS_IPV4 = [ip_network("64:ff9b::/96"), ip_network("::/96")]
"""Their last 32 bits are an IPv4 address: NAT64 (RFC 6052), and a form that is out of use (RFC 4291)."""


def is_local(environment: Mapping[str, str] | None = None) -> bool:
    """Whether this is the stage that runs on one machine (STAGE, default ``local``)."""
    return (os.environ if environment is None else environment).get("STAGE", "local") == "local"


def check(host: str, port: int) -> None:
    """Resolve ``host``; raise ``AttackFailed`` unless every address it has may be connected to."""
    resolve(host, port)


def resolve(host: str, port: int, *, named_by_plan: bool = False, lookup: Lookup = socket.getaddrinfo) -> list[Any]:
    """What ``lookup`` finds of a host, asked once, as ``socket.getaddrinfo`` has it.

    Raises ``AttackFailed`` unless every address may be connected to: nobody can know which one would be taken.
    """
    try:
        found = lookup(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise AttackFailed(f"{host} cannot be resolved")
    for address in sorted({str(info[4][0]) for info in found}):
        check_address(address, port, named_by_plan=named_by_plan)
    return found


def check_address(address: str, port: int, *, named_by_plan: bool = False) -> None:
    """Raise ``AttackFailed`` unless this IP address may be connected to at this port."""
    meanings = _meanings(ip_address(address.partition("%")[0]))
    if any(ip.is_unspecified or any(ip in network for network in _METADATA) for ip in meanings):
        raise AttackFailed(f"{address} is refused: it answers for the machine that runs the attack")
    for ip in meanings:
        if ip.is_loopback and str(port) == os.environ.get("AWS_LAMBDA_RUNTIME_API", "").rpartition(":")[2]:
            raise AttackFailed(f"port {port} of {address} is refused: it is Lambda's own runtime API")
        if is_local() and not ip.is_loopback:
            raise AttackFailed(f"{address} is refused: in the local stage attacks reach loopback addresses only")
        if ip.is_loopback and not is_local():
            raise AttackFailed(f"{address} is refused: it is the machine that runs the attack")
        if named_by_plan and not is_local():
            _check_public(ip, address)


def _check_public(ip: Address, address: str) -> None:
    if ip.is_multicast or ip.is_reserved:
        raise AttackFailed(f"{address} is refused: no machine has it")
    public = ip.is_global and not (isinstance(ip, IPv6Address) and ip.is_site_local)
    if not public and os.environ.get("PRIVATE_ADDRESSES") != "allow":
        raise AttackFailed(f"{address} is refused: it is a private address, and PRIVATE_ADDRESSES does not allow those")


def _meanings(ip: Address) -> list[Address]:
    """The address, or the IPv4 addresses that it stands for, on this machine or behind a gateway."""
    if isinstance(ip, IPv4Address) or ip.is_loopback or ip.is_unspecified:
        return [ip]
    if ip.ipv4_mapped:
        return [ip.ipv4_mapped]
    if any(ip in network for network in _HOLDS_IPV4):
        return [IPv4Address(int(ip) & 0xFFFFFFFF)]
    return [ip, *([ip.sixtofour] if ip.sixtofour else []), *(ip.teredo or ())]
