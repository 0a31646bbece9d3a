"""One run of a script as an ordinary process, and all processes that come of it, however far they go from it."""

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import plugins
from chalicelib.drivers.ssh import scripts

SCRIPTS = Path(plugins.__path__[0]) / "scripts"
PATIENCE = 15.0
"""Seconds that a test waits for what should take one or two, on a busy machine."""

_MARK = "CHAOS_TEST_RUN"


def in_one_file(script: str, folder: Path) -> Path:
    """Return the script as RunScript uploads it, as an executable file of that name in the folder."""
    file = folder / script
    if not file.exists():
        file.write_bytes(scripts.load(script))
        file.chmod(0o700)
    return file


def until(condition: Callable[[], bool], otherwise: str, run: "Run | None" = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{otherwise}: {run.said}{run.complained}" if run else otherwise
        time.sleep(0.02)


def _hear_signals() -> None:
    """Restore the signals that a script traps: a shell cannot trap one that was ignored when it began, as SIGHUP is
    under ``nohup`` and SIGINT in a background job."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


class Run:
    """Started at once, in a session of its own. A variable in its environment, handed down, marks its processes."""

    def __init__(
        self,
        script: str,
        *arguments: str,
        folder: Path,
        env: Mapping[str, str] | None = None,
        inside: Sequence[str] = (),
    ) -> None:
        self._mark = f"{_MARK}={uuid.uuid4()}"
        name, _, value = self._mark.partition("=")
        self._said, self._complained = (folder / f"{value}.{stream}" for stream in ("stdout", "stderr"))
        with self._said.open("wb") as stdout, self._complained.open("wb") as stderr:
            self.process = subprocess.Popen(
                [*inside, str(in_one_file(script, folder)), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env={**os.environ, **(env or {}), name: value},
                start_new_session=True,
                preexec_fn=_hear_signals,
            )

    @property
    def said(self) -> str:
        return self._said.read_text()

    @property
    def complained(self) -> str:
        return self._complained.read_text()

    def wait(self) -> int:
        """The exit status, as a shell has it."""
        status = self.process.wait(timeout=PATIENCE)
        return 128 - status if status < 0 else status

    def is_over(self) -> bool:
        return self.process.poll() is not None

    def processes(self) -> Iterator[Path]:
        """Their folders in /proc. A process that has ended has no environment."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    yield folder
            except OSError:
                continue

    def is_gone(self) -> bool:
        return not any(self.processes())

    def kill_all(self) -> None:
        for folder in self.processes():
            os.kill(int(folder.name), signal.SIGKILL)
        self.process.wait(timeout=PATIENCE)


def state(process: Path) -> str:
    """One letter, R for a process that runs."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def resident_megabytes(process: Path) -> int:
    try:
        pages = int((process / "statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def bytes_without_a_name(process: Path, folder: Path) -> int:
    """What a process holds on the disk below that folder in files that have been removed."""
    held = 0
    try:
        for descriptor in (process / "fd").iterdir():
            target = os.readlink(descriptor)
            if target.startswith(f"{folder}/") and target.endswith(" (deleted)"):
                held += descriptor.stat().st_blocks * 512
    except OSError:
        return held
    return held
