"""Judge which addresses a function may connect to, by the stage and by who names the address."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from chalicelib.domain.attack_failures import AttackFailed

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Kind(StrEnum):
    """The kinds of addresses; each value says why one is refused."""

    ITSELF = "it answers for the machine that runs the attack"
    LOOPBACK = "it is the machine that runs the attack"
    NOBODYS = "no machine has it"
    PRIVATE = "it is a private address, and PRIVATE_ADDRESSES does not allow those"
    PUBLIC = "it is a public address"


@dataclass(frozen=True, slots=True)
class Reach:
    """The addresses that one kind of caller may connect to, outside the local stage."""

    refused: frozenset[Kind]
    networks: tuple[Network, ...] | None = None
    """If given, the only networks that may be reached."""
    own_endpoints: bool = False
    """True where loopback may be reached at the ports of the endpoints in the function's environment."""
    named_by_plan: bool = False
    """True where a plan names the hosts. The environment's proxies are then not used: they would connect unchecked."""

    def within(self, networks: tuple[Network, ...] | None) -> "Reach":
        """Return the same reach, confined to these networks where there are some."""
        return replace(self, networks=networks)


_NOWHERE = frozenset({Kind.ITSELF, Kind.LOOPBACK, Kind.NOBODYS})
PLAN = Reach(_NOWHERE | {Kind.PRIVATE}, named_by_plan=True)
"""Hosts that a plan names: an endpoint, a cloud's API, and what that cloud answers with."""
MACHINE = Reach(_NOWHERE)
"""Addresses of the account's own instances."""
SERVICE = Reach(_NOWHERE, own_endpoints=True)
"""AWS, which may answer at private addresses (VPC endpoints), and a plugin's own connections."""
CREDENTIALS = Reach(frozenset({Kind.LOOPBACK, Kind.NOBODYS}), own_endpoints=True)
"""AWS's credential providers, among them the metadata of instances and containers. No plan names them."""

_METADATA = [
    *map(ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32")),  # of AWS, and of most
    *map(ip_network, ("168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32")),  # of Azure, Alibaba and Oracle
]
_HOLDS_IPV4 = [ip_network("64:ff9b::/96"), ip_network("::/96"), ip_network("::ffff:0:0:0/96")]
"""Their last 32 bits are an IPv4 address: NAT64 (RFC 6052), a form out of use (RFC 4291), and SIIT (RFC 2765)."""
_ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


def is_local(environment: Mapping[str, str] | None = None) -> bool:
    """Return whether this is the local stage (STAGE, default ``local``)."""
    return (os.environ if environment is None else environment).get("STAGE", "local") == "local"


def is_loopback(address: str) -> bool:
    """Return whether the text is a loopback address."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def check_address(address: str, port: int, reach: Reach) -> None:
    """Raise ``AttackFailed`` where this reach does not include the IP address and port."""
    try:
        meanings = _meanings(ip_address(address.partition("%")[0]))
    except ValueError:
        raise AttackFailed(f"{address!r} is refused: it is no IP address, so it cannot be checked") from None
    for ip in meanings:
        if ip.is_loopback and str(port) == os.environ.get("AWS_LAMBDA_RUNTIME_API", "").rpartition(":")[2]:
            raise AttackFailed(f"port {port} of {address} is refused: it is Lambda's own runtime API")
    kinds = {_kind(ip) for ip in meanings}
    if is_local():
        if Kind.ITSELF in kinds:
            raise AttackFailed(f"{address} is refused: {Kind.ITSELF}")
        if kinds != {Kind.LOOPBACK}:
            raise AttackFailed(f"{address} is refused: in the local stage attacks reach loopback addresses only")
    else:
        _check_elsewhere(address, port, kinds, reach)
    if reach.networks is not None and not any(meanings[0] in network for network in reach.networks):
        raise AttackFailed(f"{address} is refused: it is in none of the plan's networks")


def _check_elsewhere(address: str, port: int, kinds: set[Kind], reach: Reach) -> None:
    refused = set(reach.refused)
    if os.environ.get("PRIVATE_ADDRESSES") == "allow":
        refused.discard(Kind.PRIVATE)
    if reach.own_endpoints and port in _own_ports():
        refused.discard(Kind.LOOPBACK)
    for kind in Kind:
        if kind in kinds and kind in refused:
            raise AttackFailed(f"{address} is refused: {kind}")


def _own_ports() -> set[int]:
    urls = [urlsplit(value) for name, value in os.environ.items() if name.startswith(_ENDPOINTS)]
    return {url.port or (443 if url.scheme == "https" else 80) for url in urls if _is_of_this_machine(url.hostname)}


def _is_of_this_machine(host: str | None) -> bool:
    return host is not None and (host == "localhost" or host.endswith(".localhost") or is_loopback(host))


def _kind(ip: Address) -> Kind:
    if ip.is_unspecified or any(ip in network for network in _METADATA):
        return Kind.ITSELF
    if ip.is_loopback:
        return Kind.LOOPBACK
    if ip.is_multicast or ip.is_reserved:
        return Kind.NOBODYS
    public = ip.is_global and not (isinstance(ip, IPv6Address) and ip.is_site_local)
    return Kind.PUBLIC if public else Kind.PRIVATE


def _meanings(ip: Address) -> list[Address]:
    """Return the address, or every address that it stands for on this machine or behind a gateway."""
    if isinstance(ip, IPv4Address) or ip.is_loopback or ip.is_unspecified:
        return [ip]
    if ip.ipv4_mapped:
        return [ip.ipv4_mapped]
    if any(ip in network for network in _HOLDS_IPV4):
        return [IPv4Address(int(ip) & 0xFFFFFFFF)]
    return [ip, *([ip.sixtofour] if ip.sixtofour else []), *(ip.teredo or ())]
