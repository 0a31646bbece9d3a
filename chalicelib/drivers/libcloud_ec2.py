"""libcloud's EC2 driver, for every Region and endpoint. Import it in the function that needs it: libcloud is heavy."""
# mypy: disable-error-code="no-untyped-call"

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from libcloud.compute.drivers.ec2 import NAMESPACE, EC2Connection, EC2NodeDriver, EC2Response
from libcloud.utils.xml import findall, findtext

from chalicelib.drivers.credentials import Credentials

_TIMEOUT_SECONDS = 10
_PAGE = 1000
_LISTED = "us-east-1"


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
    responseCls = _Response


class RegionalEC2Driver(EC2NodeDriver):
    """``EC2NodeDriver`` with three differences.

    It takes any Region (libcloud's own list ends years ago) and the URL at which that answers; ``list_nodes`` reads all
    pages; and ``list_nodes`` makes no further call for Elastic IPs, which are among a node's public addresses already:
    ec2:DescribeInstances is all it needs.
    """

    connectionCls = _Connection

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
            timeout=_TIMEOUT_SECONDS,
        )
        self.path = parts.path or "/"
        self.region_name = region
        self.api_name = f"ec2_{region.replace('-', '_')}"
        self.country = ""

    # libcloud's own hints call ids and filters text; what it takes, and is given here, are several ids and a mapping.
    def list_nodes(  # type: ignore[override]
        self,
        ex_node_ids: Sequence[str] | None = None,
        ex_filters: Mapping[str, str | Sequence[str]] | None = None,
    ) -> list[Any]:
        """The nodes with these ids, or those that match all filters (a value is a string or a list of them)."""
        params: dict[str, Any] = {"Action": "DescribeInstances"}
        if ex_node_ids:  # EC2 knows no pages where ids are given
            params |= self._pathlist("InstanceId", ex_node_ids)
        else:
            params["MaxResults"] = _PAGE
        params |= self._build_filters(
            {name: value if isinstance(value, str) else list(value) for name, value in (ex_filters or {}).items()}
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
