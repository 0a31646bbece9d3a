"""Puts the bytecode of every source into an archive, beside it: a function's files are read-only on AWS, so that a
process which finds none compiles all that it imports, each time one starts (docs/adr/0015-bytecode-in-the-package.md).

Chalice does not, so this is done to the archives that it makes and keeps, as in `lean.py`. A plain ``chalice deploy``
goes without, and the functions start more slowly.
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
    """Where AWS unzips an archive, and whether Python looks there whether a source is still the one that was compiled.

    The modes are those of PEP 552; dates would not do, AWS sets them as it unzips.
    """

    folder: str
    mode: str


LAYER = Place("/opt", "unchecked-hash")
"""A version of a layer is never changed, so its sources are not even read."""
CODE = Place("/var/task", "checked-hash")
"""A function's own files can be edited in the console: what was edited there is what runs."""

# One after the other in the order of their names, in a process of their own: what is written of one can depend on what
# was compiled and imported before it (python/cpython#129724).
_COMPILE = (sys.executable, "-P", "-s", "-S", "-W", "ignore", "-m", "compileall", "-q")


def add_bytecode(archive: Path, place: Place, runtime: str) -> bool:
    """Add to the archive what it lacks of bytecode; False where that is nothing, and the file is as it was.

    ``runtime`` is the functions', as in ``python3.11``: none is added where this interpreter is another, whose
    bytecode that one could not read. A source that does not compile is left without, to fail where it is imported.
    What is added has the date and the permissions of its source, and names the place on AWS and none on this machine:
    equal archives stay equal. Raises ``InfraError`` when the compiler itself fails.
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
    """Where Lambda's Python looks for the bytecode of a source (PEP 3147); this one may be told otherwise."""
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
    # It prints what does not compile, and ends with 1 for that too; of its own failures it writes elsewhere.
    if done.returncode not in (0, 1) or done.stderr:
        raise InfraError(f"compileall failed: {done.stderr.strip() or done.returncode}")
