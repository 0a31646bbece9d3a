"""HAL links: the only place that makes them.

Each begins with the request's own path, which holds API Gateway's stage (``/api/1/plans/``). So a client can follow it
on AWS, behind a custom domain and locally.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from chalice.app import Request

Link = Mapping[str, str]


class Links:
    """Links as the client that sent this request can follow them."""

    def __init__(self, request: Request) -> None:
        self._path = str(request.context["path"])
        self._query = request.query_params
        below_version = request.context["resourcePath"].strip("/").count("/")
        self._root = self._path.rstrip("/").rsplit("/", below_version)[0] if below_version else self._path.rstrip("/")

    def self(self) -> Link:
        """Return the link to the requested resource, its query string included."""
        return self._link(self._path, self._pairs())

    def next(self, cursor: str) -> Link:
        """Return the link to the page after this one."""
        return self._link(self._path, [*(pair for pair in self._pairs() if pair[0] != "cursor"), ("cursor", cursor)])

    def collection(self, name: str) -> Link:
        return self._link(f"{self._root}/{name}/")

    def root(self) -> str:
        """Return the base of all paths, without a slash at its end."""
        return self._root

    def description(self) -> Link:
        """Return the link to ``openapi.json``."""
        return self._link(f"{self._root}/openapi.json")

    def item(self, collection: str, id: str) -> Link:
        return self._link(f"{self._root}/{collection}/{quote(id, safe='')}")

    def _pairs(self) -> list[tuple[str, str]]:
        given = self._query
        return [(name, value) for name in given for value in given.getlist(name)] if given else []

    @staticmethod
    def _link(path: str, query: Sequence[tuple[str, str]] = ()) -> Link:
        return {"href": f"{path}?{urlencode(query)}" if query else path}
