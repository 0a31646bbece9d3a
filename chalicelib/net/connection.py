"""Make HTTP connections under the thread's guard: resolve the host once, check its addresses, and connect to one.

The Host header and the name in the certificate are still the host's. Interim answers (RFC 9110, 15.2) are skipped,
within bounds. A 101 is an answer, since no request asked for another protocol.
"""

import socket
from http.client import HTTPException, HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from chalicelib.net.guard import Guard, current
from chalicelib.net.rules import SERVICE

MOST_INTERIM_ANSWERS = 16
LARGEST_INTERIM_ANSWERS = 64 * 1024
"""Bytes of all interim answers' headers before one answer."""


class _Lines:
    """The lines of an answer's head. The standard library takes an end in the middle of them for the head's own."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readline(self, *limit: int) -> bytes:
        line: bytes = self._file.readline(*limit)
        if not line:
            raise HTTPException("the answer breaks off in its headers")
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _Response(HTTPResponse):
    def begin(self) -> None:
        """Read the head of the answer, which must be whole."""
        file = self.fp
        self.fp = _Lines(file)  # type: ignore[assignment]  # it reads lines as a file does
        try:
            super().begin()
        finally:
            if self.fp is not None:  # an answer without a body is closed at once
                self.fp = file

    def _read_status(self) -> Any:
        """Return version, status and reason of the first final answer.

        The standard library skips only 100, however often it comes.
        """
        room = LARGEST_INTERIM_ANSWERS
        for _ in range(MOST_INTERIM_ANSWERS + 1):
            version, status, reason = super()._read_status()  # type: ignore[misc]  # typeshed leaves it out
            if not 100 <= status < 200 or status == 101:
                return version, status, reason
            while (line := self.fp.readline(room + 1)) not in (b"\r\n", b"\n"):
                room -= len(line)
                if room < 0:
                    raise HTTPException("the interim answers are too long")
        raise HTTPException("there are too many interim answers")


class _Guarded(HTTPConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        guard = current() or Guard(SERVICE)
        host, port, limit = self._dns_host.strip("[]"), self.port, guard.limit
        try:
            found = limit.call(lambda: guard.resolve(host, port)) if limit else guard.resolve(host, port)
            return self._connected(found, limit.left if limit else None)
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"{host} could not be connected to in time") from error
        except OSError as error:
            raise NewConnectionError(self, f"{host} could not be connected to") from error

    def _connected(self, found: list[Any], seconds: float | None) -> socket.socket:
        """Return a connection to the first of the addresses that takes one. Raises ``OSError``."""
        refused: OSError | None = None
        for family, kind, protocol, _, address in found:
            connection = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    connection.setsockopt(*option)
                connection.settimeout(self.timeout if seconds is None else seconds)
                connection.connect(address)
                return connection
            except OSError as error:
                connection.close()
                refused = error
            except BaseException:
                connection.close()
                raise
        raise refused or OSError("there is no address")


class _GuardedTLS(_Guarded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _GuardedTLS


class GuardedAdapter(HTTPAdapter):
    """The transport of a session of ``requests``, through guarded connections."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}
