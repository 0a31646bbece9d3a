"""Give libcloud's drivers connections that the guard checks, with bounded answers and without redirects.

A redirect would carry the keys to another host. Every connection is closed after its answer, so the guard's time limit
can cut all connections that were made under it.
"""

from typing import Any

from libcloud.common.base import Connection
from libcloud.http import LibcloudConnection
from requests import ConnectionError, PreparedRequest, Response
from urllib3.exceptions import HTTPError

from chalicelib.net.connection import GuardedAdapter
from chalicelib.net.guard import current

_CHUNK = 64 * 1024


def use_guarded_connections() -> None:
    """Replace every connection class that libcloud has loaded by the guarded one.

    A driver that connects in its constructor then has it too.
    """
    kinds: list[type[Connection]] = [Connection]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if issubclass(vars(kind).get("conn_class", GuardedConnection), LibcloudConnection):
            kind.conn_class = GuardedConnection


class GuardedConnection(LibcloudConnection):
    """A connection that raises ``AttackFailed`` for a destination that is forbidden, ``TooManyRedirects`` (an
    ``OSError``) for any redirect, and ``AnswerTooLarge``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]  # libcloud has few types
        if self.session is None:  # libcloud makes it before anything else
            raise OSError("libcloud has made no session that could be guarded")
        self.session.max_redirects = 0
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, _BoundedAdapter())

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        """Send the request with spaces as the signatures have them: ``%20``, where libcloud writes ``+``."""
        path, mark, query = url.partition("?")
        url = path + mark + query.replace("+", "%20")
        super().request(method, url, *args, **kwargs)  # type: ignore[no-untyped-call]  # libcloud has few types


class _BoundedAdapter(GuardedAdapter):
    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Return the answer with its whole body, up to the size that the guard allows."""
        response = super().send(request, *args, **{**kwargs, "stream": True})
        guard = current()
        parts: list[bytes] = []
        try:
            while part := response.raw.read(_CHUNK, decode_content=True):
                if guard:
                    guard.count(len(part))
                parts.append(part)
        except HTTPError as error:
            raise ConnectionError(error, request=request) from error
        finally:
            if guard and guard.limit:
                self.poolmanager.clear()
        response._content = b"".join(parts)
        return response
