"""Keep the secrets in use out of whatever this process writes: records, answers, logs, its output.

Secrets belong to the process, not to the caller, so the output of a plugin's threads is redacted too. Redact first,
then cut or encode: a piece of a secret is recognized only at the ends of a long text, or beside an ellipsis.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

from chalicelib.domain.errors import APIError, EngineError, InvalidRequest
from chalicelib.plugin.isolation import or_else
from chalicelib.secrets import streams
from chalicelib.secrets.forms import forms_of
from chalicelib.secrets.parts import MASK
from chalicelib.secrets.pieces import mask_pieces

_SHORTEST_CREDENTIAL = 32
"""Characters. AWS's credentials are longer; an emulator's are ordinary words."""
_MOST_LEFT_OPEN = 16
_LONGEST_CHAIN = 32


class _Secrets:
    """The secrets of one scope, and the threads that ran when it began."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = frozenset(texts)
        self._before = frozenset(threading.enumerate())
        self.threads: tuple[threading.Thread, ...] = ()

    @cached_property
    def forms(self) -> tuple[str, ...]:
        return forms_of(self._texts)

    def close(self) -> None:
        """Note the threads that were started during the scope."""
        self.threads = tuple(each for each in threading.enumerate() if each not in self._before)

    @property
    def is_used(self) -> bool:
        """Return whether one of those threads still runs."""
        return any(thread.is_alive() for thread in self.threads)


_lock = threading.RLock()
_open: list[_Secrets] = []
_left_open: list[_Secrets] = []


@contextmanager
def redacting(secrets: Iterable[str]) -> Iterator[None]:
    """Redact these secrets in ``redact``, in the log, on standard output and on standard error, within this scope.

    The function's own AWS credentials are redacted with them, so a plugin may print its environment. An exception
    leaves the scope without secrets, and so do its causes. The secrets stay redacted while a thread runs that was
    started in the scope.
    """
    opened = _Secrets((*secrets, *_own_credentials(os.environ)))
    with _lock:
        _open.append(opened)
        streams.wrap(_said)
        if logging.getLogRecordFactory() is not _record:
            _factory[:] = [logging.getLogRecordFactory()]
            logging.setLogRecordFactory(_record)
    try:
        yield
    except BaseException as error:
        _scrub(error)
        if (shown := _standing_in(error)) is error:
            raise
        raise shown from shown.__cause__
    finally:
        _close(opened)


def _own_credentials(environment: Mapping[str, str]) -> list[str]:
    values = (environment.get(name, "") for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))
    return [value for value in values if len(value) >= _SHORTEST_CREDENTIAL]


def redact(value: Any) -> Any:
    """Return a copy of a JSON value with the secrets in use masked."""
    forms = _forms()
    return _each(value, lambda text: _without(text, forms), forms) if forms else value


def _close(opened: _Secrets) -> None:
    streams.flush()  # the held part of a line is redacted while its secrets are in use
    with _lock:
        _open.remove(opened)
        opened.close()
        left = [each for each in (*_left_open, opened) if each.is_used]
        _left_open[:] = left[-_MOST_LEFT_OPEN:]
        if not _open and not _left_open:
            streams.unwrap()


_factory: list[Callable[..., logging.LogRecord]] = []


def _record(*arguments: Any, **options: Any) -> logging.LogRecord:
    """Make a log record whose message and traceback are redacted, for handlers of every format."""
    record = _factory[0](*arguments, **options)
    if _forms():
        with suppress(Exception):  # a plugin's object whose text cannot be made: logging reports it on standard error
            record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info:
            said = logging.Formatter().formatException(record.exc_info)
            record.exc_text = redact(said)
            if record.exc_text != said:  # a formatter of a plugin's own may write the error itself
                error = record.exc_info[1]
                shown = RuntimeError(redact(f"{type(error).__name__}: {or_else(lambda: str(error), '')}"))
                record.exc_info = (RuntimeError, shown, record.exc_info[2])
        record.stack_info = redact(record.stack_info)
    return record


def _forms() -> tuple[str, ...]:
    found = [
        each.forms for each in (*tuple(_open), *tuple(_left_open))
    ]  # without the lock: the writer may hold another one
    if len(found) <= 1:
        return found[0] if found else ()
    return tuple(sorted({form for each in found for form in each}, key=len, reverse=True))


def _said(text: str) -> str:
    return _without(text, _forms(), is_cut=True)


def _without(text: str, forms: tuple[str, ...], *, is_cut: bool = False) -> str:
    for form in forms:
        if form in text:
            text = text.replace(form, MASK)
    return mask_pieces(text, forms, is_cut=is_cut)


def _each(value: Any, change: Callable[[str], str], forms: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and str(value) in forms:
        return MASK
    if isinstance(value, Mapping):
        return {_each(name, change, forms): _each(each, change, forms) for name, each in value.items()}
    return type(value)(_each(each, change, forms) for each in value) if isinstance(value, list | tuple) else value


def _scrub(error: BaseException) -> None:
    """Mask the secrets in use in an error of the engine, and in its causes."""
    link = error
    for _ in range(_LONGEST_CHAIN):
        if isinstance(link, EngineError):
            _scrub_one(link)
        cause = link.__context__ if link.__cause__ is None else link.__cause__
        if cause is None:
            return
        shown = _standing_in(cause)
        if link.__cause__ is None:
            link.__context__ = shown
        else:
            link.__cause__ = shown
        link = shown


def _scrub_one(error: EngineError) -> None:
    error.args = redact(error.args)
    if isinstance(error, InvalidRequest):
        error.faults = tuple(fault.with_words(redact) for fault in error.faults)
    if isinstance(error, APIError):
        error.message, error.payload = redact(error.message), redact(error.payload)


def _standing_in(error: BaseException) -> BaseException:
    """Return the error itself, or a redacted stand-in where it shows a secret and is not the engine's."""
    said = or_else(lambda: f"{error} {error!r}", None)
    if isinstance(error, EngineError) or (said is not None and redact(said) == said):
        return error
    words = or_else(lambda: str(error), "no message was given")
    stand_in = RuntimeError(f"{type(error).__name__}: {redact(words)}").with_traceback(error.__traceback__)
    stand_in.__cause__, stand_in.__context__ = error.__cause__, error.__context__
    return stand_in
