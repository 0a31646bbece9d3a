"""What the archives of a package hold, by piece: a library, a part of one that is worth telling apart, or our own."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import source_from_cache
from pathlib import Path
from zipfile import ZipFile

APART = ("botocore/data", "libcloud/compute/drivers", "libcloud/data")
"""Parts of libraries that are told apart."""


@dataclass(slots=True)
class Weight:
    """Bytes, as they lie in the archive and as they lie in the function."""

    zipped: int = 0
    unzipped: int = 0
    files: int = 0


def weigh(archives: Iterable[Path]) -> dict[str, Weight]:
    """The weight of each piece, the heaviest unzipped first."""
    found: dict[str, Weight] = defaultdict(Weight)
    for archive in archives:
        with ZipFile(archive) as content:
            for entry in content.infolist():
                weight = found[piece(entry.filename)]
                weight.zipped += entry.compress_size
                weight.unzipped += entry.file_size
                weight.files += 1
    return dict(sorted(found.items(), key=lambda each: -each[1].unzipped))


def piece(name: str) -> str:
    """The piece that a file belongs to, by its path in an archive or below site-packages; bytecode to its source's."""
    path = name.partition("/site-packages/")[2] or name
    if path.endswith(".pyc"):
        path = source_from_cache(path)
    for part in APART:
        if path.startswith(f"{part}/"):
            return part
    top = path.partition("/")[0]
    return "what pip notes of them" if top.endswith(".dist-info") else top
