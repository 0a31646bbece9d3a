"""What every script that is shipped keeps to, shown by running it."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib.drivers.ssh import scripts
from tests.scripts.cases import BUILDERS, Case
from tests.scripts.runs import SCRIPTS, Run, in_one_file, until

NAMES = sorted(script.name for script in SCRIPTS.glob("s_*.sh"))
every_script = pytest.mark.parametrize("script", NAMES)
every_case = pytest.mark.parametrize("case", sorted(BUILDERS), indirect=True)

WITH_AN_UNDOING = [name for name in NAMES if "start_undoing" in scripts.load(name).decode()]

Start = Callable[..., Run]


def test_every_script_is_run_here() -> None:
    assert sorted(BUILDERS) == NAMES


@every_script
def test_it_is_executable_posix_sh_and_says_what_it_does(script: str, tmp_path: Path) -> None:
    lines = (SCRIPTS / script).read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert lines[1].startswith("# ")
    assert os.access(SCRIPTS / script, os.X_OK)
    subprocess.run(["sh", "-n", str(in_one_file(script, tmp_path))], check=True)


def test_a_script_runs_from_its_folder_too() -> None:
    done = subprocess.run([str(SCRIPTS / "s_empty.sh")], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "doing nothing for 0 s\ndid nothing\n", "")


@pytest.mark.parametrize("shell", ["sh", "bash"])
@every_script
def test_without_the_files_that_it_runs_it_does_nothing(script: str, shell: str, tmp_path: Path) -> None:
    shutil.copy(SCRIPTS / script, tmp_path)
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    done = subprocess.run(
        [shell, str(tmp_path / script), "orders.example.com"],
        env={**os.environ, "CHAOS_HOSTS": str(hosts)},
        capture_output=True,
        text=True,
    )
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert "_basics.sh" in done.stderr
    assert hosts.read_text() == "127.0.0.1 localhost\n"


def test_shellcheck_finds_nothing(tmp_path: Path) -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("there is no shellcheck here")
    shellcheck = ["shellcheck", "-s", "dash", *(str(in_one_file(name, tmp_path)) for name in NAMES)]
    found = subprocess.run(shellcheck, capture_output=True, text=True)
    assert found.stdout == ""


@every_script
def test_its_header_tells_arguments_needs_and_exit_statuses(script: str) -> None:
    header = re.match(r"(#.*\n)+", (SCRIPTS / script).read_text())
    assert header
    assert f"#   {script}" in header[0]
    assert re.search(r"Needs ", header[0])
    assert re.search(r"Exit status: 0 .*2 wrong use, 143 stopped[.]", header[0].replace("\n# ", " "))


@every_script
@pytest.mark.parametrize("arguments", [["--help"], [""], ["1", "2", "3", "4", "5"]])
def test_what_it_cannot_mean_is_answered_with_its_usage(script: str, arguments: list[str], start: Start) -> None:
    run = start(script, *arguments)
    assert (run.wait(), run.said) == (2, "")
    assert run.complained.startswith(f"usage: {script} ")
    assert "seconds" in run.complained
    assert "whole number" in run.complained


@every_case
def test_a_time_without_bounds_is_refused(case: Case, start: Start) -> None:
    for run in [start(case, seconds) for seconds in (-1, 3601, 99999999999)]:
        assert (run.wait(), run.said) == (2, "")
        assert run.complained.startswith(f"usage: {case.script} ")


@every_case
def test_its_effect_is_there_while_it_runs_and_gone_when_its_time_is_up(case: Case, start: Start) -> None:
    run = start(case, 2)
    until(lambda: case.effect(run), "no effect", run)
    assert (run.wait(), run.complained) == (0, "")
    assert case.says in run.said
    _assert_nothing_is_left(case, run)


@every_case
def test_stopped_it_undoes_what_it_did_and_says_so(case: Case, start: Start) -> None:
    _assert_it_can_be_stopped(case, signal.SIGTERM, start(case, 60))


@pytest.mark.parametrize("case", ["s_burnio.sh", "s_fill_memory.sh"], indirect=True)
@pytest.mark.parametrize("sent", [signal.SIGHUP, signal.SIGINT])
def test_any_signal_that_asks_for_an_end_stops_it(case: Case, sent: signal.Signals, start: Start) -> None:
    _assert_it_can_be_stopped(case, sent, start(case, 60))


@every_script
def test_it_hears_every_signal_that_asks_for_an_end(script: str) -> None:
    assert re.search(r"^ *trap '.*stop .* HUP INT TERM$", scripts.load(script).decode(), re.MULTILINE)


@every_case
def test_killed_outright_it_leaves_nothing_behind(case: Case, start: Start) -> None:
    """What has an undoing is killed with all of its process group; what has workers alone, so that they must notice."""
    run = start(case, 60)
    until(lambda: case.effect(run), "no effect", run)
    os.killpg(run.process.pid, signal.SIGKILL) if case.script in WITH_AN_UNDOING else run.process.kill()
    assert run.wait() == 137
    _assert_nothing_is_left(case, run)


def _assert_it_can_be_stopped(case: Case, sent: signal.Signals, run: Run) -> None:
    until(lambda: case.effect(run), "no effect", run)
    run.process.send_signal(sent)
    assert run.wait() == 143
    assert case.for_good or not case.effect(run)
    assert "stopped: " in run.said
    _assert_nothing_is_left(case, run)


def _assert_nothing_is_left(case: Case, run: Run) -> None:
    until(lambda: case.for_good or not case.effect(run), "it is not undone")
    until(run.is_gone, "its processes go on")
