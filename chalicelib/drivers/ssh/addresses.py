"""At which of its addresses a machine is reached."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ssh.host_names import is_ipv6
from chalicelib.net import rules

KINDS = ("public", "private", "auto")


def of(node: Any, kind: str = "auto") -> str:
    """Return the address of a libcloud node; ``auto`` is the public one, else the private one, and IPv4 before IPv6.

    An IPv6 address is public where it is global, whichever list the cloud's driver has put it in. In the local stage it
    is the first loopback address of that kind: an emulated instance's public address is invented, and somebody owns
    that. Raises ``AttackFailed`` where there is none.
    """
    public, private = _divided(node.public_ips or (), node.private_ips or ())
    found = sorted({"public": public, "private": private}.get(kind, public + private), key=is_ipv6)
    if not found:
        raise AttackFailed(f"{node.id} has no {'' if kind == 'auto' else kind + ' '}address: nothing was attacked")
    if not rules.is_local():
        return found[0]
    for address in found:
        if rules.is_loopback(address):
            return address
    raise AttackFailed(
        f"{node.id} has the address {found[0]}: in the local stage attacks reach loopback addresses only"
    )


def _divided(public: Sequence[Any], private: Sequence[Any]) -> tuple[list[str], list[str]]:
    """Return the public and the private addresses."""
    sides: dict[bool, list[str]] = {True: [], False: []}
    for addresses, is_public in ((public, True), (private, False)):
        for address in map(str, addresses):
            sides[ip_address(address).is_global if is_ipv6(address) else is_public].append(address)
    return sides[True], sides[False]
