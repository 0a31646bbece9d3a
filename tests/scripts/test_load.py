"""Scripts that use up what a machine has: how much, and no more than they were asked to."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scripts.cases import held, running
from tests.scripts.runs import Run, until
from tests.scripts.tools import Tools

Start = Callable[..., Run]


def cpu_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def test_burncpu_burns_for_as_long_as_it_was_asked_to(start: Start) -> None:
    begun, burned = time.monotonic(), cpu_seconds()
    assert start("s_burncpu.sh", 1).wait() == 0
    assert 1 <= time.monotonic() - begun < 10
    assert cpu_seconds() - burned > 0.5


@pytest.mark.parametrize("seconds", ["0", "x", "1.5", "08"])
def test_burncpu_refuses_what_is_not_a_bounded_duration(seconds: str, start: Start) -> None:
    run = start("s_burncpu.sh", seconds)
    assert run.wait() == 2
    assert run.complained.startswith("usage: s_burncpu.sh [seconds]      1 to 3600, default 60\n")


def test_stress_cpu_leaves_the_rest_of_every_second_to_others(start: Start) -> None:
    burned = cpu_seconds()
    assert start("s_stress_cpu.sh", 1, 20, 2).wait() == 0
    assert 0.02 < cpu_seconds() - burned < 1.2  # little where others need the processors


def test_empty_ends_at_once_when_no_time_is_given(start: Start) -> None:
    run = start("s_empty.sh")
    assert (run.wait(), run.said) == (0, "doing nothing for 0 s\ndid nothing\n")


@pytest.mark.parametrize("script", ["s_burnio.sh", "s_stress_io.sh", "s_filldisk.sh"])
def test_a_folder_that_is_not_there_is_refused(script: str, place: Path, start: Start) -> None:
    run = start(script, place / "nowhere")
    assert run.wait() == 2
    assert "folder      one that is there, on the " in run.complained


def test_burnio_says_when_the_disk_takes_no_more(small_disk: Path, start: Start) -> None:
    run = start("s_burnio.sh", small_disk, 1)
    assert run.wait() == 1
    assert run.complained == f"could not burn IO: writing 64 MB in {small_disk} failed\n"
    until(run.is_gone, "its processes go on")


def test_stress_io_says_when_the_disk_takes_no_more(small_disk: Path, start: Start) -> None:
    (small_disk / "full").write_bytes(bytes(15 * 2**20 + 2**19))
    run = start("s_stress_io.sh", small_disk, 2, 1)
    assert run.wait() == 1
    assert "workers could not write" in run.complained


def test_filldisk_takes_a_share_of_what_is_free_and_gives_it_back(small_disk: Path, start: Start) -> None:
    def free() -> int:
        return os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize // 2**20

    assert free() == 16
    run = start("s_filldisk.sh", small_disk, "75%", 30)
    until(lambda: "filled" in run.said, "nothing is filled")
    assert free() == 4
    run.process.send_signal(signal.SIGTERM)
    assert run.wait() == 143
    until(lambda: free() == 16, "it is not free again")


def test_filldisk_leaves_no_byte_when_asked_to(small_disk: Path, start: Start) -> None:
    run = start("s_filldisk.sh", small_disk, "9999999", 30)
    until(lambda: "filled" in run.said, "nothing is filled")
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "one more").write_bytes(bytes(2**16))
    assert "16 MB were free, now 0 MB are" in run.said
    again = start("s_filldisk.sh", small_disk, "100%", 1)
    assert again.wait() == 1
    assert "could not fill" in again.complained


def test_filldisk_writes_where_the_file_system_cannot_set_space_aside(place: Path, tools: Tools, start: Start) -> None:
    tools.add("fallocate", "exit 1")
    run = start("s_filldisk.sh", place, 70, 30, env=tools.first)
    until(lambda: held(run, place) >= 70 * 2**20, "nothing is written")
    assert list(place.iterdir()) == []


def test_fill_memory_refuses_more_than_there_is(start: Start) -> None:
    run = start("s_fill_memory.sh", 9999999, 1)
    assert run.wait() == 1
    assert "9999999 MB are asked for, " in run.complained


def test_fill_memory_is_what_the_kernel_ends_first_and_says_so_then(start: Start) -> None:
    run = start("s_fill_memory.sh", 16, 30)
    holders = lambda: [p for p in run.processes() if (p / "comm").read_text() == "dd\n"]  # noqa: E731
    until(lambda: len(holders()) == 1, "nothing is held")
    assert (holders()[0] / "oom_score_adj").read_text() == "1000\n"
    os.kill(int(holders()[0].name), signal.SIGKILL)
    assert run.wait() == 1
    assert "could not fill the memory: the kernel took it back after " in run.complained


def test_stress_cpu_says_what_it_lacks(tools: Tools, start: Start) -> None:
    run = start("s_stress_cpu.sh", 1, 50, 1, env=tools.alone("sh"))
    assert run.wait() == 1
    assert run.complained == "could not stress CPUs: there is no timeout (coreutils) here\n"
    assert running(run) == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
