"""How libcloud's drivers of other clouds connect: to what attacks may connect to, wherever the name comes from.

A plan names a cloud's host; later a catalogue that the cloud itself answers with may name others. So it is not enough
to look at what a driver is made with: each connection's host is resolved once, what was found is checked, and that
address is connected to (``destination``). Redirects are refused: libcloud would follow them, keys and all.
"""

import socket
from typing import Any

from libcloud.common.base import Connection
from libcloud.http import LibcloudConnection
from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from chalicelib.drivers import destination
from chalicelib.plugin import AttackFailed


def check_from_now_on(driver: Any) -> None:
    """Whatever the driver connects to from here on is checked. One that does not speak HTTP is left as it is."""
    connection = getattr(driver, "connection", None)
    if not isinstance(connection, Connection):
        return
    connection.conn_class = CheckedConnection
    if isinstance(connection.connection, LibcloudConnection):
        _guard(connection.connection.session)


class CheckedConnection(LibcloudConnection):
    """Raises ``AttackFailed`` for a destination that is forbidden, ``TooManyRedirects`` (an ``OSError``) for any
    redirect."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]  # libcloud has few types
        _guard(self.session)


def _guard(session: Session | None) -> None:
    if session is None:  # libcloud makes it before anything else
        raise AttackFailed("libcloud has made no session that could be guarded: nothing is connected to unchecked")
    session.max_redirects = 0
    for scheme in ("http://", "https://"):
        session.mount(scheme, _CheckedAdapter())


class _Checked(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        host = self._dns_host.strip("[]")
        refused: OSError | None = None
        for *_, address in destination.resolve(host, self.port, named_by_plan=True):
            try:
                return create_connection(
                    address[:2], self.timeout, source_address=self.source_address, socket_options=self.socket_options
                )
            except OSError as error:
                refused = error
        raise NewConnectionError(self, f"{host} could not be connected to") from refused


class _CheckedTLS(_Checked, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Checked


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _CheckedTLS


class _CheckedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}
