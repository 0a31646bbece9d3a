"""Unzip each archive of a function only once. The module runs in MiniStack's process.

MiniStack unzips a function and its layer, six thousand files, for every process it starts. On AWS these files are
read-only and shared. Here a process gets links to one shared copy, in which Python's bytecode stays as well.
"""

import hashlib
import os
import tempfile
import zipfile
from pathlib import Path
from threading import Lock
from typing import Any


class UnzippedOnce(zipfile.ZipFile):
    """A zip file whose ``extractall`` fills the folder with links to a copy, shared by all archives of the same
    content."""

    shared = Path()
    """The folder of the copies."""
    _one_at_a_time = Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        copy = self.shared / self._digest()
        with self._one_at_a_time:
            if not copy.exists():
                self.shared.mkdir(exist_ok=True)
                draft = tempfile.mkdtemp(dir=self.shared)
                super().extractall(draft, members, pwd)
                os.rename(draft, copy)
        for entry in copy.iterdir():
            (Path(path) / entry.name).symlink_to(entry)

    def _digest(self) -> str:
        content = "\n".join(f"{member.filename} {member.CRC:x} {member.file_size}" for member in self.infolist())
        return hashlib.sha256(content.encode()).hexdigest()[:20]
