"""The package's dependencies, downloaded with their hashes checked, for Chalice to take from a folder.

Chalice has pip download what requirements.txt names, hashes and all. But of what came in a form that Lambda could not
run it then asks for another by name and version alone, and builds what has no wheel with whatever the index offers for
that. So all of it is downloaded first, for this machine and for Lambda, each file checked; Chalice's pip finds only
that folder, and what it builds, it builds with the setuptools of requirements-dev.txt.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from infra.errors import InfraError

MACHINE = "x86_64"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download")
CHECKED = ("--require-hashes", "--no-deps", "--no-build-isolation", "--quiet")
AMAZON_LINUX_2, AMAZON_LINUX_2023 = 26, 34
"""The minor version of glibc 2 in Lambda's runtimes: the first up to Python 3.11, the second from 3.12 on.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""


def fetch(requirements: Path, folder: Path) -> Path:
    """Where the checked files lie, below the folder; downloaded unless they are there already.

    Raises ``InfraError`` where a file is not one of those that the requirements know, or cannot be had.
    """
    found = folder / _digest(requirements)
    if not found.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        for form in ([], _for_lambda()):
            _download(requirements, folder / "unfinished", form)
        (folder / "unfinished").rename(found)
    return found


def only(folder: Path) -> dict[str, str]:
    """The environment in which pip knows no index but that folder, and builds with what is installed."""
    # pip reads the last one the other way round: 0 is --no-build-isolation (its documentation, Configuration).
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_NO_BUILD_ISOLATION": "0"}


def _download(requirements: Path, folder: Path, form: list[str]) -> None:
    command = [*PIP, *CHECKED, *form, "--requirement", str(requirements), "--dest", str(folder)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise InfraError(f"the dependencies could not be downloaded: {' / '.join(said[-8:]) or 'pip said nothing'}")


def _for_lambda() -> list[str]:
    """What pip is told to choose wheels that Lambda runs; it knows no newer glibc to include an older one."""
    newest = AMAZON_LINUX_2 if sys.version_info < (3, 12) else AMAZON_LINUX_2023
    platforms = [f"manylinux_2_{minor}_{MACHINE}" for minor in range(17, newest + 1)] + [f"manylinux2014_{MACHINE}"]
    python = f"{sys.version_info[0]}{sys.version_info[1]}"
    chosen = [part for platform in platforms for part in ("--platform", platform)]
    return [*chosen, "--implementation", "cp", "--python-version", python, "--abi", f"cp{python}"]


def _digest(requirements: Path) -> str:
    return hashlib.sha256(f"{sys.version_info[:2]}".encode() + requirements.read_bytes()).hexdigest()[:20]
