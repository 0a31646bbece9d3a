"""Print a line per step, with a dot for every second that it takes.

The module needs nothing but the standard library, because it also shows how the virtual environments are made.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS_BETWEEN_DOTS = 1.0


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print the step while it runs, and then how long it took. A failure only ends the line."""
    print(f"{what} ...", end="", flush=True)
    began, done = time.monotonic(), threading.Event()
    dots = threading.Thread(target=_dots, args=(done,), daemon=True)
    dots.start()
    finished = False
    try:
        yield
        finished = True
    finally:
        done.set()
        dots.join()
        print(f" {time.monotonic() - began:.1f} s" if finished else "", flush=True)


def _dots(done: threading.Event) -> None:
    while not done.wait(SECONDS_BETWEEN_DOTS):
        print(".", end="", flush=True)
