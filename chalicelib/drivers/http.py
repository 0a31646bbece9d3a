"""HTTP for attacks: one request to where an attack may go (``destination``), bounded in time and size.

The host is resolved once. What was found is checked, and those very addresses are connected to, so a name that
resolves differently the next time (DNS rebinding) leads nowhere else; the Host header and the name that the
certificate must have are still the host's. Redirects are not followed. The environment's proxies and ``.netrc`` are not
used: an attack says itself whom it talks to, and as whom.
"""

import socket
from collections.abc import Mapping
from contextlib import closing
from typing import Any, ClassVar

from requests import RequestException, Session, Timeout
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from chalicelib.drivers import destination
from chalicelib.drivers.time_limit import TimeLimit

LONGEST_READ = 4096
"""Bytes of an answer's body; the rest is left unread."""


class TooSlow(Exception):
    """The answer was not there in time."""


class Unreachable(Exception):
    """No answer came, or one that is no HTTP. Its text is the kind of failure."""


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Any,
    seconds: float,
    lookup: destination.Lookup = socket.getaddrinfo,
    verify: bool | str = True,
) -> int:
    """The status of the answer; ``seconds`` are for all of it, from the look-up to the end of what is read.

    Raises ``AttackFailed`` for a destination that is forbidden, ``TooSlow`` and ``Unreachable``.
    """
    with TimeLimit(seconds) as limit, _session(limit, lookup) as session:
        try:
            sent = session.request(
                method,
                url,
                headers=dict(headers),
                data=body,
                timeout=seconds,
                allow_redirects=False,
                stream=True,
                verify=verify,
            )
            with closing(sent) as answer:
                answer.raw.read(LONGEST_READ)
        except (RequestException, HTTPError) as error:
            if limit.is_over or isinstance(error, Timeout):
                raise TooSlow from None
            raise Unreachable(type(error).__name__) from None
        if limit.is_over:  # what was read ends where the connection was cut
            raise TooSlow
        return answer.status_code


class _Pinned(HTTPConnection):
    """Connects to what was checked."""

    lookup: ClassVar[destination.Lookup]
    limit: ClassVar[TimeLimit]

    def _new_conn(self) -> socket.socket:
        made = type(self)
        host, port = self._dns_host.strip("[]"), self.port

        def found() -> list[Any]:
            return destination.resolve(host, port, named_by_plan=True, lookup=made.lookup)

        try:
            connection = _connected(made.limit.call(found), made.limit)
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"{host} could not be connected to in time") from error
        except OSError as error:
            raise NewConnectionError(self, f"{host} could not be connected to") from error
        made.limit.watch(connection)
        return connection


class _PinnedTLS(_Pinned, HTTPSConnection):
    pass


def _connected(found: list[Any], limit: TimeLimit) -> socket.socket:
    """A connection to the first of the addresses that takes one. Raises ``OSError``."""
    refused: OSError | None = None
    for family, kind, protocol, _, address in found:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(limit.left)
            connection.connect(address)
            return connection
        except OSError as error:
            connection.close()
            refused = error
    raise refused or OSError("there is no address")


class _Session(Session):
    def get_redirect_target(self, resp: Any) -> None:
        """None: to know it, ``requests`` would read the whole body of a redirect, however long."""


class _PinnedAdapter(HTTPAdapter):
    def __init__(self, pools: Mapping[str, Any]) -> None:
        self._pools = pools
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools


def _session(limit: TimeLimit, lookup: destination.Lookup) -> Session:
    class Plain(_Pinned):
        pass

    class Secure(_PinnedTLS):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    for kind in (Plain, Secure):
        kind.lookup, kind.limit = staticmethod(lookup), limit
    made = _Session()
    made.trust_env = False
    for scheme in ("http://", "https://"):
        made.mount(scheme, _PinnedAdapter({"http": PlainPool, "https": SecurePool}))
    return made
