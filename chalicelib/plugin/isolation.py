"""Isolate the engine from code that plugin authors write, and from the objects it returns: here a broad ``except`` is
right.

Any exception of a plugin, while it is loaded or while it plans, becomes one refusal of the request, named after the
plugin. The engine's own errors, which a plugin raises on purpose (``APIError`` among them), pass. ``SystemExit`` is
caught as well: it would end the Lambda, and the client would get no answer. The other such boundary is around an
attack's run (``execution/attack.py``).
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from chalicelib.domain.errors import EngineError
from chalicelib.net.guard import plugin_call

log = logging.getLogger(__name__)

_LONGEST_MESSAGE = 500
"""Characters. A longer text is left out: searching it takes time by the product of its length and the words."""
_WORD = re.compile(r"\w{4,}")

T = TypeVar("T")


@contextmanager
def foreign_code(refusal: Callable[[BaseException], EngineError], given: Iterable[str] = ()) -> Iterator[None]:
    """Run a plugin's code; an exception that is not the engine's own is logged and raised as ``refusal(exception)``.

    ``given`` are texts that the code was given: neither the log nor the refusal repeats them.
    """
    try:
        with plugin_call():
            yield
    except EngineError:
        raise
    except (Exception, SystemExit) as error:
        log.warning("a plugin raised %s", unexpected_error(error, given))
        raise refusal(error) from error


def unexpected_error(error: BaseException, given: Iterable[str] = ()) -> str:
    """Return the type of an exception that nobody foresaw, and its message where that is short and repeats nothing.

    ``given`` are the texts that the code was given: a message that holds a word of them is left out.
    """
    message = or_else(lambda: str(error), "")
    if not 0 < len(message) <= _LONGEST_MESSAGE:
        return type(error).__name__
    said = message.casefold()
    repeats = any(word.casefold() in said for text in given for word in _WORD.findall(text))
    return type(error).__name__ if repeats else f"{type(error).__name__}: {message}"


def or_else(code: Callable[[], T], otherwise: T) -> T:
    """Return what the plugin's code returns, or the alternative where it raises."""
    try:
        with foreign_code(lambda error: EngineError(type(error).__name__)):
            return code()
    except EngineError:
        return otherwise
