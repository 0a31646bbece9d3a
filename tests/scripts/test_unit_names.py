"""The names of systemd's units: what a name cannot hold it writes with a backslash, and shells take those away."""

import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from tests.scripts.runs import Run, until
from tests.scripts.tools import Tools

Start = Callable[..., Run]


@pytest.mark.parametrize("unit", [r"srv-blue\x2dgreen.mount", r"a\new\cache.service", r"getty@tty1.service", "ends\\"])
def test_a_unit_is_called_by_its_exact_name(unit: str, tools: Tools, start: Start) -> None:
    tools.add("systemctl", f'printf "%s\\n" "$*" >>"{tools.log}"')
    run = start("s_stop_service.sh", unit, 1, env=tools.first)
    assert run.wait() == 0
    active = f"is-active --quiet {unit}"
    assert tools.calls() == [active, f"stop {unit}", f"start {unit}", active]
    assert run.said == f"{unit} is stopped for 1 s\ndone: {unit} runs again\n"


def test_the_exact_name_is_started_when_the_script_is_stopped_and_when_its_undoing_is_killed(
    tools: Tools, start: Start
) -> None:
    unit = r"srv-blue\x2dgreen.mount"
    tools.add("systemctl", f'printf "%s\\n" "$*" >>"{tools.log}"')
    for kill in (_stop, _kill_the_undoing):
        tools.log.write_text("")
        run = start("s_stop_service.sh", unit, 30, env=tools.first)
        until(lambda run=run: "is stopped" in run.said, "no effect", run)
        kill(run)
        run.wait()
        assert f"start {unit}" in tools.calls()


def test_the_command_that_undoes_by_hand_can_be_pasted(tools: Tools, start: Start) -> None:
    unit = r"a\new\x2dcache.service"
    tools.add("systemctl", f'printf "%s\\n" "$*" >>"{tools.log}"; [ "$1" != start ]')
    run = start("s_stop_service.sh", unit, 1, env=tools.first)
    assert run.wait() == 1
    by_hand = f"systemctl start '{unit}'"
    assert run.complained == f"could not undo it, do so by hand: {by_hand}\n"
    tools.log.write_text("")
    subprocess.run(["sh", "-c", by_hand], env={**os.environ, **tools.first})
    assert tools.calls() == [f"start {unit}"]


def _stop(run: Run) -> None:
    run.process.send_signal(signal.SIGTERM)


def _kill_the_undoing(run: Run) -> None:
    undoing = [p for p in run.processes() if b"left=30" in (p / "cmdline").read_bytes()]
    os.kill(int(undoing[0].name), signal.SIGKILL)
