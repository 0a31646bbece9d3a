"""Check at the socket every address that the functions connect to while they carry out a plan.

Python raises an audit event before each connect and each datagram, whichever library makes it, and an audit hook may
refuse it. The hook gets the numeric address, so no second look-up can answer otherwise. A guard applies to its own
thread. While it lasts, it also applies to every thread without a guard of its own.
"""

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import copy_context
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.net import rules
from chalicelib.net.rules import SERVICE, Reach
from chalicelib.net.time_limit import TimeLimit

T = TypeVar("T")
Lookup = Callable[..., list[tuple[Any, ...]]]
"""As ``socket.getaddrinfo``."""

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class Guard:
    """The addresses that one piece of work may connect to, its time limit, and the bytes that it may read in all."""

    def __init__(
        self,
        reach: Reach,
        *,
        limit: TimeLimit | None = None,
        largest: int | None = None,
        lookup: Lookup = socket.getaddrinfo,
    ) -> None:
        self.reach, self.limit, self._lookup, self._room = reach, limit, lookup, largest
        self.refused: AttackFailed | None = None
        """The first refusal: a library may turn the exception into one of its own."""

    def resolve(self, host: str, port: int) -> list[Any]:
        """Look a host up once, and return the addresses in the form of ``socket.getaddrinfo``.

        Raises ``AttackFailed`` unless every address may be connected to, because a library may choose any of them.
        """
        try:
            found = self._lookup(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise AttackFailed(f"{host} cannot be resolved")
        for address in sorted({(str(info[4][0]), int(info[4][1])) for info in found}):
            self.check(*address)
        return found

    def check(self, address: str, port: int) -> None:
        """Raise ``AttackFailed`` where the guard refuses a connection to this IP address and port."""
        try:
            rules.check_address(address, port, self.reach)
        except AttackFailed as refusal:
            self.refused = self.refused or refusal
            raise

    def before_connect(self, connection: socket.socket, address: Any) -> None:
        """Raise ``AttackFailed`` where the guard refuses the address, or ``TimeoutError`` where the time is over."""
        if self.limit and self.limit.is_over:
            raise TimeoutError("the time for this connection is over")
        if connection.family not in (socket.AF_INET, socket.AF_INET6):
            self.refused = self.refused or AttackFailed(f"{address!r} is refused: it is no IP address")
            raise self.refused
        self.check(str(address[0]), int(address[1]))
        if self.limit:
            self.limit.watch(connection)

    def count(self, size: int) -> None:
        """Count bytes that were read. Raises ``AnswerTooLarge`` when they exceed the limit."""
        if self._room is not None:
            self._room -= size
            if self._room < 0:
                raise AnswerTooLarge


class AnswerTooLarge(OSError):
    """An answer, or all answers together, of more bytes than the guard allows."""


_of_thread: WeakKeyDictionary[threading.Thread, Guard] = WeakKeyDictionary()
_of_process: list[Guard] = []
_switch = threading.Lock()
_is_installed = False


def current() -> Guard | None:
    """Return the guard that applies to this thread, None where there is none."""
    return _of_thread.get(threading.current_thread()) or (_of_process[-1] if _of_process else None)


@contextmanager
def guarded(guard: Guard) -> Iterator[Guard]:
    """Apply the guard to this thread, and to every thread that has none."""
    _install()
    thread = threading.current_thread()
    before = _of_thread.get(thread)
    _of_thread[thread] = guard
    _of_process.append(guard)
    try:
        with _without_proxies() if guard.reach.named_by_plan else nullcontext():
            yield guard
    finally:
        _of_process.remove(guard)
        if before is None:
            _of_thread.pop(thread, None)
        else:
            _of_thread[thread] = before


def plugin_call() -> AbstractContextManager[Guard]:
    """Guard the whole process while a plugin's own code runs. A narrower guard of a thread goes first."""
    return guarded(Guard(SERVICE))


def call(
    function: Callable[[], T],
    reach: Reach,
    *,
    seconds: float,
    largest: int | None = None,
    lookup: Lookup = socket.getaddrinfo,
) -> T:
    """Call the function in a guarded thread of its own, for at most so many seconds, and return its result.

    Raises the guard's own refusal, whatever error a library made of it, and ``TimeoutError`` where it takes longer. The
    thread then goes on without connections: the open ones are cut, and it can make no new ones.
    """
    context = copy_context()

    def work() -> T:
        _of_thread[threading.current_thread()] = guard  # for good: the thread may outlast this call
        return context.run(function)

    with TimeLimit(seconds) as limit, guarded(Guard(reach, limit=limit, largest=largest, lookup=lookup)) as guard:
        try:
            given = limit.call(work)
        except Exception as error:
            if guard.refused:
                raise guard.refused from error
            if limit.is_over:  # what a library makes of a connection that was cut
                raise TimeoutError from error
            raise
        if limit.is_over:  # an answer that ends where its connection was cut
            raise TimeoutError
        return given


def _install() -> None:
    global _is_installed
    with _switch:
        if not _is_installed:
            _is_installed = True
            sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        guard = current()
        if guard is not None and arguments[1] is not None:
            guard.before_connect(arguments[0], arguments[1])


@contextmanager
def _without_proxies() -> Iterator[None]:
    """Remove the proxies from the environment: libraries read them when they make a connection."""
    hidden: Mapping[str, str] = {name: value for name, value in os.environ.items() if name.lower() in _PROXIES}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)
