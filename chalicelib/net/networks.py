"""Parse the networks to which a plan confines an attack."""

from collections.abc import Sequence
from ipaddress import ip_network

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault
from chalicelib.domain.json_schema import Schema
from chalicelib.net.rules import MACHINE, PLAN, Network, Reach

NETWORKS: Schema = {
    "type": "array",
    "minItems": 1,
    "maxItems": 64,
    "items": {"type": "string", "minLength": 1, "maxLength": 64},
    "description": "where the machine must be, as CIDR, e.g. 203.0.113.0/24: no other address is connected to."
    " Needed with driver",
}


def of_plan(networks: Sequence[str] | None) -> tuple[Network, ...] | None:
    """Return the networks of a plan, None where it lists none. Raises ``InvalidRequest`` for what is no network."""
    if networks is None:
        return None
    found = []
    for index, text in enumerate(networks):
        try:
            found.append(ip_network(text))
        except ValueError:
            accepted = "give one as CIDR with no bits set behind its prefix, such as 203.0.113.0/24 or 2001:db8::/48"
            raise InvalidRequest(Fault(f"$.networks[{index}]", "it is no network", accepted)) from None
    return tuple(found)


def reach(networks: Sequence[str] | None, *, named_by_plan: bool) -> Reach:
    """Return the addresses that an attack may connect to: only the plan's networks where it lists some.

    ``named_by_plan``: the addresses come from a cloud that the plan names, so private ones need PRIVATE_ADDRESSES.
    """
    return (PLAN if named_by_plan else MACHINE).within(of_plan(networks))
