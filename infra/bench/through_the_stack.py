"""What a client waits for: calls of the deployed API, by the size of the plan."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.bench.figures import Figure, figure, milliseconds, timed
from infra.bench.plans import asked, many, post
from infra.bench.target import Target
from infra.errors import InfraError
from infra.local.child import RunningEngine

SIZES = {1: 15, 10: 9, 100: 5, 1000: 3}
"""How many runs there are of each size: those of the bench that measured the original."""
READS = 7
LONGEST_RUN = 60.0


def by_size(engine: RunningEngine, size: int) -> dict[str, Figure]:
    """Creating, reading, listing and deleting plans of so many executors, and running one of them."""
    created, deleted, runs = [], [], SIZES[size]
    for run in range(runs):
        made: list[dict[str, Any]] = []
        created.append(milliseconds(lambda: made.append(post(engine, many(size)))))  # noqa: B023
        path = f"/plans/{made[0]['id']}"
        if run == runs - 1:
            got = timed(lambda: asked(engine, "GET", path), READS)  # noqa: B023
            listed = timed(lambda: asked(engine, "GET", f"/executors/?limit={min(size, 100)}"), READS)
        deleted.append(milliseconds(lambda: asked(engine, "DELETE", path)))  # noqa: B023
    ran = _run(engine, size)
    return {"create": figure(created), "get": got, "list": listed, "run": ran, "delete": figure(deleted)}


def _run(engine: RunningEngine, size: int) -> Figure:
    """Having an executor of such a plan run now, until the API has answered."""
    with kept(engine, size) as path:
        executors = asked(engine, "GET", path)["_embedded"]["executors"][:READS]
        took = []
        for executor in executors:
            itself = f"/executors/{executor['id']}"
            took.append(milliseconds(lambda: asked(engine, "POST", f"{itself}/run")))  # noqa: B023
            _until_ended(engine, itself)
        return figure(took)


def _until_ended(engine: RunningEngine, path: str) -> None:
    """Raises ``InfraError`` where it goes on for ever: a plan of which something runs cannot be deleted."""
    deadline = time.monotonic() + LONGEST_RUN
    while not asked(engine, "GET", path)["executed"]:
        if time.monotonic() > deadline:
            raise InfraError(f"{path} has not ended after {LONGEST_RUN:.0f} s")
        time.sleep(0.05)


def run_now(engine: RunningEngine, target: Target, runs: int = 9) -> dict[str, Figure]:
    """Running an executor at once: until the API has answered, and until the attack has reached its target."""
    answered, reached = [], []
    for _ in range(runs):
        plan = post(engine, many(1, target.attack))
        executor = asked(engine, "GET", f"/plans/{plan['id']}")["_embedded"]["executors"][0]
        with target.awaited() as hit:
            began = time.perf_counter()
            asked(engine, "POST", f"/executors/{executor['id']}/run")
            answered.append((time.perf_counter() - began) * 1000)
            reached.append((hit() - began) * 1000)
    return {"run": figure(answered), "run, until the target is hit": figure(reached)}


@contextmanager
def kept(engine: RunningEngine, size: int) -> Iterator[str]:
    """The path of a plan of so many executors, that is deleted in the end."""
    path = f"/plans/{post(engine, many(size))['id']}"
    try:
        yield path
    finally:
        asked(engine, "DELETE", path)
