"""The scripts that are shipped, by running them."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

import plugins

SCRIPTS = Path(plugins.__path__[0]) / "scripts"
BURNCPU = SCRIPTS / "s_burncpu.sh"


def cpu_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.sh")), ids=lambda script: script.name)
def test_every_script_is_executable_posix_sh_and_says_what_it_does(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert lines[1].startswith("# ")
    assert os.access(script, os.X_OK)
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_burncpu_burns_for_as_long_as_it_was_told_and_says_so() -> None:
    begun, burned = time.monotonic(), cpu_seconds()
    done = subprocess.run([str(BURNCPU), "1"], capture_output=True, text=True, check=True, timeout=20)
    assert 1 <= time.monotonic() - begun < 10
    assert cpu_seconds() - burned > 0.5
    assert done.stdout.startswith(f"burned {os.sysconf('SC_NPROCESSORS_ONLN')} CPUs for ")


@pytest.mark.parametrize("seconds", ["0", "-1", "x", "1.5", "3601", "99999999999", "08", "1; id"])
def test_burncpu_refuses_what_is_not_a_bounded_duration(seconds: str) -> None:
    done = subprocess.run([str(BURNCPU), seconds], capture_output=True, text=True, check=False, timeout=20)
    assert (done.returncode, done.stdout) == (64, "")
    assert "usage: s_burncpu.sh [seconds]" in done.stderr


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_burncpu_leaves_nothing_behind_when_it_is_stopped(sent: signal.Signals) -> None:
    with subprocess.Popen([str(BURNCPU), "30"], stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        _until_it_burns(process)
        process.send_signal(sent)
        output, _ = process.communicate(timeout=10)  # ends when the last burning process has closed the pipe
    assert process.returncode == 143
    assert output.startswith("stopped: burned ")


def test_burncpu_leaves_nothing_behind_when_it_is_killed() -> None:
    with subprocess.Popen([str(BURNCPU), "30"], stdout=subprocess.PIPE, start_new_session=True) as process:
        _until_it_burns(process)
        process.kill()
        process.wait(timeout=10)
        process.communicate(timeout=10)  # ends when the last burning process has closed the pipe


def _until_it_burns(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """Until the script has started its processes: its trap is set before."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 10
    while len(children.read_text().split()) < (os.sysconf("SC_NPROCESSORS_ONLN")):
        assert time.monotonic() < deadline, "nothing burns"
        time.sleep(0.01)
