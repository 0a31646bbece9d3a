"""The same request for many things at once, with a bound on how many."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

Thing = TypeVar("Thing")
Answer = TypeVar("Answer")


def in_parallel(request: Callable[[Thing], Answer], things: Iterable[Thing], *, width: int) -> list[Answer]:
    """The answers in the order of the things, asked for by at most ``width`` threads.

    After a failure nothing more is begun, what runs is waited for, and that failure is raised: once this returns or
    raises, no request is under way.
    """
    waiting = list(things)
    if len(waiting) < 2:
        return [request(thing) for thing in waiting]
    with ThreadPoolExecutor(min(width, len(waiting))) as pool:
        answers = [pool.submit(request, thing) for thing in waiting]
        try:
            for answer in as_completed(answers):
                answer.result()
        finally:
            pool.shutdown(cancel_futures=True)
    return [answer.result() for answer in answers]
