"""Starting and stopping: nothing that was started is left, and what cannot be done is said in one sentence."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.calls import call
from infra.local.child import Child
from infra.local.place import HOME
from infra.packaging.package import PARTS, ROOT
from tests.e2e.wishes import until

Another = Callable[..., Child]
MAKE_RUN = ("make", "--no-print-directory", "run")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_every_process_within_ten_seconds(another: Another, number: signal.Signals) -> None:
    child = another(command=MAKE_RUN)
    process = child.launch(subprocess.DEVNULL)  # type: ignore[arg-type]
    until("the engine is ready", child.run_file.exists, seconds=120)
    family = _family(process.pid)
    assert len(family) >= 4, "make, the engine, the local AWS and a function"

    began = time.monotonic()
    # A terminal sends Ctrl-C to the whole group, a supervisor SIGTERM to the one process.
    os.killpg(process.pid, number) if number is signal.SIGINT else process.send_signal(number)
    process.wait(15)

    assert not [pid for pid in family if _alive(pid)]
    assert time.monotonic() - began < 10
    assert not child.run_file.exists()
    assert _free(child.port)
    assert _free(child.aws_port)


def test_a_signal_while_starting_leaves_nothing(another: Another) -> None:
    child = another()
    process = child.launch(subprocess.DEVNULL)  # type: ignore[arg-type]
    until("the local AWS runs", lambda: len(_family(process.pid)) > 1)
    family = _family(process.pid)

    process.send_signal(signal.SIGTERM)

    assert process.wait(15) == 130
    assert not [pid for pid in family if _alive(pid)]


def test_the_local_aws_ends_when_the_engine_is_killed(another: Another) -> None:
    child = another()
    process = child.launch(subprocess.DEVNULL)  # type: ignore[arg-type]
    aws = f"http://127.0.0.1:{child.aws_port}/_ministack/ready"
    until("the local AWS answers", lambda: _answers(aws))
    family = _family(process.pid)

    process.kill()
    process.wait()

    until("its processes are gone", lambda: not [pid for pid in family if _alive(pid)], seconds=15)


@pytest.mark.parametrize("name", ["PORT", "AWS_PORT"])
def test_a_taken_port_is_one_sentence(another: Another, name: str) -> None:
    child = another()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        setattr(child, name.lower(), port)
        sentence = _failure(child)
    assert sentence == (
        f"Port {port} cannot be used (something listens there already): stop what listens there, "
        f"or give {name} another number, as in: make run {name}={port + 1}"
    )


def test_a_second_engine_in_the_same_folder_is_one_sentence(child: Child) -> None:
    second = Child(child.folder)
    assert _failure(second) == (f"An engine is running from {child.folder} already: stop that one first")
    assert child.run_file.exists()


def test_a_damaged_state_is_one_sentence_and_stays_as_it_is(another: Another) -> None:
    child = another()
    damaged = child.folder / "state" / "dynamodb.json"
    damaged.parent.mkdir(parents=True)
    damaged.write_text('{"__ministack_format__": 2, "payl')

    sentence = _failure(child)

    assert sentence == f"The state in {damaged.parent} cannot be read (dynamodb): move that folder away to start afresh"
    assert damaged.read_text() == '{"__ministack_format__": 2, "payl'
    assert _free(child.aws_port)


def test_a_failed_deploy_is_one_sentence(another: Another, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for part in (*PARTS, "infra", ".chalice"):
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, checkout / part, symlinks=True, ignore=shutil.ignore_patterns("deployments"))
        else:
            shutil.copy(source, checkout / part)
    (checkout / "app.py").write_text("this is no Python\n")
    (checkout / ".local").mkdir()
    for venv in ("ministack-venv", "lambda-venv"):
        (checkout / ".local" / venv).symlink_to(HOME / venv)
    child = another(cwd=checkout)

    sentence = _failure(child)

    assert sentence.startswith("chalice package failed: ")
    assert "\n" not in sentence
    assert _free(child.aws_port)


def _failure(child: Child) -> str:
    """What an engine that cannot start says on stderr."""
    finished = subprocess.run(
        child.command,
        cwd=child.cwd,
        env={**os.environ, "PORT": str(child.port), "AWS_PORT": str(child.aws_port), "LOCAL_DIR": str(child.folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 1, finished
    return finished.stderr.strip()


def _family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listing.splitlines())}
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def _alive(pid: int) -> bool:
    """Whether it runs: one that ended and was not yet waited for does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _answers(url: str) -> bool:
    try:
        return call("GET", url, timeout=2)[0] == 200
    except OSError:
        return False
