"""``make lock``: the releases that are installed, with the hash of each file, out of what the ``.in`` files ask for.

Releases stay as they are as long as they fit; with ``--upgrade`` each becomes the newest that fits. With ``--check``
nothing is asked or written: the exit status tells whether the files fit each other. One lock holds for each Python from
3.11 on, by markers.
"""

import subprocess
import sys
from pathlib import Path

from uv import find_uv_bin

from infra.package import ROOT
from infra.requirement_files import disagreements, misfits, pinned

FILES = ("requirements", "requirements-dev", "requirements-local")
"""In their order: the second keeps to the releases of the first. The third is an environment of its own."""
OLDEST = "3.11"
COMPILE = ("pip", "compile", "--universal", "--python-version", OLDEST, "--generate-hashes", "--no-config")


def main(arguments: list[str]) -> int:
    """Write the files, or only look at them. 0 only if they fit."""
    if "--check" not in arguments:
        lock(ROOT, arguments)
    wrong = check(ROOT)
    for sentence in wrong:
        print(f"{sentence} (run: make lock)", file=sys.stderr)
    return 1 if wrong else 0


def check(folder: Path) -> list[str]:
    """A sentence for each thing in which the files of that folder do not fit each other."""
    texts = {path.name: path.read_text() for name in FILES for path in folder.glob(f"{name}.*")}
    found = [sentence for name in FILES for sentence in misfits(texts, name)]
    shipped, development, _ = (f"{name}.txt" for name in FILES)
    return found or disagreements(pinned(texts[shipped]), pinned(texts[development]))


def lock(folder: Path, options: list[str]) -> None:
    """Have uv write the files of that folder. Raises ``CalledProcessError`` after uv has said why not."""
    for name in FILES:
        _compile(folder, name, options)


def _compile(folder: Path, name: str, options: list[str]) -> None:
    keep = ["--constraint", f"{FILES[0]}.txt"] if name == FILES[1] else []
    # The header names this command: uv's own would tell of whoever's index and folders.
    command = [find_uv_bin(), *COMPILE, "--quiet", "--custom-compile-command", "make lock", *keep, *options]
    subprocess.run([*command, f"{name}.in", "--output-file", f"{name}.txt"], cwd=folder, check=True)
    print(f"{name}.txt")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
