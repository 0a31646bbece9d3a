"""Download the package's dependencies with their hashes checked, into a folder that Chalice's pip takes them from.

Chalice first has pip download requirements.txt with its hashes. For a file that Lambda could not run, it then asks for
another by name and version alone, unchecked. For a missing wheel, it builds one with whatever setuptools the index
offers. So this module downloads everything first, for this computer and for Lambda. Chalice's pip sees only that
folder, and builds with the setuptools of requirements-dev.txt.
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
    """Return the folder with the checked files, after downloading them unless they are there already.

    Raises ``InfraError`` where a download fails or a file's hash differs from the requirements.
    """
    found = folder / _digest(requirements)
    if not found.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        for form in ([], _for_lambda()):
            _download(requirements, folder / "unfinished", form)
        (folder / "unfinished").rename(found)
    return found


def only(folder: Path) -> dict[str, str]:
    """Return the environment in which pip uses that folder as its only index and builds with installed packages."""
    # pip inverts the last one: 0 means --no-build-isolation (its documentation, Configuration).
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_NO_BUILD_ISOLATION": "0"}


def _download(requirements: Path, folder: Path, form: list[str]) -> None:
    command = [*PIP, *CHECKED, *form, "--requirement", str(requirements), "--dest", str(folder)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise InfraError(f"the dependencies could not be downloaded: {' / '.join(lines[-8:]) or 'no reason given'}")


def _for_lambda() -> list[str]:
    """Return pip's options that select wheels for Lambda, one for each version of glibc that such a wheel may be built
    for."""
    newest = AMAZON_LINUX_2 if sys.version_info < (3, 12) else AMAZON_LINUX_2023
    platforms = [f"manylinux_2_{minor}_{MACHINE}" for minor in range(17, newest + 1)] + [f"manylinux2014_{MACHINE}"]
    python = f"{sys.version_info[0]}{sys.version_info[1]}"
    chosen = [part for platform in platforms for part in ("--platform", platform)]
    return [*chosen, "--implementation", "cp", "--python-version", python, "--abi", f"cp{python}"]


def _digest(requirements: Path) -> str:
    return hashlib.sha256(f"{sys.version_info[:2]}".encode() + requirements.read_bytes()).hexdigest()[:20]
