"""Define where a local engine runs: its two ports and its folder."""

import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytz

from chalicelib.domain.fault import nearest
from infra.errors import InfraError
from infra.packaging.package import ROOT
from infra.stage.stages import TIMEZONE

HOST = "127.0.0.1"
ACCOUNT = "123456789012"
REGION = "us-east-1"
HOME = ROOT / ".local"
"""The folder that all local engines of a checkout share: MiniStack's virtual environment and the package cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The ports and the folder of one local engine.

    ``port`` is the API's, ``aws_port`` the local AWS's. ``folder`` holds the state and ``run.json``. With ``signed``
    calls of the API have to be signed, as on AWS. ``timezone`` is the engine's. The API listens
    on the address ``host``, the local AWS always on this computer's own.
    """

    port: int
    aws_port: int
    folder: Path
    signed: bool = False
    timezone: str = TIMEZONE
    host: str = HOST

    @property
    def api(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def aws(self) -> str:
        return f"http://{HOST}:{self.aws_port}"

    @property
    def run_file(self) -> Path:
        return self.folder / "run.json"

    @property
    def unzipped(self) -> Path:
        """Return the folder of the last deploy's unzipped archives, which the functions' processes read."""
        return self.folder / "unzipped"


def from_environment(environment: Mapping[str, str]) -> Place:
    """Return the place that PORT, AWS_PORT, LOCAL_DIR, IAM, TIMEZONE and BIND_HOST define.

    The defaults are 5000, 4566, ``.local``, 0 (with 1 calls have to be signed), Europe/Madrid and 127.0.0.1. Raises
    ``InfraError``.
    """
    return Place(
        port=_port(environment, "PORT", 5000),
        aws_port=_port(environment, "AWS_PORT", 4566),
        folder=Path(environment.get("LOCAL_DIR") or HOME).resolve(),
        signed=_switch(environment, "IAM"),
        timezone=_zone(environment.get("TIMEZONE") or TIMEZONE),
        host=environment.get("BIND_HOST") or HOST,
    )


def _zone(name: str) -> str:
    if name not in pytz.all_timezones_set:
        close = nearest(name, pytz.all_timezones)
        hint = f"; did you mean {close}?" if close else ""
        raise InfraError(f"TIMEZONE is {name!r}: give a name of the IANA list, such as Europe/Madrid{hint}")
    return name


def require_free(place: Place) -> None:
    """Raise ``InfraError`` where a port is taken. Its sentence names the port and the variable that changes it."""
    if place.port == place.aws_port:
        raise InfraError(f"PORT and AWS_PORT are both {place.port}: give them different numbers")
    for name, port in (("PORT", place.port), ("AWS_PORT", place.aws_port)):
        reason = _obstacle(port)
        if reason:
            raise InfraError(
                f"Port {port} cannot be used ({reason}): stop what listens there, or give {name} another number, "
                f"as in: make run {name}={port + 1}"
            )


@contextmanager
def claimed(path: Path, otherwise: str | None = None) -> Iterator[None]:
    """Hold a file's lock, which the system releases however this process ends.

    While another process holds it: raises ``InfraError(otherwise)``, or waits where there is no such sentence.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (fcntl.LOCK_NB if otherwise else 0))
        except BlockingIOError:
            raise InfraError(otherwise) from None
        yield


def free_ports(count: int) -> list[int]:
    """Return ports on which nothing listens at the moment."""
    probes = [socket.create_server((HOST, 0)) for _ in range(count)]
    try:
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def plain_environment() -> dict[str, str]:
    """Return the part of the caller's environment that a child process needs: no credentials, proxies or Region."""
    kept = ("PATH", "LANG", "LC_ALL", "TERM")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _obstacle(port: int) -> str | None:
    """Return why nothing can listen on the port, None where something can.

    Some systems allow binding beside a listener on all interfaces, so it also tries to connect.
    """
    with socket.socket() as probe, socket.socket() as listener:
        probe.settimeout(1)
        if probe.connect_ex((HOST, port)) == 0:
            return "something listens there already"
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise InfraError(f"{name} is {text!r}: give a port number from 1 to 65535")
    return int(text)


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name) or "0"
    if text not in ("0", "1"):
        raise InfraError(f"{name} is {text!r}: give 1, or leave it out")
    return text == "1"
