"""Compute the date that a trigger gives an executor: the body of ``PUT executors/{id}``.

An executor is one attack, so each type names its next date. The types and the names of their args are those of
APScheduler 3, which the original used, and two of our own: ``random`` and ``next_window``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from random import Random
from typing import Any

from chalicelib.domain.cron import LONGEST, cron_dates
from chalicelib.domain.cron_fields import BOUNDS, cron_fields
from chalicelib.domain.dates import END, future, parse
from chalicelib.domain.errors import InvalidRequest, located
from chalicelib.domain.fault import Fault, nearest
from chalicelib.domain.hours import Window
from chalicelib.domain.json_schema import Schema, closed
from chalicelib.domain.open_hours import union
from chalicelib.domain.windows import ZONE, zone_of
from chalicelib.planning.validation import check

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
_LOOK_AHEAD = 33
"""Days: some day of the month that follows has every day of the week, whatever the clocks do."""
_DATE: Schema = {"type": "string"}
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
_NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": 100_000}
_JITTER: Schema = {**_NUMBER, "maximum": 86_400, "description": "seconds by which the date is late at the most"}
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST}
_FIELD: Schema = {"oneOf": [{"type": "integer"}, _TEXT]}
_EXPRESSION: Schema = {**_TEXT, "description": "five fields, as of crontab(5)"}

TRIGGER: Schema = closed(["type", "args"], type={"type": "string"}, args={"type": "object"})
ARGS: Mapping[str, Schema] = {
    "date": closed(["date"], date=_DATE),
    "interval": closed(**dict.fromkeys(_UNITS, _NUMBER), start_date=_DATE, jitter=_JITTER, timezone=ZONE),
    "cron": closed(expression=_EXPRESSION, **dict.fromkeys(BOUNDS, _FIELD), jitter=_JITTER, timezone=ZONE),
    "random": closed(["to"], **{"from": _DATE, "to": _DATE}, timezone=ZONE),
    "next_window": closed(),
}
"""The args of each type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The circumstances in which a trigger is read: ``zone`` is the engine's, ``windows`` are those of the plan."""

    now: datetime
    zone: tzinfo
    rng: Random
    windows: Sequence[Window] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A trigger as it was posted, with the shape of its type."""

    kind: str
    args: Mapping[str, Any]

    @property
    def needs_plan(self) -> bool:
        """Return whether its date depends on the windows of the executor's plan."""
        return self.kind == "next_window"

    def next(self, moment: Moment) -> datetime:
        """Return the next date, in UTC and whole seconds. Raises ``InvalidRequest``."""
        with located("$.args"):
            zone = zone_of(self.args["timezone"], "$.timezone") if "timezone" in self.args else moment.zone
            due = _DATES[self.kind](self.args, zone, moment)
        return min(due + moment.rng.randrange(self.args.get("jitter", 0) + 1) * _SECOND, END - _SECOND)


def trigger(document: Any) -> Trigger:
    """Return the trigger in a body. Raises ``InvalidRequest``, in the original's words where those are known."""
    check(document, TRIGGER)
    kind, args = document["type"], document["args"]
    if kind not in ARGS:
        message = "Invalid trigger type"
        raise InvalidRequest(message, (Fault("$.type", message, f"give {', '.join(ARGS)}", nearest(kind, ARGS)),))
    check(args, ARGS[kind], "$.args")
    return Trigger(kind=kind, args=args)


def _date(args: Mapping[str, Any], zone: tzinfo, moment: Moment) -> datetime:
    with located("$.date"):
        return future(args["date"], zone, moment.now)


def _interval(args: Mapping[str, Any], zone: tzinfo, moment: Moment) -> datetime:
    every = timedelta(**{unit: args[unit] for unit in _UNITS if unit in args})
    if not every:
        raise InvalidRequest(f"the interval is empty: give {', '.join(_UNITS[:-1])} or {_UNITS[-1]}")
    if "start_date" not in args:
        return moment.now.replace(microsecond=0) + every
    with located("$.start_date"):
        start = parse(args["start_date"], zone)
    return start if start > moment.now else start + ((moment.now - start) // every + 1) * every


def _cron(args: Mapping[str, Any], zone: tzinfo, moment: Moment) -> datetime:
    fields = {name: args[name] for name in BOUNDS if name in args}
    if ("expression" in args) == bool(fields):
        raise InvalidRequest(f"give either expression or some of {', '.join(BOUNDS)}")
    if "expression" in args:
        with located("$.expression"):
            found = next(cron_dates(args["expression"], moment.now, zone), None)
    else:
        found = cron_fields(fields).next(moment.now, zone)
    if found is None:
        raise InvalidRequest("no date within fifty years matches: give fields that some day has")
    return found


def _random(args: Mapping[str, Any], zone: tzinfo, moment: Moment) -> datetime:
    begin = moment.now.replace(microsecond=0) + _SECOND
    if "from" in args:
        with located("$.from"):
            begin = max(begin, parse(args["from"], zone))
    with located("$.to"):
        seconds = int((future(args["to"], zone, begin) - begin).total_seconds())
    return begin + moment.rng.randrange(seconds) * _SECOND


def _next_window(args: Mapping[str, Any], zone: tzinfo, moment: Moment) -> datetime:
    if not moment.windows:
        raise InvalidRequest("the plan has no windows: give it a date, or post it with the guard windows")
    today = moment.now.date()
    spans = union(span for n in range(-2, _LOOK_AHEAD) for each in moment.windows for span in each.of(today + n * _DAY))
    openings = [begin for begin, _ in spans if begin > moment.now]
    if not openings:
        raise InvalidRequest("no window of the plan opens within a month: give a date")
    return openings[0]


_DATES: Mapping[str, Callable[[Mapping[str, Any], tzinfo, Moment], datetime]] = {
    "date": _date,
    "interval": _interval,
    "cron": _cron,
    "random": _random,
    "next_window": _next_window,
}
