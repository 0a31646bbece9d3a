"""A real OpenSSH server as an ordinary process on loopback, for the tests of what goes through SSH."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
USER = pwd.getpwuid(os.geteuid()).pw_name
_PATIENCE = 10.0

_CONFIG = """\
Port {port}
ListenAddress {address}
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AuthorizedKeysFile {folder}/authorized_keys
"""
_SFTP = "Subsystem sftp internal-sftp\n"


def until(look: Callable[[], Any], what: str, seconds: float = _PATIENCE) -> Any:
    """The first true answer. Fails the test where there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.02)
    return found


def pem(key: Any, form: PrivateFormat = PrivateFormat.OpenSSH) -> str:
    """As a plan has it: the base64 of the key's file."""
    return b64encode(key.private_bytes(Encoding.PEM, form, NoEncryption())).decode()


def public(key: Any) -> str:
    """``type base64`` of the key's public half."""
    return str(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode())


@dataclass
class Server:
    """``key`` is what opens it, ``host_key`` what it shows."""

    address: str
    port: int
    folder: Path
    key: Any
    host_key: Any
    process: "subprocess.Popen[bytes]"

    @property
    def log(self) -> str:
        return (self.folder / "sshd.log").read_text()

    def sessions(self) -> list[int]:
        """The processes of its connections: the server's own below it, not what they run."""
        found, look_at = [], [self.process.pid]
        while look_at:
            pid = look_at.pop()
            for child in _children(pid):
                if _name(child).startswith("sshd"):
                    found.append(child)
                    look_at.append(child)
        return found

    def cut(self) -> None:
        """End its connections as a crash would."""
        for pid in self.sessions():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def serving(
    folder: Path,
    address: str = "127.0.0.1",
    *,
    host_key: Any = None,
    authorized: str | None = None,
    more: str = "",
    inside: Sequence[str] = (),
) -> Iterator[Server]:
    """A server that is listening; ``more`` are further lines of its configuration, ``inside`` a command to run it."""
    if SSHD is None:
        pytest.skip("no sshd is installed: apt-get install openssh-server")
    if os.geteuid() == 0:  # as its service does
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    key = ed25519.Ed25519PrivateKey.generate()
    host_key = host_key or ed25519.Ed25519PrivateKey.generate()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "host_key"
    file.write_bytes(host_key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    file.chmod(0o600)
    (folder / "authorized_keys").write_text(f"{authorized or public(key)}\n")
    port = _free_port(address)
    config = folder / "sshd_config"
    # Of a setting that is given twice the first counts.
    if "Subsystem sftp" not in more:  # which cannot be given twice
        more += _SFTP
    config.write_text(f"{more}HostKey {file}\n" + _CONFIG.format(port=port, address=address, folder=folder))
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen(
            [*inside, SSHD, "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    made = Server(address, port, folder, key, host_key, process)
    try:
        until(lambda: "Server listening" in made.log or process.poll() is not None, "sshd listens")
        assert process.poll() is None, made.log
        yield made
    finally:
        try:
            made.cut()
        finally:
            process.terminate()
            process.wait(_PATIENCE)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _free_port(address: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as sock:
        sock.bind((address, 0))
        return int(sock.getsockname()[1])
