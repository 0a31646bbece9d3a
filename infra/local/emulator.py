"""Run the process of the local AWS: MiniStack, with its state in a folder."""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress

from infra.errors import InfraError
from infra.local.calls import call
from infra.local.place import ACCOUNT, HOME, HOST, REGION, Place, plain_environment
from infra.packaging.package import ROOT

PYTHON = HOME / "ministack-venv" / "bin" / "python"
LAMBDA_PYTHON = HOME / "lambda-venv" / "bin" / "python"
SECONDS_TO_START = 60.0
SECONDS_TO_SAVE = 8.0


class Emulator:
    """A process of MiniStack. It listens on the loopback interface only, and enforces IAM."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None
        self.log = place.folder / "ministack.log"
        self._state = place.folder / "state"
        self._scratch = place.folder / "scratch"

    def start(self) -> None:
        """Start the process and wait until it answers. Raises ``InfraError``."""
        for python in (PYTHON, LAMBDA_PYTHON):
            if not python.exists():
                raise InfraError(f"{python.parent.parent.name} is missing: run make run, which makes it")
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(parents=True)
        with self.log.open("wb") as log:
            # A group of its own: Ctrl-C reaches this process alone, which then stops MiniStack in good order. The pipe
            # is never written to: when this process dies, MiniStack reads its end and stops too.
            self._process = subprocess.Popen(
                [PYTHON, "-u", "-m", "infra.local.launcher"],
                env=self._environment(),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_ready()
        if damaged := self._damaged():
            self._kill()  # or it would save over what may still be repaired
            what = ", ".join(damaged)
            raise InfraError(
                f"The state in {self._state} cannot be read ({what}): move that folder away to start afresh"
            )

    def stop(self) -> None:
        """Let MiniStack save its state and end; then kill the functions' processes that it left. Idempotent."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(SECONDS_TO_SAVE)
        self._kill()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):  # nothing was left
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _damaged(self) -> list[str]:
        """Return the services whose saved state MiniStack could not read: it logs them and starts without their
        state."""
        return re.findall(r"Persistence: failed to load (\w+)", self.log.read_text(errors="replace"))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while self.running and time.monotonic() < deadline:
            with suppress(OSError):
                status, _ = call("GET", f"{self._place.aws}/_ministack/ready", timeout=2)
                if status == 200:
                    return
            time.sleep(0.1)
        raise InfraError(f"The local AWS did not start; its log is {self.log}")

    def _environment(self) -> dict[str, str]:
        return {
            **plain_environment(),
            # Functions inherit all of this. A home without ~/.aws keeps the user's profiles out of them.
            "HOME": str(self._scratch),
            "TMPDIR": str(self._scratch),
            "PYTHONNOUSERSITE": "1",
            "AUTH": "true",
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self._place.aws_port),
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._state / "s3"),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_WARM_TTL_SECONDS": "3600",
            "LAMBDA_PYTHON": str(LAMBDA_PYTHON),
            "LAMBDA_UNZIPPED": str(self._place.unzipped),
            "LOG_LEVEL": "WARNING",
        }
