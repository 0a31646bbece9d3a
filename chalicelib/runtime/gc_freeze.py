"""Keep garbage collection off during a cold start.

Imports and composition make a hundred thousand objects that live as long as the process. Python would search them for
garbage again and again, which takes a seventh of a cold start and finds nothing (docs/internals/performance.md).
Afterwards they are frozen, so that no later collection searches them either.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nothing_is_garbage() -> Iterator[None]:
    """Turn garbage collection off inside, and freeze what was made. Also a decorator. Does nothing where collection is
    off already."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # https://docs.python.org/3/library/gc.html#gc.freeze
        gc.enable()
