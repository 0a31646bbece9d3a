"""Encode values of the domain as attributes of the table, and decode them."""

import json
from datetime import datetime
from math import isfinite
from typing import Any, NoReturn

from pynamodb.attributes import Attribute
from pynamodb.constants import BINARY, NUMBER, STRING

from chalicelib.domain.dates import from_seconds

_BYTES = 5  # four end in the year 2106
_DEEPEST = 100  # levels of a document; what is posted has 32 at the most


class InstantAttribute(Attribute[datetime]):
    """A UTC date with whole seconds, as a number of seconds since 1970."""

    attr_type = NUMBER

    def serialize(self, value: datetime) -> str:
        return str(_seconds(value))

    def deserialize(self, value: str) -> datetime:
        return from_seconds(int(value))


class DuesAttribute(Attribute[tuple[datetime, ...]]):
    """Up to a thousand dates in one value, five bytes each: it counts in every write of the plan."""

    attr_type = BINARY

    def serialize(self, value: tuple[datetime, ...]) -> bytes:
        return b"".join(_seconds(due).to_bytes(_BYTES, "big") for due in value)

    def deserialize(self, value: bytes) -> tuple[datetime, ...]:
        if len(value) % _BYTES:
            raise ValueError("cut off")
        cuts = range(0, len(value), _BYTES)
        return tuple(from_seconds(int.from_bytes(value[cut : cut + _BYTES], "big")) for cut in cuts)


class JSONTextAttribute(Attribute[Any]):
    """A JSON document as text: what was posted comes back the same, floats and great numbers included.

    A lone surrogate has no UTF-8 form and stays escaped; the rest is not, or a posted 256 KB could outgrow an item.
    """

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    def deserialize(self, value: str) -> Any:
        """Return the document. Raise ``ValueError`` for what this engine never writes."""
        if value.count("[") + value.count("{") > _DEEPEST and _depth(value) > _DEEPEST:
            raise ValueError(f"nested deeper than {_DEEPEST}")
        return json.loads(value, parse_constant=_refused, parse_float=_finite)


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _depth(text: str) -> int:
    """Return how deep brackets are nested in a text. Those within strings count too: no document needs so many."""
    depth = deepest = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refused(text)


def _refused(text: str) -> NoReturn:
    raise ValueError("not a number that JSON has")
