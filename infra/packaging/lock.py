"""Pin the installed releases, with the hash of each file, from the requirements of the ``.in`` files: ``make lock``.

Releases stay the same as long as they satisfy the requirements; ``--upgrade`` takes the newest ones that do.
``--check`` writes nothing and exits with 1 where the files do not match. One lock is valid for every Python from 3.11
on, by markers.
"""

import subprocess
import sys
from pathlib import Path

import click
from uv import find_uv_bin

from infra.local.progress import step
from infra.packaging.package import ROOT
from infra.packaging.requirement_files import disagreements, misfits, pinned

FILES = ("requirements", "requirements-run", "requirements-dev", "requirements-local", "requirements-docs")
"""In order: each of the first three keeps to the releases of the one before. The others are separate environments."""
OLDEST = "3.11"
COMPILE = ("pip", "compile", "--universal", "--python-version", OLDEST, "--generate-hashes", "--no-config")


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with 1 where the files do not match.")
@click.option("--upgrade", is_flag=True, help="Take the newest releases that satisfy the requirements.")
def main(only_check: bool, upgrade: bool) -> None:
    """Pin the installed releases from the requirements of the .in files."""
    if not only_check:
        lock(ROOT, ["--upgrade"] if upgrade else [])
    wrong = check(ROOT)
    for sentence in wrong:
        print(f"{sentence} (run: make lock)", file=sys.stderr)
    sys.exit(bool(wrong))


def check(folder: Path) -> list[str]:
    """Return a sentence for each mismatch between the files of that folder."""
    texts = {path.name: path.read_text() for name in FILES for path in folder.glob(f"{name}.*")}
    found = [sentence for name in FILES for sentence in misfits(texts, name)]
    shipped, run, development, *_ = (pinned(texts[f"{name}.txt"]) for name in FILES)
    return found or [*disagreements(shipped, run), *disagreements(run, development)]


def lock(folder: Path, options: list[str]) -> None:
    """Have uv write the files of that folder. Raises ``CalledProcessError`` after uv has printed the reason."""
    for name in FILES:
        _compile(folder, name, options)


def _compile(folder: Path, name: str, options: list[str]) -> None:
    keep = ["--constraint", f"{FILES[FILES.index(name) - 1]}.txt"] if name in FILES[1:3] else []
    # The header names this command: uv's own would show the caller's index and folders.
    command = [find_uv_bin(), *COMPILE, "--quiet", "--custom-compile-command", "make lock", *keep, *options]
    with step(f"{name}.txt"):
        subprocess.run([*command, f"{name}.in", "--output-file", f"{name}.txt"], cwd=folder, check=True)


if __name__ == "__main__":
    main()
