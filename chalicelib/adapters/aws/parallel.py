"""The same request for many things at once, with a bound on how many."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Event
from typing import TypeVar

from chalicelib.domain.errors import EngineError

Thing = TypeVar("Thing")
Answer = TypeVar("Answer")


def in_parallel(request: Callable[[Thing], Answer], things: Iterable[Thing], *, width: int) -> list[Answer]:
    """Return the answers in the order of the things, which at most ``width`` threads ask for.

    After a failure nothing more is begun, what is under way is waited for, and the failure is raised: once this
    returns or raises, no request is under way. Each has the caller's context, its budget among it; a request that
    begins when that is over fails, and so ends all.
    """
    waiting = list(things)
    if len(waiting) < 2:
        return [request(thing) for thing in waiting]
    failed = Event()

    def unless_failed(thing: Thing) -> list[Answer]:
        if failed.is_set():
            return []
        try:
            return [request(thing)]
        except EngineError:
            failed.set()
            raise

    with ThreadPoolExecutor(min(width, len(waiting))) as pool:
        contexts = [copy_context() for _ in waiting]
        found = pool.map(lambda context, thing: context.run(unless_failed, thing), contexts, waiting)
        return [answer for answers in found for answer in answers]
