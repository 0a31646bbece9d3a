"""Send one HTTP request of an attack to where a plan may send it (``net.rules``), bounded in time and size.

The host is looked up once, and the request goes to the address that was checked (``net.connection``). Redirects are not
followed. The environment's proxies and ``.netrc`` are not used: only the plan decides who is called, and with which
credentials.
"""

import socket
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from requests import RequestException, Session, Timeout
from requests.exceptions import InvalidURL, SSLError
from urllib3.exceptions import HTTPError, NewConnectionError

from chalicelib.net.connection import GuardedAdapter
from chalicelib.net.guard import Guard, Lookup, guarded
from chalicelib.net.rules import PLAN
from chalicelib.net.time_limit import TimeLimit

LONGEST_READ = 4096
"""Bytes of an answer's body; the rest is left unread."""


class TooSlow(Exception):
    """The answer was not there in time."""


class Unreachable(Exception):
    """No connection came about, so nothing was sent. Its text is the kind of failure."""


class AnswerBroken(Exception):
    """The request was sent, and what came back is no whole answer. Its text is the kind of failure."""

    def __init__(self, kind: str, status: int | None = None) -> None:
        super().__init__(kind)
        self.status = status
        """The status that came before the answer broke off."""


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Any,
    seconds: float,
    lookup: Lookup = socket.getaddrinfo,
    verify: bool | str = True,
) -> int:
    """Return the status of the answer; ``seconds`` are for all of it, from the look-up to the end of what is read.

    Raises ``AttackFailed`` for a destination that is forbidden, ``TooSlow``, ``Unreachable`` and ``AnswerBroken``.
    """
    status: int | None = None
    with (
        TimeLimit(seconds) as limit,
        guarded(Guard(PLAN, limit=limit, lookup=lookup)),
        _session() as session,
    ):
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
                status = answer.status_code
                answer.raw.read(LONGEST_READ)
        except (RequestException, HTTPError) as error:
            if limit.is_over or isinstance(error, Timeout):
                raise TooSlow from None
            kind = type(error).__name__
            raise (Unreachable(kind) if _sent_nothing(error) else AnswerBroken(kind, status)) from None
        if limit.is_over:  # what was read ends where the connection was cut
            raise TooSlow
        return answer.status_code


def _sent_nothing(error: Exception) -> bool:
    """Return whether the request failed before it was sent: it is none, or there is no connection, or no TLS on it."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, SSLError | InvalidURL) or isinstance(reason, NewConnectionError)


class _Session(Session):
    def get_redirect_target(self, resp: Any) -> None:
        """Return None: to find it, ``requests`` would read the whole body of a redirect, however long."""


def _session() -> Session:
    made = _Session()
    made.trust_env = False
    for scheme in ("http://", "https://"):
        made.mount(scheme, GuardedAdapter())
    return made
