"""For every script that is shipped: how a test runs it, and how its effect is told."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.scripts.runs import Run, bytes_without_a_name, resident_megabytes, state


@dataclass(frozen=True, kw_only=True)
class Case:
    """``arguments`` without the seconds, which are always last; ``effect`` tells whether it is there now; ``says`` is
    what it prints when it has done its work. What it does is undone, unless it is ``for_good``.
    """

    script: str
    arguments: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    inside: Sequence[str] = ()
    effect: Callable[[Run], bool]
    says: str = "done: "
    for_good: bool = False

    def start(self, seconds: int, folder: Path) -> Run:
        return Run(self.script, *self.arguments, str(seconds), folder=folder, env=self.env, inside=self.inside)


BUILDERS: dict[str, Callable[[pytest.FixtureRequest, Path], Case]] = {}


def case(script: str) -> Callable[[Callable[[pytest.FixtureRequest, Path], Case]], None]:
    def add(builder: Callable[[pytest.FixtureRequest, Path], Case]) -> None:
        BUILDERS[script] = builder

    return add


def running(run: Run) -> int:
    return sum(state(process) == "R" for process in run.processes())


def held(run: Run, folder: Path) -> int:
    return max((bytes_without_a_name(process, folder) for process in run.processes()), default=0)


@case("s_empty.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(
        script="s_empty.sh", effect=lambda run: "doing nothing" in run.said and not run.is_over(), says="did nothing"
    )


@case("s_burncpu.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    cpus = os.sysconf("SC_NPROCESSORS_ONLN")
    return Case(script="s_burncpu.sh", effect=lambda run: running(run) >= cpus, says=f"burned {cpus} CPUs for ")


@case("s_stress_cpu.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(script="s_stress_cpu.sh", arguments=["2", "90"], effect=lambda run: running(run) >= 2)


@case("s_burnio.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(
        script="s_burnio.sh", arguments=[str(folder)], effect=lambda run: held(run, folder) > 0, says="burning IO in "
    )


@case("s_stress_io.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    def every_worker_writes(run: Run) -> bool:
        return sum(bytes_without_a_name(process, folder) > 0 for process in run.processes()) >= 2

    return Case(script="s_stress_io.sh", arguments=[str(folder), "2"], effect=every_worker_writes)


@case("s_filldisk.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(script="s_filldisk.sh", arguments=[str(folder), "8"], effect=lambda run: held(run, folder) >= 8 * 2**20)


@case("s_fill_memory.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    def is_held(run: Run) -> bool:
        return sum(resident_megabytes(process) for process in run.processes()) >= 48

    return Case(script="s_fill_memory.sh", arguments=["48"], effect=is_held)
