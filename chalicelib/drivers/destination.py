"""Where an attack may connect to.

Locally to loopback only: an emulated instance has an invented public address, and somebody owns that. Anywhere, never
to what answers for the machine that the attack runs on: the metadata of instances and containers (link-local
addresses), and Lambda's own runtime API.
"""

import os
import socket
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address

from chalicelib.plugin import AttackFailed

_METADATA = ip_address("fd00:ec2::254")


def is_local(environment: Mapping[str, str] | None = None) -> bool:
    """Whether this is the stage that runs on one machine (STAGE, default ``local``)."""
    return (os.environ if environment is None else environment).get("STAGE", "local") == "local"


def check(host: str, port: int) -> None:
    """Resolve ``host``; raise ``AttackFailed`` unless every address it has may be connected to."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AttackFailed(f"{host} cannot be resolved") from None
    for address in sorted({str(sockaddr[0]) for *_, sockaddr in found}):
        check_address(address, port)


def check_address(address: str, port: int) -> None:
    """Raise ``AttackFailed`` unless this IP address may be connected to at this port."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_link_local or ip.is_unspecified or ip == _METADATA:
        raise AttackFailed(f"{address} is refused: it answers for the machine that runs the attack")
    if ip.is_loopback and str(port) == os.environ.get("AWS_LAMBDA_RUNTIME_API", "").rpartition(":")[2]:
        raise AttackFailed(f"port {port} of {address} is refused: it is Lambda's own runtime API")
    if is_local() and not ip.is_loopback:
        raise AttackFailed(f"{address} is refused: in the local stage attacks reach loopback addresses only")
