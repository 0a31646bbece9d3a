"""The scripts that attacks can run: the files below ``plugins/scripts/``."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

from chalicelib.errors import InvalidRequest

_FORMER_FOLDER = "script_attacks/"


def find(local_script: str) -> Traversable:
    """The script of that name, a path below ``plugins/scripts/``; ``script_attacks/`` before it, where the original's
    documentation has its scripts, leads there too.

    Raises ``InvalidRequest`` that lists what there is. A path is never followed, only looked up in that list.
    """
    known = dict(below(files("plugins") / "scripts"))
    found = known.get(local_script) or known.get(local_script.removeprefix(_FORMER_FOLDER))
    if found is None:
        raise InvalidRequest(
            f"there is no script {local_script!r} in plugins/scripts: there are {', '.join(sorted(known))}"
        )
    return found


def below(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """The files of a folder and of those in it, by their path below it; hidden and private ones aside."""
    for entry in folder.iterdir():
        if entry.name.startswith((".", "_")):
            continue
        if entry.is_dir():
            yield from below(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry
