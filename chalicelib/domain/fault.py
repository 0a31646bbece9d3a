"""Describe one thing that is wrong with a document."""

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Self

_PLAIN_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.]{1,15}(?:Z|[+-][\d:]{1,6})?)?", re.ASCII)
_LONGEST_COMPARED = 128
"""Characters. Comparing two texts takes time by the product of their lengths."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it is, what is wrong there, what is accepted instead, and the nearest right value.

    ``path`` is a JSON path (``$.attack.args.headers['X-Team']``). A plugin's path begins at its args (``$.headers``),
    and the engine puts the rest before it. ``accepted`` continues the sentence of ``problem``: "give one of ...". None
    of the texts may hold a value from a body, which could be a secret, except a date, a name, a ref or a number.
    """

    path: str
    problem: str
    accepted: str | None = None
    nearest: str | None = None

    @property
    def message(self) -> str:
        """Return the sentence without its path: ``there is no filter 'tags:A': give ...; did you mean 'tag:A'?``"""
        accepted = f": {self.accepted}" if self.accepted else ""
        nearest = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        return f"{self.problem}{accepted}{nearest}"

    @property
    def sentence(self) -> str:
        """Return the whole sentence, its path first."""
        return f"{self.path}: {self.message}"

    def below(self, place: str) -> Self:
        """Return the same fault in a document that holds this one at ``place``."""
        return replace(self, path=f"{place}{self.path[1:]}")

    def with_words(self, change: Callable[[str], str]) -> Self:
        """Return the same fault with each of its words changed so."""
        changed = {name: change(words) for name in ("problem", "accepted", "nearest") if (words := getattr(self, name))}
        return replace(self, **changed)


def json_path(parts: Iterable[str | int], start: str = "$") -> str:
    """Return the JSON path to a value that is reached by these names and numbers from ``start``."""
    return start + "".join(map(_step, parts))


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN_NAME.fullmatch(part) else f"[{part[:_LONGEST_COMPARED]!r}]"


def is_date(text: str) -> bool:
    """Return whether a text looks like a date, which a refusal may repeat."""
    return _DATE.fullmatch(text) is not None


def nearest(given: str, accepted: Iterable[str]) -> str | None:
    """Return the accepted word that is most like the given one, in any case; None where none is like it."""
    words = {word.casefold(): word for word in accepted}
    close = difflib.get_close_matches(given[:_LONGEST_COMPARED].casefold(), words, n=1, cutoff=0.6)
    return words[close[0]] if close else None
