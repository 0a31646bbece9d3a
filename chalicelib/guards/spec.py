"""The optional ``guards`` of a posted plan: their schema, and their form once they were read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from chalicelib.domain.dates import day
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault
from chalicelib.domain.hours import Window
from chalicelib.domain.json_schema import Schema, closed
from chalicelib.domain.windows import WINDOW, ZONE, window_of

_DATE: Schema = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)",
    "description": "a date, YYYY-MM-DD",
}
_WINDOW: Schema = {**WINDOW, "properties": {**WINDOW["properties"], "timezone": ZONE}}
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
    windows={
        "type": "array",
        "items": {**WINDOW, "properties": {**WINDOW["properties"], "timezone": ZONE}},
        "minItems": 1,
        "maxItems": 50,
    },
    not_on={"type": "array", "items": _DATE, "minItems": 1, "maxItems": 400, "uniqueItems": True},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGuards:
    """The guards of a plan. One that the plan does not name is None, or empty, and blocks nothing."""

    probability: float | None = None
    min_healthy: int | None = None
    min_healthy_percent: int | None = None
    max_targets: int | None = None
    alarms: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    not_on: frozenset[date] = frozenset()

    @property
    def need_targets(self) -> bool:
        """Return whether a guard looks at the targets, so that the attack has to resolve them first."""
        return (self.min_healthy, self.min_healthy_percent) != (None, None)


def plan_guards(document: Mapping[str, Any] | None, zone: tzinfo) -> PlanGuards:
    """Return the guards in a document that ``GUARDS`` has accepted; ``zone`` is the engine's.

    Raises ``InvalidRequest`` for a date or a zone that does not exist, and for a window that ends when it begins.
    """
    given = document or {}
    windows = enumerate(given.get("windows", ()))
    healthy = given.get("min_healthy")
    percent = int(healthy[:-1]) if isinstance(healthy, str) else None
    return PlanGuards(
        probability=given.get("probability"),
        min_healthy=None if isinstance(healthy, str) else healthy,
        min_healthy_percent=percent,
        max_targets=given.get("max_targets"),
        alarms=tuple(given.get("alarms", ())),
        windows=tuple(window_of(each, f"$.guards.windows[{n}]", zone) for n, each in windows),
        not_on=frozenset(_date(each, f"$.guards.not_on[{n}]") for n, each in enumerate(given.get("not_on", ()))),
    )


def stored_guards(document: Any, zone: tzinfo) -> tuple[PlanGuards, str | None]:
    """Return the guards of a stored plan; or none, and why this version of the engine does not understand them."""
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


def _date(text: str, path: str) -> date:
    try:
        return day(text)
    except ValueError:
        raise _refused(path, f"there is no {text}: give a date from 1970 to 8999, such as 2027-12-24") from None


def _refused(path: str, message: str) -> InvalidRequest:
    return InvalidRequest(f"invalid payload {message}", (Fault(path, message),))
