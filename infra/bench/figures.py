"""Make figures of several runs, in milliseconds by the clock on the wall."""

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")
READS = 7
Figure = dict[str, float]
Rows = dict[str, dict[str, Figure | float]]
"""The rows of a table by their names, each with its cells by the columns' names."""


def figure(values: Iterable[float]) -> Figure:
    """Return the median, the least and the most of at least one value, and how many ``runs`` these are."""
    kept = sorted(round(value, 2) for value in values)
    return {"median": round(statistics.median(kept), 2), "least": kept[0], "most": kept[-1], "runs": len(kept)}


def clocked(use: Callable[..., T], *args: Any, **kwargs: Any) -> tuple[float, T]:
    """Return how long one call takes, and what it returns."""
    began = time.perf_counter()
    answer = use(*args, **kwargs)
    return (time.perf_counter() - began) * 1000, answer


def timed(use: Callable[..., object], *args: Any, **kwargs: Any) -> Figure:
    """Return the figure of ``READS`` calls, one after the other."""
    return figure(clocked(use, *args, **kwargs)[0] for _ in range(READS))
