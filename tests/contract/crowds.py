"""Many calls at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from chalicelib.domain.errors import EngineError


def all_at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each call returned, or the engine's error it raised; none begins before all are ready."""
    barrier = Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        barrier.wait(timeout=30)
        try:
            return call()
        except EngineError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))
