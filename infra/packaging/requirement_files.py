"""Parse and compare the files of requirements: ``.in`` as a person writes them, and ``.txt`` with the pins.

The functions are pure and take the files' texts. A ``.txt`` has uv's format, which is pip's
(docs/adr/0007-dependencies.md).
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One pinned release: its version, the number of its hashed files, and the packages or files that require it."""

    version: str
    files: int
    wanted_by: Set[str]
    """Names of packages, and ``-r <file>`` or ``-c <file>``, as uv notes them."""


def asked(texts: Mapping[str, str], name: str) -> dict[str, Requirement]:
    """Return the requirements of ``<name>.in`` by the packages' names, with those of the files it includes by ``-r``.

    ``texts`` holds each file's text by its name. Raises ``KeyError`` for a missing file, ``ValueError``
    (``InvalidRequirement``) for a line that is no requirement.
    """
    found: dict[str, Requirement] = {}
    for line in _lines(texts[f"{name}.in"]):
        if line.startswith("-r "):
            found |= asked(texts, line.removeprefix("-r ").strip().removesuffix(".in"))
        else:
            requirement = Requirement(line)
            found[canonicalize_name(requirement.name)] = requirement
    return found


def pinned(text: str) -> dict[str, Pin]:
    """Return the pins of a ``.txt`` by the packages' names.

    Raises ``ValueError`` for a line that is no pin: an address, an option, a range.
    """
    found: dict[str, Pin] = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        if not block or block.startswith("#"):
            continue
        first = re.split(r"\\?\n|\s--hash", block)[0].strip()
        try:
            requirement = Requirement(first)
        except InvalidRequirement as error:
            raise ValueError(f"{first!r} is no pin of one release") from error
        exact = re.fullmatch(r"==([^*,]+)", str(requirement.specifier))
        if exact is None or requirement.url is not None:
            raise ValueError(f"{first!r} is no pin of one release")
        found[canonicalize_name(requirement.name)] = Pin(
            version=exact[1], files=len(HASH.findall(block)), wanted_by=frozenset(_wanted_by(block))
        )
    return found


def misfits(texts: Mapping[str, str], name: str) -> list[str]:
    """Return a sentence for each mismatch between ``<name>.txt`` and ``<name>.in``; none where they match."""
    try:
        wanted, pins = asked(texts, name), pinned(texts[f"{name}.txt"])
    except KeyError as error:
        return [f"{name}: there is no {error.args[0]}"]
    except ValueError as error:
        return [f"{name}: {error}"]
    return [f"{name}.txt: {sentence}" for sentence in _sentences(wanted, pins)]


def disagreements(first: Mapping[str, Pin], second: Mapping[str, Pin]) -> list[str]:
    """Return a sentence for each package that the two files pin to different releases."""
    return [
        f"{name} is {first[name].version} in one file and {second[name].version} in the other"
        for name in sorted(first.keys() & second.keys())
        if first[name].version != second[name].version
    ]


def _sentences(wanted: Mapping[str, Requirement], pins: Mapping[str, Pin]) -> Iterator[str]:
    for name, requirement in wanted.items():
        if name not in pins:
            yield f"{requirement} is not there"
        elif not any(asker.startswith("-r ") for asker in pins[name].wanted_by):
            yield f"{requirement} is asked for now"
        elif not requirement.specifier.contains(pins[name].version, prereleases=True):
            yield f"{name} is {pins[name].version}, and {requirement} is asked for"
    for name, pin in pins.items():
        if not pin.files:
            yield f"{name} has no hash"
        askers = {asker for asker in pin.wanted_by if not asker.startswith("-c ")}
        if any(asker.startswith("-r ") for asker in askers) and name not in wanted:
            yield f"{name} is not asked for any more"
        elif not askers or not all(asker.startswith("-r ") or asker in pins for asker in askers):
            yield f"{name} is there for what is not there"


def _lines(text: str) -> Iterator[str]:
    """Return the lines without comments and empty lines."""
    stripped = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return (line for line in stripped if line)


def _wanted_by(block: str) -> Iterator[str]:
    """Yield the names after ``# via``, on the same line or on lines of their own."""
    for line in block.splitlines():
        if (note := re.match(r"\s+#\s+(?:via\s+)?(.+)", line)) and note[1] != "via":
            yield note[1].strip()
