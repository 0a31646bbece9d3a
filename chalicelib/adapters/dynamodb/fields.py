"""Read the attributes of a row one by one, and raise ``Malformed`` where one is not as the engine writes it.

Stored values come from outside: another version, a person in the console or a restored backup may have written them.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from chalicelib.adapters.dynamodb.row import Row

Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=StrEnum)


class Malformed(Exception):
    """An attribute of a row does not hold what the engine writes there. The message never repeats the value."""


def optional(row: Row, name: str, kind: type[Value]) -> Value | None:
    """Return an attribute of this type, None where the row has none. Raise ``Malformed``."""
    if name in row.problems:
        raise Malformed(f"its {name} {row.problems[name]}")
    value = getattr(row, name)
    if value is not None and not isinstance(value, kind):
        raise Malformed(f"its {name} has the wrong type")
    return value


def required(row: Row, name: str, kind: type[Value]) -> Value:
    """Return an attribute of this type. Raise ``Malformed``, also where the row has none."""
    value = optional(row, name, kind)
    if value is None:
        raise Malformed(f"its {name} is missing")
    return value


def text(row: Row, name: str) -> str:
    """Return a text. Raise ``Malformed``."""
    return required(row, name, str)


def date(row: Row, name: str) -> datetime:
    """Return a date in UTC. Raise ``Malformed``."""
    return required(row, name, datetime)


def count(row: Row, name: str, default: int | None = None) -> int:
    """Return a whole number from 0 on; ``default`` where the row has none, if one is given. Raise ``Malformed``."""
    value = getattr(row, name)
    if value is None and default is not None:
        return default
    if not isinstance(value, int) or value < 0:
        raise Malformed(f"its {name} is not a whole number from 0 on")
    return value


def choice(row: Row, name: str, choices: type[Choice]) -> Choice:
    """Return one of an enumeration's values. Raise ``Malformed``."""
    value = text(row, name)
    if value not in {*choices}:
        raise Malformed(f"its {name} is none of {', '.join(choices)}")
    return choices(value)


def config(row: Row, name: str) -> Mapping[str, Any]:
    """Return an object ``{"ref", "args"}``. Raise ``Malformed``."""
    value = required(row, name, dict)
    if not isinstance(value.get("ref"), str) or "args" not in value:
        raise Malformed(f"its {name} has no ref or no args")
    return value
