"""The processes in which a local AWS runs the functions, and their end."""

import os
import signal

from infra.local.processes import of_function as of_function


def kill(pids: list[int]) -> None:
    """As ``kill -9`` does: they have no time to do anything."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
