"""A line per step, with a dot for every second that it takes.

It needs nothing but the standard library, because it also shows how the virtual environments are made.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS_BETWEEN_DOTS = 1.0


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done for as long as it takes, and how long it took. A failure only ends the line."""
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


def run(log: str, what: str, *command: str) -> int:
    """Run the command under a step, its output in the log. When it fails, show the last of it and return 1."""
    path = Path(log)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as output:
        try:
            with step(what):
                subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=True)
            return 0
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            reason = f"{what}: failed ({error})"
    said = path.read_text(errors="replace").splitlines()[-15:]
    print("\n".join([*said, f"{reason}; all it said is in {log}"]), file=sys.stderr)
    return 1
