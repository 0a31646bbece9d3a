"""``make bench``: what the engine costs in time and memory, measured on a local engine of its own.

It takes some five minutes and writes ``bench.json``, ``tables.md`` and ``sizes.svg`` into ``.local/bench``. With
``--docs`` docs/performance.md gets them too.
"""

import json
import os
import platform
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from infra.bench import cold_start, dispatch, memory, slow_aws, stored, through_the_stack
from infra.bench.document import DOCUMENTS, put_into_page
from infra.bench.figures import Figure
from infra.bench.plot import plot_sizes
from infra.bench.table import tables
from infra.bench.target import Target, listening
from infra.errors import InfraError
from infra.local.account import SECRET_KEY
from infra.local.child import Child, RunningEngine
from infra.local.place import ACCOUNT, HOME
from infra.local.progress import step

FOLDER = HOME / "bench"
STORED = (1_000, 100_000)
AT_ONCE = 200


def main(arguments: list[str]) -> int:
    """Measure, write, and say where. 1 where the engine did not do as it should."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if set(arguments) - {"--docs"}:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        measured = _measured()
    except (InfraError, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    _write(measured, FOLDER)
    if "--docs" in arguments:
        _write(measured, DOCUMENTS)
        put_into_page(measured)
    print(f"\n{tables(measured)}\nAll of it, with a plot: {FOLDER}")
    return 0


def _measured() -> dict[str, Any]:
    measured: dict[str, Any] = {"machine": {"python": platform.python_version(), "cores": os.cpu_count()}}
    with step("Cold starts"):
        seconds = cold_start.seconds()
        measured["cold start"] = {"ratios": cold_start.ratios(seconds), "seconds": seconds}
    with step("Creating where AWS answers after 30 ms"):
        measured["answers after 30 ms"] = {
            str(size): slow_aws.created(size, runs).document() for size, runs in ((10, 9), (100, 5), (1000, 3))
        }
    with _engine() as (engine, aws_port), listening() as target:
        measured["memory"] = _of_memory(engine, aws_port, target)
        measured["by size"] = {}
        for size in through_the_stack.SIZES:
            with step(f"Plans of {size:,}"):
                found = through_the_stack.by_size(engine, size)
            measured["by size"][str(size)] = _documents(found)
        with step("Running at once"):
            measured["run now"] = _documents(through_the_stack.run_now(engine, target))
        with step("From the delivery to the attack"):
            warm = dispatch.warm(engine, target)
        with step(f"{AT_ONCE} due in one second"):
            at_once = dispatch.at_once(engine, target, AT_ONCE)
        measured["dispatch"] = {"warm": warm.document(), "at once": at_once.document()}
        measured["stored"] = dict(_with_much_stored(engine))
    return measured


@contextmanager
def _engine() -> Iterator[tuple[RunningEngine, int]]:
    """One of the bench's own, with nothing stored."""
    child = Child(FOLDER / "engine")
    shutil.rmtree(child.folder, ignore_errors=True)
    child.folder.mkdir(parents=True)
    try:
        with (child.folder / "output.log").open("wb") as output, step("Starting a local engine"):
            engine = child.start(output)
        yield engine, child.aws_port
    finally:
        child.stop()
    shutil.rmtree(child.folder, ignore_errors=True)  # after a failure its log stays


def _of_memory(engine: RunningEngine, aws_port: int, target: Target) -> dict[str, float]:
    with step("Memory"):
        found = {"the API at rest": memory.of_api(aws_port)}
        dispatch.wake(engine)
        found["the attack function at rest"] = memory.of_attack(engine, aws_port)
        dispatch.warm(engine, target, runs=1)
        found["the attack function after two attacks"] = memory.of_attack(engine, aws_port)
        dispatch.one_by_one(engine, target, 1000)
        found["the attack function after 1,000 more"] = memory.of_attack(engine, aws_port)
        with through_the_stack.kept(engine, 1000):
            found["the API after a plan of 1,000"] = memory.of_api(aws_port)
        return found


def _with_much_stored(engine: RunningEngine) -> Iterator[tuple[str, dict[str, Any]]]:
    os.environ.update(AWS_ACCESS_KEY_ID=ACCOUNT, AWS_SECRET_ACCESS_KEY=SECRET_KEY)
    rows, rng, before = stored.store(engine), Random(7), 0  # noqa: S311 - the same rows each time
    for size in STORED:
        with step(f"Storing {size:,} executors"):
            plan_ids = stored.fill(rows, size - before, rng)
        before = size
        with step("Reading them"):
            times = _documents(stored.reads(engine, rows, plan_ids[0]))
            yield str(size), {"times": times, "bytes": stored.sizes(engine, plan_ids[0])}


def _documents(figures: dict[str, Figure]) -> dict[str, dict[str, Any]]:
    return {name: figure.document() for name, figure in figures.items()}


def _write(measured: dict[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(measured, indent=1) + "\n")
    plot_sizes(measured["by size"], folder / "sizes.svg")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
