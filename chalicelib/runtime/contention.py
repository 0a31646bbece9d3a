"""Repeat a change that collided with another caller's, for as long as the caller's time budget lasts."""

import time
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import TypeVar

from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.unavailable import Unavailable
from chalicelib.runtime.deadline import remaining

T = TypeVar("T")

MOST_TRIES = 60
"""The limit where no time budget is set."""
_SHORTEST, _LONGEST = 0.02, 0.5


def retry_conflicts(
    change: Callable[[], T],
    operation: str,
    *,
    pause: Callable[[float], None] = time.sleep,
    rng: Random | None = None,
) -> T:
    """Return what ``change`` returns, and repeat it where it raises ``WriteConflict``.

    ``change`` reads, decides and writes. The pauses grow and are drawn at random ("full jitter"), so that callers who
    collided do not collide again. Raises ``Unavailable``, which names the ``operation``, where the budget ends first.
    """
    rng = rng or Random()  # noqa: S311 - it spreads those who wait, and keeps no secret
    for attempt in range(MOST_TRIES):
        with suppress(WriteConflict):
            return change()
        seconds = rng.uniform(0, min(_LONGEST, _SHORTEST * 2**attempt))
        if seconds >= remaining():
            break
        pause(seconds)
    raise Unavailable(operation, retry_after=1)
