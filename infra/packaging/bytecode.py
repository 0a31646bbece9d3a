"""Add the bytecode of every source to an archive, so that functions start faster.

A function's files are read-only on AWS, so a process without bytecode compiles all of its imports at every cold start
(docs/adr/0015-bytecode-in-the-package.md). Chalice adds none, so this module rewrites Chalice's archives, as `lean.py`
does. The functions of a plain ``chalice deploy`` start more slowly.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from infra.errors import InfraError


@dataclass(frozen=True, slots=True)
class Place:
    """The folder into which AWS unzips an archive, and the mode in which Python checks bytecode there against its
    source.

    The modes are those of PEP 552. Modification times would not work, because AWS sets them as it unzips.
    """

    folder: str
    mode: str


LAYER = Place("/opt", "unchecked-hash")
"""A layer's version never changes, so Python need not even read its sources."""
CODE = Place("/var/task", "checked-hash")
"""A function's files can be edited in the console: Python then runs the edited source."""

# In a process of its own, in the order of the names: the bytecode of a file can depend on the files compiled and
# imported before it (python/cpython#129724).
_COMPILE = (sys.executable, "-P", "-s", "-S", "-W", "ignore", "-m", "compileall", "-q")


def add_bytecode(archive: Path, place: Place, runtime: str) -> bool:
    """Add the missing bytecode to the archive. Return False, with the file untouched, where none is missing.

    ``runtime`` is the functions', as in ``python3.11``. If this interpreter is another version, it adds nothing,
    because the runtime could not read the bytecode. A source that does not compile gets none, and fails where it is
    imported. An added file has its source's date and permissions, and names only paths on AWS, so equal archives stay
    equal. Raises ``InfraError`` when the compiler itself fails.
    """
    if runtime != f"python{sys.version_info[0]}.{sys.version_info[1]}":
        return False
    with TemporaryDirectory() as folder:
        with ZipFile(archive) as old:
            entries = {entry.filename: entry for entry in old.infolist()}
            lacking = [name for name in sorted(entries) if name.endswith(".py") and beside(name) not in entries]
            old.extractall(folder, lacking)
        if lacking:
            _compile(Path(folder), place)
        compiled = {name: Path(folder, beside(name)) for name in lacking}
        made = {name: path.read_bytes() for name, path in compiled.items() if path.exists()}
    if not made:
        return False
    draft = archive.with_suffix(".compiled")
    shutil.copyfile(archive, draft)
    with ZipFile(draft, "a") as new:
        for name, content in made.items():
            entry = ZipInfo(beside(name), entries[name].date_time)
            entry.external_attr, entry.compress_type = entries[name].external_attr, ZIP_DEFLATED
            new.writestr(entry, content)
    os.replace(draft, archive)
    return True


def beside(source: str) -> str:
    """Return the path at which Lambda's Python looks for the bytecode of a source (PEP 3147)."""
    path = PurePosixPath(source)
    return str(path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc")


def _compile(folder: Path, place: Place) -> None:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [*_COMPILE, "--invalidation-mode", place.mode, "-s", folder, "-p", place.folder, folder],
        env=settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    # For a source that does not compile, it prints to stdout and exits with 1; its own failures go to stderr.
    if done.returncode not in (0, 1) or done.stderr:
        raise InfraError(f"compileall failed: {done.stderr.strip() or done.returncode}")
