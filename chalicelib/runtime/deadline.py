"""Bound the time of an operation (docs/adr/0008).

API Gateway gives up on a request after 29 seconds, and Lambda kills a function at its timeout. So an operation begins
with a budget, and whatever waits, repeats or loops within it asks before it goes on. The budget bounds what is begun: a
request under way at its end is not cut off, but nothing more is begun.

The budget travels in a context variable, not through the ports: it matters to the caller and to the adapter that sends
requests, and to nobody between them. A thread has the budget of the context it runs in (``contextvars.copy_context``).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from math import inf

SURELY_DEAD = timedelta(seconds=120)
"""After this no request of the API is alive any more: API Gateway, and Lambda with it, end them after 29 seconds."""

Timer = Callable[[], float]
"""Seconds since whenever; it never goes back."""


@dataclass(frozen=True, slots=True)
class _Budget:
    ends: float
    timer: Timer


_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def within(seconds: float, timer: Timer = time.monotonic) -> Iterator[None]:
    """Give the block so many seconds. Also a decorator, whose time begins with each call.

    Inside of another budget the one that ends earlier counts, and the timer is the outermost one's.
    """
    outer = _budget.get()
    if outer is None:
        inner = _Budget(timer() + seconds, timer)
    else:
        inner = _Budget(min(outer.ends, outer.timer() + seconds), outer.timer)
    token = _budget.set(inner)
    try:
        yield
    finally:
        _budget.reset(token)


def remaining() -> float:
    """Return the seconds left, 0 once there are none; infinite where nobody set a budget."""
    budget = _budget.get()
    return inf if budget is None else max(0.0, budget.ends - budget.timer())
