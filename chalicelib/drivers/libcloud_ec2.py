"""libcloud's EC2 driver, for every Region and endpoint. Import it in the function that needs it: libcloud is heavy."""
# mypy: disable-error-code="no-untyped-call"

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import LibcloudError
from libcloud.compute.drivers.ec2 import NAMESPACE, EC2Connection, EC2NodeDriver, EC2Response
from libcloud.utils.xml import findall, findtext

from chalicelib.drivers import spared, touched
from chalicelib.drivers.credentials import Credentials
from chalicelib.plugin import AttackFailed, Spared

TIMEOUT_SECONDS = 10
_PAGE = 1000
_LISTED = "us-east-1"
_THROTTLED = ("RequestLimitExceeded", "Throttling", "Unavailable", "ServiceUnavailable")


def throttled(error: Exception) -> bool:
    """Whether EC2 would have the same call again, later."""
    return isinstance(error, BaseHTTPError) and str(error).startswith(_THROTTLED)


class _Response(EC2Response):
    """Some emulators write the namespace without its last slash, and in errors, where EC2 has none. libcloud would find
    nothing in their answers."""

    def parse_body(self) -> Any:
        self.body = str(self.body).replace(f' xmlns="{NAMESPACE[:-1]}"', f' xmlns="{NAMESPACE}"', 1)
        return super().parse_body()

    def parse_error(self) -> Any:
        self.body = str(self.body).replace(f' xmlns="{NAMESPACE[:-1]}"', "", 1)
        return super().parse_error()


class _Connection(EC2Connection):
    """All that the driver asks of EC2 passes here, whichever of its methods asks."""

    responseCls = _Response
    driver: Any

    def request(self, action: str, params: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> Any:
        """Raises ``Spared`` where the call would change an instance that is spared."""
        self.driver.ex_require_unspared(params or {})
        self._note(params or {})
        return super().request(action, params, *args, **kwargs)

    def request_unchecked(self, action: str, params: Mapping[str, Any]) -> Any:
        """The same for a call that puts back what an attack has changed, which is due to a spared instance too; and
        for one whose instance the caller has had checked."""
        self._note(params)
        return super().request(action, params)

    def _note(self, params: Mapping[str, Any]) -> None:
        self.driver.ex_changed = self.driver.ex_changed or touched.changes(params)


class RegionalEC2Driver(EC2NodeDriver):
    """``EC2NodeDriver`` that spares the instances with a tag of PROTECTED_TAGS, and those without REQUIRED_TAGS.

    They are not among what ``list_nodes`` lists by filters. Every call that would change one raises ``Spared``: all
    but reading and ``start_node``, whether it names the instance or a volume or network interface of it; one that
    names an address or an association, of which it is not told whose it is, always does. The tags are read again for
    that, right before it, and where they cannot be read nothing is changed. What instances share (groups, routes,
    subnets) is not looked after.

    Three more differences: it takes any Region (libcloud's own list ends years ago) and the URL at which that answers;
    ``list_nodes`` reads all pages; and it makes no further call for Elastic IPs, which are among a node's public
    addresses already. ec2:DescribeInstances is all that listing and sparing need.
    """

    connectionCls = _Connection
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
        """The nodes with these ids, or those that match all filters (a value is a string or a list of them) and may be
        attacked."""
        return self._described(ex_node_ids) if ex_node_ids else self.ex_divide_nodes(ex_filters)[0]

    def ex_divide_nodes(
        self, ex_filters: Mapping[str, str | Sequence[str]] | None = None
    ) -> tuple[list[Any], dict[str, str]]:
        """The nodes that match all filters and may be attacked, and why others that match may not, by their ids."""
        nodes, why_not = [], {}
        for node in self._described(filters=ex_filters):
            reason = spared.reason(node.extra["tags"])
            if reason is None:
                nodes.append(node)
            else:
                why_not[str(node.id)] = reason
        return nodes, why_not

    # Libcloud's own takes no arguments.
    def ex_list_network_interfaces(
        self, ex_interface_ids: Sequence[str] = (), ex_filters: Mapping[str, str | Sequence[str]] | None = None
    ) -> list[Any]:
        """The network interfaces with these ids, or those that match all filters: the first thousand."""
        params = {"Action": "DescribeNetworkInterfaces", **self._pathlist("NetworkInterfaceId", ex_interface_ids)}
        params |= self._build_filters(dict(ex_filters or {}))
        return list(self._to_interfaces(self.connection.request(self.path, params=params).object))

    def ex_require_unspared(self, params: Mapping[str, Any]) -> None:
        """Raise ``Spared`` where a call with these parameters would change an instance that is spared now, or whose
        tags cannot be read; ``AttackFailed`` if the driver has changed something before. Where EC2 throttles, its error
        is raised: to try again is safe."""
        try:
            self._require_unspared(params)
        except Spared as refused:
            if self.ex_changed:
                raise AttackFailed(str(refused)) from refused
            raise

    def _require_unspared(self, params: Mapping[str, Any]) -> None:
        if not touched.changes(params):
            return
        named = touched.instances(params)
        for thing in touched.unclear(params):
            raise spared.unread(f"the machine that {thing} belongs to", "EC2 is not asked for it by that")
        try:
            nodes = self._described(named) if named else []
            for of_a_part in touched.parts(params):
                nodes += self._described(filters=of_a_part)
        except (BaseHTTPError, LibcloudError, OSError) as error:
            if throttled(error):
                raise
            said = type(error).__name__ if isinstance(error, OSError) else str(error)[:300]
            raise spared.unread(", ".join(named) or "the instance", said) from error
        for id in named:
            if id not in {node.id for node in nodes}:
                raise spared.unread(id, "EC2 does not show it")
        for node in nodes:
            spared.require_unspared(str(node.id), node.extra["tags"])

    def _described(
        self, ids: Sequence[str] = (), filters: Mapping[str, str | Sequence[str]] | None = None
    ) -> list[Any]:
        """All nodes with these ids, or that match all filters."""
        params: dict[str, Any] = {"Action": "DescribeInstances"}
        if ids:  # EC2 knows no pages where ids are given
            params |= self._pathlist("InstanceId", ids)
        else:
            params["MaxResults"] = _PAGE
        params |= self._build_filters(
            {name: value if isinstance(value, str) else list(value) for name, value in (filters or {}).items()}
        )
        nodes: list[Any] = []
        while True:
            page = self.connection.request(self.path, params=dict(params)).object
            for reservation in findall(element=page, xpath="reservationSet/item", namespace=NAMESPACE):
                nodes += self._to_nodes(reservation, "instancesSet/item")
            following = findtext(element=page, xpath="nextToken", namespace=NAMESPACE)
            if not following:
                return nodes
            params["NextToken"] = following
