"""HTTP for attacks: a ``requests`` session that connects only where an attack may (``destination``).

A name may resolve to another address between the check and the connection, so each connection is checked again, before
the request is sent. The environment's proxies and ``.netrc`` are not used: an attack says itself whom it talks to, and
as whom.
"""

from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from chalicelib.drivers import destination


class _CheckedHTTP(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        destination.check_address(self.sock.getpeername()[0], self.port)


class _CheckedHTTPS(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        destination.check_address(self.sock.getpeername()[0], self.port)


class _CheckedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _CheckedHTTP


class _CheckedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedHTTPS


class _CheckedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _CheckedHTTPPool, "https": _CheckedHTTPSPool}


def session() -> Session:
    """A session whose connections raise ``AttackFailed`` where an attack may not go."""
    made = Session()
    made.trust_env = False
    for scheme in ("http://", "https://"):
        made.mount(scheme, _CheckedAdapter())
    return made
