"""Measures how the time that a function takes grows with its input."""

import gc
import time
from collections.abc import Callable
from typing import Any

SHORT = 0.05
"""Seconds of the processor that no input is worth measuring below."""
LONG = 0.5
"""Seconds of the processor that a square has to take: a step, as of an allocator, is behind it by then."""


def seconds(function: Callable[[Any], object], given: Any) -> float:
    """Return the least processor time of this thread that two calls took; one call where that is enough."""
    least = float("inf")
    gc.disable()
    try:
        for _ in range(2):
            begun = time.thread_time()
            function(given)
            least = min(least, time.thread_time() - begun)
            if least < SHORT or least > 1:
                break
    finally:
        gc.enable()
    return least


Measure = Callable[[Callable[[Any], object], Any], float]


def require_linear(
    function: Callable[[Any], object], made: Callable[[int], Any], size: int, measure: Measure = seconds
) -> None:
    """Raise ``AssertionError`` where the time that the function takes grows as the square of its input does.

    A square takes four times as long for twice the input, at every size. A busy machine makes a single ratio as large,
    so a ratio that looks like a square's is measured again at the doubled size: what is none has a smaller one soon.
    """
    looked_like_a_square = 0
    while True:
        twice = measure(function, made(2 * size))
        if twice < SHORT:
            return
        ratio = twice / measure(function, made(size))
        if ratio < 3:
            return
        looked_like_a_square += 1
        if looked_like_a_square >= 3 and twice > LONG:
            raise AssertionError(f"twice the input takes {ratio:.1f} times as long ({twice:.2f} s), at every size")
        size *= 2
