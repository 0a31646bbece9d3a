"""A limit to how long a request over the network takes in all."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from threading import Timer
from typing import TypeVar

T = TypeVar("T")


class TimeLimit:
    """So many seconds from now on. A library's timeout is for each read; a server that sends a byte now and then would
    hold it for ever. So the connection is cut, whatever is done with it."""

    def __init__(self, seconds: float) -> None:
        self._end, self._cut, self._undone = time.monotonic() + seconds, False, ExitStack()

    def __enter__(self) -> "TimeLimit":
        return self

    def __exit__(self, *_: object) -> None:
        self._undone.close()

    @property
    def left(self) -> float:
        """Seconds, never none at all: what is begun too late fails by itself."""
        return max(self._end - time.monotonic(), 0.01)

    @property
    def is_over(self) -> bool:
        return self._cut or time.monotonic() >= self._end

    def watch(self, connection: socket.socket) -> None:
        """Cut the connection when the time is over. A copy is held: TLS takes the socket itself."""
        held = self._undone.enter_context(connection.dup())
        self._undone.callback(self._cut_if_over, held)
        timer = Timer(self.left, self._end_of, (held,))
        timer.daemon = True
        timer.start()
        self._undone.callback(timer.cancel)

    def call(self, function: Callable[[], T]) -> T:
        """Return what the function returns. Raises ``TimeoutError`` where it takes longer; its thread is then
        abandoned."""
        worker = ThreadPoolExecutor(max_workers=1)
        try:
            return worker.submit(function).result(self.left)
        finally:
            worker.shutdown(wait=False)

    def _cut_if_over(self, connection: socket.socket) -> None:
        """Cut what the timer had no time to cut: a thread that was left to itself may still read from it."""
        if self.is_over:
            self._end_of(connection)

    def _end_of(self, connection: socket.socket) -> None:
        self._cut = True
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
