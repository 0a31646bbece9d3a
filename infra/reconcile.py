"""``make reconcile STAGE=``: every schedule of a stage compared with its table, and what differs (docs/reconcile.md).

It changes nothing unless ``--repair`` is given (REPAIR=yes), and then schedules alone. The exit status is 0 where
nothing differs, or all that did was mended, 1 where something does, 2 where the two could not be compared.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from threading import Lock
from typing import TextIO

from chalicelib import bootstrap
from chalicelib.comparison import Difference
from chalicelib.errors import EngineError
from chalicelib.reconciliation import Findings, Mended
from infra.account import aws_stage, environments_clients, in_sentences
from infra.errors import InfraError
from infra.local.child import RunningEngine
from infra.local.place import from_environment
from infra.stages import Stage, environment, stage

ALL_WELL, DIFFERENT, NOT_COMPARED = 0, 1, 2
Row = tuple[str, str, str, str]
_HEADINGS: Row = ("what", "whose", "for", "in words")


def main(arguments: list[str]) -> int:
    """Compare, print, and mend if asked to."""
    try:
        target, repair = _asked(arguments)
        reconciliation = bootstrap.reconciliation(_enter(target))
        findings = reconciliation.compare(Progress(sys.stderr, time.monotonic))
        print(report(findings, target, reconciliation.clock()))
        mended = reconciliation.mend(findings.differences) if repair else []
    except (InfraError, EngineError, OSError) as error:
        print(f"{error} ({error.__cause__})" if error.__cause__ else error, file=sys.stderr)
        return NOT_COMPARED
    for each in mended:
        print(f"{'mended' if each.done else 'not mended'}  {each.difference.subject}: {each.says}")
    if not repair and (mendable := sum(each.mendable for each in findings.differences)):
        print(f"make reconcile STAGE={target.name} REPAIR=yes mends {mendable} of them.")
    return DIFFERENT if left(findings, mended) else ALL_WELL


def left(findings: Findings, mended: Iterable[Mended]) -> list[Difference]:
    """What differs and was not mended."""
    done = {each.difference for each in mended if each.done}
    return [each for each in findings.differences if each.counts and each not in done]


def report(findings: Findings, stage: Stage, now: datetime) -> str:
    """A table of what differs and of what is only told, and how much was compared."""
    rows: list[Row] = [(each.kind, each.subject, _age(each, now), each.says) for each in findings.differences]
    widths = [max(len(row[column]) for row in (_HEADINGS, *rows)) for column in range(3)]
    lines = [
        "  ".join([*(text.ljust(width) for text, width in zip(row[:3], widths, strict=True)), row[3]])
        for row in (_HEADINGS, *rows)
    ]
    counted = sum(each.counts for each in findings.differences)
    compared = f"{findings.plans} plans, {findings.executors} executors, {findings.schedules} schedules"
    differ = f"{counted or 'no'} difference{'' if counted == 1 else 's'}"
    told = f", {len(rows) - counted} to be known" if len(rows) > counted else ""
    return "\n".join([*(lines if rows else ()), f"{stage.names.name}: {compared}: {differ}{told}."])


class Progress:
    """Says on ``out`` how far the reading is, once it takes more than two seconds, and then once a second."""

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


def _asked(arguments: list[str]) -> tuple[Stage, bool]:
    name, *options = arguments or [""]
    if options not in ([], ["--repair"]):
        raise InfraError(f"{' '.join(options)} is not known: python -m infra.reconcile <stage> [--repair]")
    return stage(name) if name == "local" else aws_stage(name), bool(options)


def _enter(stage: Stage) -> str:
    """Make this process's environment that of the stage's functions, and tell the ARN that one of them has there."""
    if stage.name == "local":
        os.environ.update(_local())
    with in_sentences():
        sts = environments_clients()("sts")
        caller = sts.get_caller_identity()
    os.environ.update({"AWS_DEFAULT_REGION": sts.meta.region_name, **environment(stage)})
    partition = caller["Arn"].split(":")[1]
    return f"arn:{partition}:lambda:{sts.meta.region_name}:{caller['Account']}:function:{stage.names.attack_function}"


def _local() -> dict[str, str]:
    """Where the engine is that runs here, and nothing of an account that this shell is about."""
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
    sys.exit(main(sys.argv[1:]))
