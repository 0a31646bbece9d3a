"""The file of a script on another machine: put there by SFTP, and removed."""

import posixpath
from typing import TYPE_CHECKING

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ssh.phase import phase

if TYPE_CHECKING:
    from paramiko import SFTPClient, Transport

UPLOAD_SECONDS = 15.0
REMOVE_SECONDS = 5.0
_EXECUTABLE = 0o700


def put(transport: "Transport", content: bytes, path: str) -> None:
    """Create an executable file that belongs to the user, and its folders, which stay.

    Raises ``AttackFailed``, also for a file that exists: the engine neither replaces nor removes it.
    """
    made = False
    try:
        with phase(transport, f"the script could not be put at {path}", UPLOAD_SECONDS), _sftp(transport) as sftp:
            _make_folder(sftp, posixpath.dirname(path))
            if _is_there(sftp, path):
                raise AttackFailed(
                    f"there is a file {path} on the machine already: it was left alone, and nothing was run"
                )
            with sftp.open(path, "wx") as file:
                made = True
                file.chmod(_EXECUTABLE)
                file.write(content)
                if file.stat().st_size != len(content):
                    raise AttackFailed(f"the script could not be put at {path}: the machine kept only a part of it")
    except AttackFailed as failure:
        if made:
            raise failure.with_outcome(**remove(transport, path)) from None
        raise


def remove(transport: "Transport", path: str) -> dict[str, str]:
    """Remove the file. Returns what is to go on record: nothing, or ``left_behind`` where it may still be there."""
    try:
        with phase(transport, "the script could not be removed", REMOVE_SECONDS), _sftp(transport) as sftp:
            if _is_there(sftp, path):
                sftp.remove(path)
    except AttackFailed:
        return {"left_behind": path}
    return {}


def _sftp(transport: "Transport") -> "SFTPClient":
    from paramiko import SFTPClient

    channel = transport.open_session()
    channel.invoke_subsystem("sftp")
    return SFTPClient(channel)


def _is_there(sftp: "SFTPClient", path: str) -> bool:
    try:
        sftp.lstat(path)
    except FileNotFoundError:
        return False
    return True


def _make_folder(sftp: "SFTPClient", path: str) -> None:
    if path in ("", "/"):
        return
    try:
        sftp.stat(path)
    except FileNotFoundError:
        _make_folder(sftp, posixpath.dirname(path))
        sftp.mkdir(path)
