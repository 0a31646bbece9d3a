"""A figure: the median of several runs, with the least and the most."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Of so many ``runs``; in milliseconds unless its name says otherwise."""

    median: float
    least: float
    most: float
    runs: int

    def document(self) -> dict[str, Any]:
        return asdict(self)


def figure(values: Iterable[float]) -> Figure:
    """The figure of the values of several runs, at least one."""
    kept = sorted(values)
    return Figure(
        median=round(statistics.median(kept), 2), least=round(kept[0], 2), most=round(kept[-1], 2), runs=len(kept)
    )


def milliseconds(use: Callable[[], object]) -> float:
    """How long one use takes by the clock on the wall."""
    began = time.perf_counter()
    use()
    return (time.perf_counter() - began) * 1000


def timed(use: Callable[[], object], runs: int) -> Figure:
    """The figure of so many uses, one after the other."""
    return figure(milliseconds(use) for _ in range(runs))
