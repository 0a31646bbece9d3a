"""Run a local engine as a child process, for a program that needs one."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

from infra.errors import InfraError
from infra.local.account import client
from infra.local.calls import body_of, call
from infra.local.place import free_ports
from infra.local.signing import Keys, signature
from infra.packaging.package import ROOT

SECONDS_TO_START = 180.0
SECONDS_TO_STOP = 15.0
CHILD_COMMAND = (sys.executable, "-u", "-m", "infra.local")


class RunningEngine:
    """A local engine that is ready, described by its ``run.json``."""

    def __init__(self, run_file: Path) -> None:
        self.run: dict[str, str] = json.loads(run_file.read_text())

    def client(self, service: str, **given: Any) -> Any:
        """Return a boto3 client of the local AWS's root user, with the given settings of botocore."""
        return client(service, self.run["aws"], **given)

    def api(self, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        """Call the API; the path begins after ``/api/1``, or is a link of the API. If calls have to be signed, it signs
        as the operator."""
        if "api_iam" in self.run:
            return self.signed(self.keys("operator"), method, path, document)
        return call(method, self.run["api"] + _full(path), document)

    def signed(self, keys: Keys, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        """Call the API as ``api`` does, signed with those keys."""
        url = self.run["api_iam"] + _full(path)
        return call(method, url, document, headers=signature(method, url, body_of(document), keys))

    def keys(self, caller: str) -> Keys:
        """Return the keys of the ``viewer`` or the ``operator``."""
        return Keys(self.run[f"{caller}_access_key"], self.run[f"{caller}_secret_key"])


def _full(path: str) -> str:
    return path if path.startswith("/api/1") else f"/api/1{path}"


class Child:
    """A local engine in a child process. Its ports stay the same from one start to the next."""

    def __init__(
        self, folder: Path, command: tuple[str, ...] = CHILD_COMMAND, cwd: Path = ROOT, signed: bool = False
    ) -> None:
        self.folder, self.command, self.cwd, self.signed = folder, command, cwd, signed
        self.port, self.aws_port = free_ports(2)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def run_file(self) -> Path:
        return self.folder / "run.json"

    def launch(self, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        """Start the process and do not wait for it. Without ``output`` it writes where this program writes."""
        places = {"PORT": str(self.port), "AWS_PORT": str(self.aws_port), "LOCAL_DIR": str(self.folder)}
        places["IAM"] = "1" if self.signed else "0"
        self.process = subprocess.Popen(
            self.command,
            cwd=self.cwd,
            env={**os.environ, **places},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        return self.process

    def start(self, output: IO[bytes] | None = None) -> RunningEngine:
        """Start the process and wait until it is ready. Raises ``InfraError``."""
        process = self.launch(output)
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            if self.run_file.exists():
                return RunningEngine(self.run_file)
            if process.poll() is not None:
                raise InfraError(f"The local engine ended with status {process.returncode} before it was ready")
            time.sleep(0.1)
        self.stop()
        raise InfraError(f"The local engine was not ready after {SECONDS_TO_START:.0f} s")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop the process in good order and return its exit status. Do nothing where it is not running."""
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(number)
        try:
            return process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            raise InfraError(f"The local engine did not stop within {SECONDS_TO_STOP:.0f} s") from None
