"""A page of a list, and the places of its items."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from chalicelib.domain.broken import Broken


class Listed(Protocol):
    """An item of a list."""

    @property
    def position(self) -> str: ...


Item = TypeVar("Item", bound=Listed)


def position(instant: datetime, id: str) -> str:
    """Return a place in a list as text that sorts as the instants do (UTC, whole seconds), unique by the id."""
    return f"{instant.year:04}-{instant:%m-%dT%H:%M:%SZ}#{id}"  # %Y writes the year 999 with three digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """A part of a list and the position after which the rest begins (None on the last page).

    ``broken`` are the rows in that part which cannot be read.
    """

    items: tuple[Item, ...]
    next_position: str | None
    broken: tuple[Broken, ...] = ()

    @classmethod
    def cut(cls, rest: Sequence[Item], limit: int) -> "Page[Item]":
        """Return the first page of a list, which may be cut where it is longer than the page."""
        items = tuple(rest[:limit])
        return cls(items=items, next_position=items[-1].position if len(rest) > limit else None)
