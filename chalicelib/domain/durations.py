"""Read durations as people write them: a whole number and a unit, such as ``90m``, ``4h`` or ``3d``."""

from datetime import timedelta

from chalicelib.domain.json_schema import Schema

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DIGITS = 5


def duration_schema(units: str, description: str) -> Schema:
    """Return the schema of a duration in one of these units; ``wd`` may be added as the last one."""
    letters = "|".join(each for each in (*UNITS, "wd") if each in units.split())
    return {
        "type": "string",
        "pattern": rf"^[1-9][0-9]{{0,{_DIGITS - 1}}}({letters})$(?!\n)",
        "description": description,
    }


def duration(text: str) -> timedelta:
    """Return the duration in a text that such a schema has accepted, in any unit but ``wd``."""
    return timedelta(**{UNITS[text[-1]]: int(text[:-1])})
