"""The boundary around code that plugin authors write, and around the objects it gives back: where a broad ``except``
is right.

Whatever a plugin raises while it is loaded or while it plans becomes one refusal of the request, named after the
plugin. What it raises on purpose (the engine's own errors, ``APIError`` among them) passes. ``SystemExit`` is caught as
well: it would end the Lambda, and the client would be told nothing. The other such boundary is around an attack's run
(``attacking.py``).
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from chalicelib.errors import EngineError

log = logging.getLogger(__name__)

T = TypeVar("T")


@contextmanager
def foreign_code(refusal: Callable[[BaseException], EngineError]) -> Iterator[None]:
    """Run a plugin's code; an exception that is not the engine's own is logged and raised as ``refusal(exception)``."""
    try:
        yield
    except EngineError:
        raise
    except (Exception, SystemExit) as error:
        log.warning("a plugin raised %s: %s", type(error).__name__, error)
        raise refusal(error) from error


def or_else(code: Callable[[], T], otherwise: T) -> T:
    """What a plugin's object gives when it is asked, or the alternative where it raises instead."""
    try:
        with foreign_code(lambda error: EngineError(type(error).__name__)):
            return code()
    except EngineError:
        return otherwise
