"""Compare all schedules of a stage with its table: ``make reconcile STAGE=`` (docs/how-to/reconcile-schedules.md).

It changes nothing without ``--repair`` (REPAIR=yes), and then only schedules. It exits with 0 where nothing differs or
everything was repaired, 1 where differences are left, 2 where it could not compare.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from threading import Lock
from typing import TextIO

import click

from chalicelib.composition import bootstrap
from chalicelib.repair.diff import Difference
from chalicelib.repair.reconcile import Findings, Repaired
from infra.command_line import ANY, Command
from infra.errors import InfraError
from infra.local.child import RunningEngine
from infra.local.place import from_environment
from infra.stage.account import environments_clients, in_sentences
from infra.stage.stages import Stage, environment

ALL_WELL, DIFFERENT, NOT_COMPARED = 0, 1, 2
Row = tuple[str, str, str, str]
_HEADINGS: Row = ("kind", "id", "for", "details")


class _Comparison(Command):
    failure = NOT_COMPARED


@click.command(cls=_Comparison)
@ANY
@click.option("--repair", is_flag=True, help="Also make the schedules follow the table.")
def main(stage: Stage, repair: bool) -> None:
    """Compare all schedules of a stage with its table.

    Exits with 0 where nothing differs or all was repaired, 1 where differences are left, 2 where it could not compare.
    """
    reconciliation = bootstrap.reconciliation(_enter(stage))
    findings = reconciliation.compare(Progress(sys.stderr, time.monotonic))
    print(report(findings, stage, reconciliation.clock()))
    repaired = reconciliation.repair(findings.differences) if repair else []
    for each in repaired:
        print(f"{'repaired' if each.done else 'not repaired'}  {each.difference.subject}: {each.details}")
    if not repair and (repairable := sum(each.repairable for each in findings.differences)):
        print(f"make reconcile STAGE={stage.name} REPAIR=yes repairs {repairable} of them.")
    sys.exit(DIFFERENT if left(findings, repaired) else ALL_WELL)


def left(findings: Findings, repaired: Iterable[Repaired]) -> list[Difference]:
    """Return the differences that were not repaired."""
    done = {each.difference for each in repaired if each.done}
    return [each for each in findings.differences if each.counts and each not in done]


def report(findings: Findings, stage: Stage, now: datetime) -> str:
    """Return a table of the differences and of the notes, and how many rows and schedules were compared."""
    rows: list[Row] = [(each.kind, each.subject, _age(each, now), each.details) for each in findings.differences]
    widths = [max(len(row[column]) for row in (_HEADINGS, *rows)) for column in range(3)]
    lines = [
        "  ".join([*(text.ljust(width) for text, width in zip(row[:3], widths, strict=True)), row[3]])
        for row in (_HEADINGS, *rows)
    ]
    counted = sum(each.counts for each in findings.differences)
    compared = f"{findings.plans} plans, {findings.executors} executors, {findings.schedules} schedules"
    differ = f"{counted or 'no'} difference{'' if counted == 1 else 's'}"
    notes = len(rows) - counted
    noted = f", {notes} note{'' if notes == 1 else 's'}" if notes else ""
    return "\n".join([*(lines if rows else ()), f"{stage.names.name}: {compared}: {differ}{noted}."])


class Progress:
    """A progress display on ``out``, updated every second once reading takes more than two seconds."""

    def __init__(self, out: TextIO, clock: Callable[[], float]) -> None:
        self._out, self._clock = out, clock
        self._next = clock() + 2
        self._lock = Lock()
        self._what, self._count = "", 0

    def __call__(self, what: str, more: int) -> None:
        with self._lock:
            self._count = more + (self._count if what == self._what else 0)
            self._what = what
            if self._clock() >= self._next:
                self._next = self._clock() + 1
                print(f"{what}: {self._count} ...", file=self._out, flush=True)


def _age(difference: Difference, now: datetime) -> str:
    if difference.since is None:
        return ""
    minutes = int((now - difference.since).total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _enter(stage: Stage) -> str:
    """Give this process the environment of the stage's functions, and return the ARN of the attack function."""
    if stage.name == "local":
        os.environ.update(_local())
    with in_sentences():
        sts = environments_clients()("sts")
        caller = sts.get_caller_identity()
    os.environ.update({"AWS_DEFAULT_REGION": sts.meta.region_name, **environment(stage)})
    partition = caller["Arn"].split(":")[1]
    return f"arn:{partition}:lambda:{sts.meta.region_name}:{caller['Account']}:function:{stage.names.attack_function}"


def _local() -> dict[str, str]:
    """Return the environment for the engine that runs here, after removing every AWS variable of the caller."""
    run_file = from_environment(os.environ).run_file
    if not run_file.exists():
        raise InfraError("No engine is running here: start one with make run, and call make reconcile beside it")
    run = RunningEngine(run_file).run
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    return {
        "AWS_ENDPOINT_URL": run["aws"],
        "AWS_ACCESS_KEY_ID": run["access_key"],
        "AWS_SECRET_ACCESS_KEY": run["secret_key"],
        "AWS_DEFAULT_REGION": run["region"],
        "AWS_CONFIG_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


if __name__ == "__main__":
    main()
