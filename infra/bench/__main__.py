"""Measure what the engine costs in time and memory, on a local engine of its own (``make bench``).

It takes some five minutes. It writes the figures into ``.local/bench``, with ``--docs`` into
docs/internals/performance.md too.
"""

import signal

import click

from infra.bench import attacks, calls, cold_start, memory, slow_aws, stored
from infra.bench.engine import started
from infra.bench.figures import Rows
from infra.bench.report import BY_SIZE, PAGE, put_into_page, tables, write
from infra.command_line import Command
from infra.local.place import HOME
from infra.local.progress import step

FOLDER = HOME / "bench"
ON_AN_ENGINE = {
    "Memory of the functions' processes": memory.at_rest_and_after_work,
    BY_SIZE: calls.by_size,
    "Running": attacks.running,
    "Reading, by the executors stored": stored.by_number,
}
ALONE = {"Creating where AWS answers after 30 ms": slow_aws.created, "Cold start, in processor time": cold_start.starts}


@click.command(cls=Command)
@click.option("--docs", is_flag=True, help="Also write the figures into the page of the documentation.")
def main(docs: bool) -> None:
    """Measure time and memory on an engine of its own, and write the figures."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    measured: dict[str, Rows] = {BY_SIZE: {}}  # the first table
    with started(FOLDER / "engine") as engine:
        for title, measure_on in ON_AN_ENGINE.items():
            with step(title):
                measured[title] = measure_on(engine)
    for title, measure in ALONE.items():
        with step(title):
            measured[title] = measure()
    write(measured, FOLDER)
    if docs:
        write(measured, PAGE.with_suffix(""))
        put_into_page(measured)
    print(f"\n{tables(measured)}\nThe figures and a plot are in {FOLDER}")


if __name__ == "__main__":
    main()
