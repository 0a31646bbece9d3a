"""For every script that is shipped: how a test runs it, and how its effect is seen."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.scripts.network import Network
from tests.scripts.runs import Run, bytes_without_a_name, resident_megabytes, state
from tests.scripts.tools import Tools


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


@case("s_kill_processes.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    victim = Victim(folder)
    request.addfinalizer(victim.end)
    return Case(
        script="s_kill_processes.sh",
        arguments=[victim.name],
        effect=lambda run: victim.is_dead(),
        says="done: killed 1 processes",
        for_good=True,
    )


@case("s_stop_service.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    tools: Tools = request.getfixturevalue("tools")
    state = tools.add_systemctl()
    return Case(
        script="s_stop_service.sh",
        arguments=["orders.service"],
        env=tools.first,
        effect=lambda run: state.read_text() == "stopped",
        says="done: orders.service runs again",
    )


@case("s_fail_host.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    return Case(
        script="s_fail_host.sh",
        arguments=["orders.example.com", "192.0.2.1"],
        env={"CHAOS_HOSTS": str(hosts)},
        effect=lambda run: hosts.read_text() != "127.0.0.1 localhost\n",
    )


@case("s_null_route.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    network: Network = request.getfixturevalue("network")
    return Case(
        script="s_null_route.sh",
        arguments=["198.51.100.0/24"],
        inside=network.inside,
        effect=lambda run: not network.answers("198.51.100.7", 5353),
    )


@case("s_fail_dns.sh")
def _(request: pytest.FixtureRequest, folder: Path) -> Case:
    if not any(shutil.which(tool, path="/usr/sbin:/sbin:/usr/bin") for tool in ("nft", "iptables")):
        pytest.skip("DNS cannot be cut here: there is neither nft nor iptables")
    network: Network = request.getfixturevalue("network")
    return Case(script="s_fail_dns.sh", inside=network.inside, effect=lambda run: not network.answers("192.0.2.1", 53))


def netem(script: str, *arguments: str) -> Callable[[pytest.FixtureRequest, Path], Case]:
    def build(request: pytest.FixtureRequest, folder: Path) -> Case:
        network: Network = request.getfixturevalue("network")
        tools: Tools = request.getfixturevalue("tools")
        tools.add_tc()
        return Case(
            script=script,
            arguments=arguments,
            inside=network.inside,
            env=tools.first,
            effect=lambda run: " noqueue 0: " not in network.queueing(),
        )

    return build


case("s_network_latency.sh")(netem("s_network_latency.sh", "300", "100"))
case("s_network_loss.sh")(netem("s_network_loss.sh", "40"))
case("s_network_corruption.sh")(netem("s_network_corruption.sh", "40"))


class Victim:
    """A process whose name nobody else has."""

    def __init__(self, folder: Path, name: str | None = None, *arguments: str) -> None:
        self.name = name or f"v{uuid.uuid4().hex[:12]}"
        program = folder / self.name
        if not program.exists():
            shutil.copy("/bin/sleep", program)
        self.process = subprocess.Popen([str(program), *(arguments or ("60",))])

    def is_dead(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
