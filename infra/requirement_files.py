"""The files of requirements: what a person writes (``.in``), what is installed (``.txt``), and whether they fit.

Pure: the files' texts go in. The form of a ``.txt`` is that of uv, which is pip's (docs/adr/0007-dependencies.md).
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One release that is installed: its version, how many files of it are known, who asks for it."""

    version: str
    files: int
    wanted_by: Set[str]
    """Packages' names, and ``-r <file>`` or ``-c <file>``, as uv notes them."""


def asked(texts: Mapping[str, str], name: str) -> dict[str, Requirement]:
    """What ``<name>.in`` asks for by the packages' names, with what it includes by ``-r``.

    ``texts`` holds each file's text by its name. Raises ``KeyError`` for a file that is not there, ``ValueError``
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
    """The pins of a ``.txt`` by the packages' names.

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
    """A sentence for each thing in which ``<name>.txt`` is not what ``<name>.in`` asks for; none where it fits."""
    try:
        wanted, pins = asked(texts, name), pinned(texts[f"{name}.txt"])
    except KeyError as error:
        return [f"{name}: there is no {error.args[0]}"]
    except ValueError as error:
        return [f"{name}: {error}"]
    return [f"{name}.txt: {sentence}" for sentence in _sentences(wanted, pins)]


def disagreements(first: Mapping[str, Pin], second: Mapping[str, Pin]) -> list[str]:
    """A sentence for each release that two files pin otherwise."""
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
    """Without comments and empty lines."""
    stripped = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return (line for line in stripped if line)


def _wanted_by(block: str) -> Iterator[str]:
    """``# via a``, or ``# via`` and a line for each."""
    for line in block.splitlines():
        if (note := re.match(r"\s+#\s+(?:via\s+)?(.+)", line)) and note[1] != "via":
            yield note[1].strip()
