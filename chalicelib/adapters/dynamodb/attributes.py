"""How values of the domain are written in an attribute of the table."""

import json
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.constants import BINARY, NUMBER, STRING

_BYTES = 5  # four end in the year 2106


class InstantAttribute(Attribute[datetime]):
    """A UTC date with whole seconds, as a number of seconds since 1970."""

    attr_type = NUMBER

    def serialize(self, value: datetime) -> str:
        return str(_seconds(value))

    def deserialize(self, value: str) -> datetime:
        return _instant(int(value))


class DuesAttribute(Attribute[tuple[datetime, ...]]):
    """Up to a thousand dates in one value, five bytes each: it counts in every write of the plan."""

    attr_type = BINARY

    def serialize(self, value: tuple[datetime, ...]) -> bytes:
        return b"".join(_seconds(due).to_bytes(_BYTES, "big") for due in value)

    def deserialize(self, value: bytes) -> tuple[datetime, ...]:
        cuts = range(0, len(value), _BYTES)
        return tuple(_instant(int.from_bytes(value[cut : cut + _BYTES], "big")) for cut in cuts)


class JSONTextAttribute(Attribute[Any]):
    """A JSON document as text: what was posted comes back the same, floats and great numbers included.

    A lone surrogate has no UTF-8 form and stays escaped; the rest is not, or a posted 256 KB could outgrow an item.
    """

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    def deserialize(self, value: str) -> Any:
        return json.loads(value)


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
