"""The local AWS killed as ``kill -9`` does it: what it saved some seconds before is there, and is not done again."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.child import Child
from tests.e2e.target import Target, listening
from tests.e2e.wishes import Plans, until

pytestmark = pytest.mark.long


@pytest.fixture
def target() -> Iterator[Target]:
    with listening() as target:
        target.let_go.set()
        yield target


def test_an_attack_on_record_before_a_kill_is_not_made_again_after_it(
    another: Callable[..., Child], target: Target
) -> None:
    child = another()
    engine = child.start(subprocess.DEVNULL)  # type: ignore[arg-type]
    plans = Plans(engine)
    _, executor = plans.post(target.attack, ahead=3)
    assert plans.ended(executor, seconds=60)["status"] == "succeeded"
    state = child.folder / "state"
    until("everything is saved once", (state / "cloudformation.json").exists, seconds=60)
    row = f'"{executor["id"]}"'
    until("the schedule is gone from what is saved", lambda: row not in (state / "scheduler.json").read_text())
    until("the outcome is saved", lambda: "succeeded" in (state / "dynamodb.json").read_text(), seconds=60)

    kill_the_emulator(child)

    engine = child.start(subprocess.DEVNULL)  # type: ignore[arg-type]
    plans = Plans(engine)
    status, found = engine.api("GET", f"/executors/{executor['id']}")
    assert (status, found["status"]) == (200, "succeeded")
    _, later = plans.post(target.attack, ahead=3)
    assert plans.ended(later, seconds=60)["status"] == "succeeded"
    assert target.hits == 2, "what was due before the kill would have come before"


def kill_the_emulator(child: Child) -> None:
    """Kill the launcher, and wait until the engine has noticed."""
    process = child.process
    assert process is not None
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    # Read from /proc, as ps cuts a command line at 80 columns.
    [emulator] = [pid for pid in children if b"infra.local.launcher" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(int(emulator), signal.SIGKILL)
    process.wait(30)
    child.process = None
