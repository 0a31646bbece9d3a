"""Measure the calls of the deployed API, by the size of the plan."""

import time

from infra.bench.engine import ask, many, post
from infra.bench.figures import READS, Rows, clocked, figure, timed
from infra.errors import InfraError
from infra.local.child import RunningEngine

ORIGINALS = {1: (20.2, 9.5), 10: (130.3, 10.7), 100: (1317.7, 18.8), 1000: (22019.6, 65.2)}
"""The original engine's medians for creating and deleting such plans, by the size: chaos-monkey-engine 1.1.0 on CPython
3.6 with its pinned requirements, one process beside its SQLite database on 2 cores."""
RUNS = {1: 15, 10: 9, 100: 5, 1000: 3}
"""The runs of each size are those of the bench that measured the original."""


def by_size(engine: RunningEngine) -> Rows:
    """Measure creating, reading, listing and deleting plans of so many executors, and running one of them."""
    found: Rows = {}
    for size, runs in RUNS.items():
        created, deleted = [], []
        for _ in range(runs):
            took, plan = clocked(ask, engine, "POST", "/plans/", many(size))
            created.append(took)
            deleted.append(clocked(ask, engine, "DELETE", f"/plans/{plan['id']}")[0])
        path, executors = post(engine, many(size))
        found[str(size)] = {
            "create": figure(created),
            "create, the original": ORIGINALS[size][0],
            "get": timed(ask, engine, "GET", path),
            "list a page": timed(ask, engine, "GET", f"/executors/?limit={min(size, 100)}"),
            "run one": figure(_run(engine, f"/executors/{executor['id']}") for executor in executors[:READS]),
            "delete": figure(deleted),
            "delete, the original": ORIGINALS[size][1],
        }
        ask(engine, "DELETE", path)
    return found


def _run(engine: RunningEngine, path: str) -> float:
    """Run the executor and wait for its end. Return the milliseconds until the API has answered.

    Raises ``InfraError`` where it goes on for ever, because then its plan cannot be deleted.
    """
    took, _ = clocked(ask, engine, "POST", f"{path}/run")
    for _ in range(600):
        if ask(engine, "GET", path)["executed"]:
            return took
        time.sleep(0.05)
    raise InfraError(f"{path} does not end")
