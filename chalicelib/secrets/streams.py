"""Redact standard output and standard error while secrets are in use."""

import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

_NAMES = ("stdout", "stderr", "__stdout__", "__stderr__")
_MOST_HELD = 65_536
"""Characters of a line that is not complete yet."""


class RedactedStream:
    """A text stream that passes on what is written line by line, each line redacted.

    A secret that is written in pieces is whole in its line. A flush passes on an incomplete line.
    """

    def __init__(self, stream: Any, redact: Callable[[str], str]) -> None:
        self.stream = stream
        self._redact = redact
        self._held = ""
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        with self._lock:
            lines, newline, self._held = (self._held + text).rpartition("\n")
            if newline:
                self.stream.write(self._redact(lines) + newline)
            if len(self._held) > _MOST_HELD:
                self._pass_on()
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        with self._lock:
            self._pass_on()
            self.stream.flush()

    @property
    def buffer(self) -> "_Bytes":
        return _Bytes(self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def _pass_on(self) -> None:
        if self._held:
            held, self._held = self._held, ""
            self.stream.write(self._redact(held))


class _Bytes:
    """The bytes of a redacted stream."""

    def __init__(self, stream: RedactedStream) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        self._stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)

    def flush(self) -> None:
        self._stream.flush()


def wrap(redact: Callable[[str], str]) -> None:
    """Redact standard output and standard error, unless they are redacted already."""
    for name in _NAMES:
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, RedactedStream):
            setattr(sys, name, RedactedStream(stream, redact))


def flush() -> None:
    """Pass on the incomplete lines that the streams hold."""
    for name in _NAMES:
        stream = getattr(sys, name)
        if isinstance(stream, RedactedStream):
            with suppress(ValueError):  # it was closed meanwhile
                stream.flush()


def unwrap() -> None:
    """Put the original streams back, except where somebody has replaced a redacted one."""
    flush()
    for name in _NAMES:
        setattr(sys, name, plain(getattr(sys, name)))


def plain(stream: Any) -> Any:
    """Return the stream below a redacted one, for text that is redacted already."""
    return stream.stream if isinstance(stream, RedactedStream) else stream
