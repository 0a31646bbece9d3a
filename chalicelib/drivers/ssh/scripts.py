"""The scripts that attacks can run: the files below ``plugins/scripts/``."""

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from posixpath import dirname

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault, nearest

_FORMER_FOLDER = "script_attacks/"
_SHARED = re.compile(rb"""^\. "\$\(dirname "\$0"\)/(_[\w-]+\.sh)" \|\| exit\n""", re.MULTILINE)
"""The line by which a script runs a file beside it: ``. "$(dirname "$0")/_basics.sh" || exit``."""


def load(local_script: str) -> bytes:
    """Return a script as it is uploaded, in one file: each line that runs a file beside it is replaced by that file.

    ``local_script`` is a path below ``plugins/scripts/``; ``script_attacks/`` before it, where the original's
    documentation has its scripts, leads there too. Every other byte stays as it is. Raises ``InvalidRequest`` that
    lists what there is. A path is never followed, only looked up in that list.
    """
    folder = files("plugins") / "scripts"
    known = dict(below(folder))
    name = local_script if local_script in known else local_script.removeprefix(_FORMER_FOLDER)
    if name not in known:
        accepted = f"give one of {', '.join(sorted(known))}"
        close = nearest(local_script, known)
        raise InvalidRequest(Fault("$.local_script", "there is no such script in plugins/scripts", accepted, close))
    return with_shared(known[name].read_bytes(), folder / dirname(name))


def with_shared(script: bytes, folder: Traversable) -> bytes:
    """Return a script with the shared files of its folder in place of the lines that run them."""

    def shared(line: re.Match[bytes]) -> bytes:
        file = folder / line[1].decode()
        if not file.is_file():
            problem = f"it runs {file.name}, which is not beside it in plugins/scripts"
            raise InvalidRequest(Fault("$.local_script", problem, "put both into the same folder"))
        return file.read_bytes()

    return _SHARED.sub(shared, script)


def below(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """Yield the files of a folder and of those in it, by their path below it; hidden and shared ones aside."""
    for entry in folder.iterdir():
        if entry.name.startswith((".", "_")):
            continue
        if entry.is_dir():
            yield from below(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry
