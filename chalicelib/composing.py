"""How a function is put together: without looking for garbage meanwhile.

Importing and composing makes a hundred thousand objects that stay for as long as the process lives. Python would look
through them for garbage again and again as they grow more, which takes a seventh of a cold start and finds nothing
(docs/performance.md). Afterwards they are set apart, so that no later look goes through them either.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nothing_is_garbage() -> Iterator[None]:
    """What is made inside stays. Also a decorator. Does nothing where Python does not look for garbage anyway."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # https://docs.python.org/3/library/gc.html#gc.freeze
        gc.enable()
