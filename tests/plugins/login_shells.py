"""Users of a real SSH server, each with a login shell of its own, for the tests of what shells do to a command."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.plugins.ssh_server import Server, serving

SHELLS = ("sh", "bash", "dash", "zsh", "fish", "bsd-csh", "tcsh", "mksh", "ash")
_ID = 23456
_INSIDE = ("unshare", "--mount", "sh", "-c", 'mount --bind "$1" /etc/passwd && shift && exec "$@"', "sh")


@dataclass(frozen=True)
class People:
    """The server, and ``home``, the folder in which its users live. A user is named as its login shell."""

    server: Server
    home: Path


def find(shell: str) -> str | None:
    """Return the program that is this shell, None where it is not installed."""
    return shutil.which("busybox" if shell == "ash" else shell)


@cache
def spared() -> str | None:
    """Return why no server can have users of its own here."""
    if os.geteuid():
        return "only root can start an SSH server with users of its own"
    if not shutil.which("unshare"):
        return "there is no unshare (util-linux) here"
    tried = subprocess.run([*_INSIDE, "/etc/passwd", "true"], capture_output=True, text=True, check=False)
    return f"no mount namespace is permitted here: {tried.stderr.strip()}" if tried.returncode else None


@contextmanager
def people(folder: Path, **scripts: str) -> Iterator[People]:
    """Start a server that has a user for every login shell that is installed. ``scripts`` are lines of sh, by user's
    name, which are the login shells of further users.

    The server sees an ``/etc/passwd`` of its own, in a mount namespace: the machine's users stay as they are.
    """
    if reason := spared():
        pytest.skip(reason)
    home = Path(tempfile.mkdtemp(prefix="chaos-people-"))
    try:
        home.chmod(0o755)
        shells = {name: found for name in SHELLS if (found := find(name))}
        for name, text in scripts.items():
            (home / f"{name}.sh").write_text(f"#!/bin/sh\n{text}\n")
            (home / f"{name}.sh").chmod(0o755)
            shells[name] = str(home / f"{name}.sh")
        if "ash" in shells:  # busybox is the program by whose name it is called
            (home / "ash.bin").mkdir()
            (home / "ash.bin" / "ash").symlink_to(shells["ash"])
            shells["ash"] = str(home / "ash.bin" / "ash")
        users = Path("/etc/passwd").read_text()
        for name, shell in shells.items():
            (home / name).mkdir()
            os.chown(home / name, _ID, _ID)
            users += f"{name}:x:{_ID}:{_ID}::{home / name}:{shell}\n"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "passwd").write_text(users)
        keys = home / "authorized_keys"
        more = f"AuthorizedKeysFile {keys}\n"
        with serving(folder, more=more, inside=(*_INSIDE, str(folder / "passwd"))) as server:
            shutil.copy(folder / "authorized_keys", keys)
            keys.chmod(0o644)
            yield People(server, home)
    finally:
        shutil.rmtree(home)
