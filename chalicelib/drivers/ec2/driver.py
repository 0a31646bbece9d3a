"""libcloud's EC2 driver, for every Region and endpoint. Import it in the function that needs it: libcloud is heavy."""
# mypy: disable-error-code="no-untyped-call"

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import LibcloudError
from libcloud.compute.base import Node
from libcloud.compute.drivers.ec2 import NAMESPACE, EC2NodeDriver
from libcloud.utils.xml import findall, findtext

from chalicelib.domain.attack_failures import AttackFailed, Spared
from chalicelib.domain.cut_text import cut
from chalicelib.drivers import protection
from chalicelib.drivers.cloud.credentials import Credentials
from chalicelib.drivers.ec2 import touched
from chalicelib.drivers.ec2.connection import JudgedConnection, throttled
from chalicelib.drivers.ec2.filters import chunks

TIMEOUT_SECONDS = 10
_PAGE = 1000
_MOST_PAGES = 1000
_LISTED = "us-east-1"


def _require_nodes_unspared(nodes: Sequence[Any]) -> None:
    for node in nodes:
        protection.require_unspared(str(node.id), node.extra["tags"])


class RegionalEC2Driver(EC2NodeDriver):
    """An ``EC2NodeDriver`` that spares the instances with a tag of PROTECTED_TAGS, and those without REQUIRED_TAGS.

    ``list_nodes`` leaves them out where it lists by filters. Every call that would change one raises ``Spared``, except
    reading calls and ``start_node``. The driver judges a call by its values (``touched``). It looks up each id and
    address to the instances that it belongs to, and reads their tags again right before the call. It refuses what
    cannot be looked up, such as a route table or a network ACL. An attack that changes one of those calls
    ``ex_require_unspared`` for the subnets or instances that it is about to hit, and sends the call unchecked.

    Its nodes have their IPv6 addresses too. It accepts any Region (libcloud's own list ends years ago) and the URL of
    that Region's endpoint. ``list_nodes`` reads all pages. It makes no further call for Elastic IPs, because a node's
    public addresses include them. Listing, sparing and reading a node's tags need only ec2:DescribeInstances.
    """

    connectionCls = JudgedConnection
    ex_changed = False
    """Whether something was asked for that changes anything. From then on a refusal is no ``Spared`` any more."""

    def __init__(self, credentials: Credentials, *, region: str, url: str) -> None:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        super().__init__(
            credentials.access_key,
            credentials.secret_key,
            secure=secure,
            host=parts.hostname,
            port=parts.port or (443 if secure else 80),
            region=_LISTED,
            token=credentials.token,
            signature_version="4",
            timeout=TIMEOUT_SECONDS,
        )
        self.path = parts.path or "/"
        self.region_name = region
        self.api_name = f"ec2_{region.replace('-', '_')}"
        self.country = ""

    # libcloud's own hints call ids and filters text; what it takes, and is given here, are several ids and a mapping.
    def list_nodes(  # type: ignore[override]  # see above
        self,
        ex_node_ids: Sequence[str] | None = None,
        ex_filters: Mapping[str, str | Sequence[str]] | None = None,
    ) -> list[Any]:
        """Return the nodes with these ids, or those that match all filters and may be attacked. A filter's value is a
        string or a list of them."""
        return self._described(ex_node_ids) if ex_node_ids else self.ex_divide_nodes(ex_filters)[0]

    def ex_divide_nodes(
        self, ex_filters: Mapping[str, str | Sequence[str]] | None = None
    ) -> tuple[list[Any], dict[str, str]]:
        """Return the nodes that match all filters and may be attacked, and the reason for each other that matches, by
        id."""
        nodes, spared = [], {}
        for node in self._described(filters=ex_filters):
            reason = protection.reason(node.extra["tags"])
            if reason is None:
                nodes.append(node)
            else:
                spared[str(node.id)] = reason
        return nodes, spared

    # Libcloud's own takes no arguments.
    def ex_list_network_interfaces(
        self, ex_interface_ids: Sequence[str] = (), ex_filters: Mapping[str, str | Sequence[str]] | None = None
    ) -> list[Any]:
        """Return the network interfaces with these ids, or those that match all filters."""
        params = {"Action": "DescribeNetworkInterfaces", **self._pathlist("NetworkInterfaceId", ex_interface_ids)}
        return [
            interface
            for some in chunks(ex_filters or {})
            for page in self.ex_pages({**params, **self._built(some)})
            for interface in self._to_interfaces(page)
        ]

    def ex_pages(self, params: Mapping[str, Any]) -> Iterator[Any]:
        """Yield the XML of each page that EC2 answers to a request that reads.

        Raises ``LibcloudError`` where EC2 gives the same page again, or no end of them."""
        asked, seen = dict(params), set[str]()
        while len(seen) < _MOST_PAGES:
            page = self.connection.request(self.path, params=dict(asked)).object
            yield page
            following = findtext(element=page, xpath="nextToken", namespace=NAMESPACE)
            if not following:
                return
            if following in seen:
                break
            seen.add(following)
            asked["NextToken"] = following
        raise LibcloudError(f"EC2 does not come to an end of {params['Action']}")

    def ex_describe_tags(self, resource: Any) -> dict[str, str]:
        """Return the tags of a node, a volume or another resource.

        Those of a node are read by describing it: libcloud's own call needs ec2:DescribeTags.
        """
        if not isinstance(resource, Node):
            return dict(super().ex_describe_tags(resource))
        nodes = self._described([str(resource.id)])
        return dict(nodes[0].extra["tags"]) if nodes else {}

    def _to_node(self, element: Any) -> Any:
        """Return the node with its IPv6 addresses, which libcloud leaves out: those of its first interface first."""
        node = super()._to_node(element)
        interfaces = findall(element=element, xpath="networkInterfaceSet/item", namespace=NAMESPACE)
        interfaces.sort(key=lambda each: int(findtext(each, "attachment/deviceIndex", NAMESPACE) or 0))
        sets = [findall(each, "ipv6AddressesSet/item/ipv6Address", NAMESPACE) for each in interfaces]
        found = [findtext(element, "ipv6Address", NAMESPACE), *(each.text for one in sets for each in one)]
        for address in dict.fromkeys(address for address in found if address):
            (node.public_ips if ip_address(address).is_global else node.private_ips).append(address)
        return node

    def ex_require_unspared(self, params: Mapping[str, Any]) -> None:
        """Raise ``Spared`` where a call with these parameters would change a spared instance, or cannot be judged.

        Parameters may be nested. Raises ``AttackFailed`` instead if the driver has already changed something. Where EC2
        throttles, its error is raised: trying again is safe.
        """
        self.ex_judge(touched.pairs(params))

    def ex_judge(self, pairs: touched.ExecutorRows) -> None:
        """Do the same as ``ex_require_unspared`` for parameters that are pairs of names and texts."""
        try:
            if touched.changes(pairs):
                self._require_unspared(touched.named(pairs))
        except Spared as refused:
            if self.ex_changed:
                raise AttackFailed(str(refused)) from refused
            raise

    def _require_unspared(self, named: touched.Named) -> None:
        if not named:
            raise Spared("the call names nothing by an id or an address, so EC2 cannot say which instances it changes")
        for thing in sorted(named.unclear):
            raise protection.unread(f"the instances that {thing} belongs to", "EC2 cannot be asked for them")
        ids = sorted(named.instances)
        try:
            self._require_instances_unspared(ids)
            for name, values in sorted(named.filters.items()):
                _require_nodes_unspared(self._described(filters={name: sorted(values)}))
        except (BaseHTTPError, LibcloudError, OSError) as error:
            if throttled(error):
                raise
            said = type(error).__name__ if isinstance(error, OSError) else cut(str(error), 300)
            raise protection.unread(", ".join(ids[:3]) or "the instances", said) from error

    def _require_instances_unspared(self, ids: Sequence[str]) -> None:
        nodes = self._described(ids) if ids else []
        for id in ids:
            if id not in {str(node.id) for node in nodes}:
                raise protection.unread(id, "EC2 does not show it")
        _require_nodes_unspared(nodes)

    def _get_terminate_boolean(self, element: Any) -> bool:
        """Return whether the instance ends, by its current state: some emulators answer with the previous one."""
        return self._current_state(element) in ("shutting-down", "terminated")

    def _get_state_boolean(self, element: Any) -> bool:
        """Return whether the instance stops or starts, or has done so already where that takes no time."""
        return self._current_state(element) in ("stopping", "stopped", "pending", "running")

    @staticmethod
    def _current_state(element: Any) -> str | None:
        found = findtext(element=element, xpath="instancesSet/item/currentState/name", namespace=NAMESPACE)
        return None if found is None else str(found)

    def _described(
        self, ids: Sequence[str] = (), filters: Mapping[str, str | Sequence[str]] | None = None
    ) -> list[Any]:
        """Return all nodes with these ids, or that match all filters, each once."""
        params: dict[str, Any] = {"Action": "DescribeInstances"}
        if ids:  # EC2 knows no pages where ids are given
            params |= self._pathlist("InstanceId", ids)
        else:
            params["MaxResults"] = _PAGE
        nodes: dict[str, Any] = {}
        for some in chunks(filters or {}):
            for page in self.ex_pages({**params, **self._built(some)}):
                for reservation in findall(element=page, xpath="reservationSet/item", namespace=NAMESPACE):
                    nodes |= {str(node.id): node for node in self._to_nodes(reservation, "instancesSet/item")}
        return list(nodes.values())

    def _built(self, filters: Mapping[str, str | Sequence[str]]) -> dict[str, Any]:
        """Return the parameters of these filters."""
        lists = {name: value if isinstance(value, str) else list(value) for name, value in filters.items()}
        built: dict[str, Any] = self._build_filters(lists)
        return built
