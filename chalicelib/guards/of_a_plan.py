"""The optional ``guards`` of a posted plan: their schema, and their form once they were read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, tzinfo
from typing import Any

import pytz

from chalicelib.errors import Fault, InvalidRequest
from chalicelib.schema import Schema, closed

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME: Schema = {
    "type": "string",
    "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)",
    "description": "an hour and a minute, HH:MM",
}
_END_TIME: Schema = {
    "type": "string",
    "pattern": r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\n)",
    "description": "an hour and a minute, HH:MM, or 24:00",
}
_DATE: Schema = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)",
    "description": "a date, YYYY-MM-DD",
}
_WINDOW: Schema = closed(
    ["days", "from", "to"],
    days={"type": "array", "items": {"enum": [*DAYS]}, "minItems": 1, "uniqueItems": True},
    **{"from": _TIME, "to": _END_TIME},
    timezone={"type": "string", "maxLength": 64, "description": "a name of the IANA list; the engine's unless given"},
)
GUARDS: Schema = closed(
    probability={"type": "number", "minimum": 0, "maximum": 1},
    min_healthy={
        "oneOf": [
            {"type": "integer", "minimum": 0, "maximum": 100_000},
            {
                "type": "string",
                "pattern": r"^(100|[1-9]?[0-9])%$(?!\n)",
                "description": "a whole percentage, e.g. 50%",
            },
        ],
        "description": "how many of the candidates, a count or a percentage, must still run after the attack",
    },
    max_targets={"type": "integer", "minimum": 1, "maximum": 1000},
    alarms={
        "type": "array",
        "items": {"type": "string", "minLength": 1, "maxLength": 255},
        "minItems": 1,
        "maxItems": 100,
        "uniqueItems": True,
        "description": "names of CloudWatch alarms, none of which may be in ALARM",
    },
    windows={"type": "array", "items": _WINDOW, "minItems": 1, "maxItems": 50},
    not_on={"type": "array", "items": _DATE, "minItems": 1, "maxItems": 400, "uniqueItems": True},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hours of some weekdays, in a zone. ``end`` is not in it any more; None is midnight."""

    days: tuple[str, ...]
    start: time
    end: time | None
    zone: tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGuards:
    """What a plan asks for. What it does not name is None, or empty, and holds nothing back."""

    probability: float | None = None
    min_healthy: int | None = None
    min_healthy_percent: int | None = None
    max_targets: int | None = None
    alarms: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    not_on: frozenset[date] = frozenset()


def plan_guards(document: Mapping[str, Any] | None, zone: tzinfo) -> PlanGuards:
    """The guards in a document that ``GUARDS`` has accepted; ``zone`` is the engine's.

    Raises ``InvalidRequest`` for a date or a zone that does not exist, and for a window that ends before it begins.
    """
    given = document or {}
    healthy = given.get("min_healthy")
    percent = int(healthy[:-1]) if isinstance(healthy, str) else None
    return PlanGuards(
        probability=given.get("probability"),
        min_healthy=None if isinstance(healthy, str) else healthy,
        min_healthy_percent=percent,
        max_targets=given.get("max_targets"),
        alarms=tuple(given.get("alarms", ())),
        windows=tuple(_window(each, f"$.guards.windows[{n}]", zone) for n, each in enumerate(given.get("windows", ()))),
        not_on=frozenset(_date(each, f"$.guards.not_on[{n}]") for n, each in enumerate(given.get("not_on", ()))),
    )


def stored_guards(document: Any, zone: tzinfo) -> tuple[PlanGuards, str | None]:
    """The guards of a plan that another version of the engine may have stored; or none, and why they are not
    understood."""
    if document is None:
        return PlanGuards(), None
    from jsonschema import Draft202012Validator  # only for a plan that has guards: it takes its time to load

    faults = [error.message for error in Draft202012Validator(GUARDS).iter_errors(document)]
    try:
        if not faults:
            return plan_guards(document, zone), None
    except InvalidRequest as error:
        faults = [str(error)]
    return PlanGuards(), f"the plan's guards are not understood any more ({'; '.join(faults)[:500]})"


def _window(document: Mapping[str, Any], path: str, zone: tzinfo) -> Window:
    name = document.get("timezone")
    try:
        zone = zone if name is None else pytz.timezone(name)
    except pytz.UnknownTimeZoneError:
        raise _refused(
            path, f"the time zone {name!r} is not known: give a name of the IANA list, such as Europe/Madrid"
        ) from None
    start = time.fromisoformat(document["from"])
    end = None if document["to"] == "24:00" else time.fromisoformat(document["to"])
    if end is not None and end <= start:
        raise _refused(path, f"the window from {start:%H:%M} to {end:%H:%M} is empty: give two, one up to 24:00")
    return Window(days=tuple(document["days"]), start=start, end=end, zone=zone)


def _date(text: str, path: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _refused(path, f"there is no {text}: give a date such as 2027-12-24") from None


def _refused(path: str, message: str) -> InvalidRequest:
    return InvalidRequest(f"invalid payload {message}", (Fault(path, message),))
