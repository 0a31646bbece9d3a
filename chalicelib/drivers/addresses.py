"""At which of its addresses a machine is reached."""

from ipaddress import ip_address
from typing import Any

from chalicelib.drivers import destination
from chalicelib.plugin import AttackFailed

KINDS = ("public", "private", "auto")


def of(node: Any, kind: str = "auto") -> str:
    """The address of a libcloud node; ``auto`` is the public one, else the private one.

    In the local stage it is the first loopback address of that kind: an emulated instance's public address is invented,
    and somebody owns it. Raises ``AttackFailed`` where there is none.
    """
    public, private = list(node.public_ips or ()), list(node.private_ips or ())
    found = [str(address) for address in {"public": public, "private": private}.get(kind, public + private)]
    if not found:
        raise AttackFailed(f"{node.id} has no {'' if kind == 'auto' else kind + ' '}address: nothing was attacked")
    if not destination.is_local():
        return found[0]
    for address in found:
        if _is_loopback(address):
            return address
    raise AttackFailed(
        f"{node.id} has the address {found[0]}: in the local stage attacks reach loopback addresses only"
    )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
