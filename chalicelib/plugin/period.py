"""The base of planners that plan day by day: a recurring plan's day, or all days of a period.

Both ways call ``dates`` for each local day, so a period has the dates that a recurrence has.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from chalicelib.domain.dates import future, in_zone, show
from chalicelib.domain.durations import duration, duration_schema
from chalicelib.domain.errors import InvalidRequest, located
from chalicelib.domain.hours import Span
from chalicelib.domain.json_schema import Schema
from chalicelib.domain.model import Config
from chalicelib.domain.open_hours import OpenHours, within
from chalicelib.domain.windows import WINDOW, window_of
from chalicelib.plugin.base import Planner

MOST = 1000
"""Dates of one plan."""
LONGEST = timedelta(days=366)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)

PERIOD: Mapping[str, Schema] = {
    "from": {"type": "string", "maxLength": 40, "description": "ISO 8601, the first date that may be planned; now"},
    "until": {
        "type": "string",
        "maxLength": 40,
        "description": "ISO 8601, up to which dates are planned, at most 366 days later; the end of the first day",
    },
}
"""The args of a plan that does not recur. A recurrence has its own."""
JITTER: Schema = duration_schema("s m h", "each date is late by a random time of up to so much, e.g. 10m")
MIN_GAP: Schema = duration_schema("m h", "the least open time between two dates, e.g. 30m")
WINDOWS: Schema = {
    "type": "array",
    "items": WINDOW,
    "minItems": 1,
    "maxItems": 50,
    "description": "days of the week with hours, from and to, HH:MM, in which dates may be",
}


class PeriodPlanner(Planner):
    """A planner that says which dates a local day has."""

    _span: Span | None = None
    """The period, of a plan that does not recur."""

    def dates(self, args: Config, day: date) -> Iterator[datetime]:
        """Yield the dates (UTC) of that local day, in order. ``self.previous`` is the last one before them."""
        raise NotImplementedError(f"{type(self).__name__} must implement dates()")

    def plan(self, planner_config: Config, attack_config: Config) -> None:
        """Add a job for each date of ``self.day``, or of the period in the args.

        Raises ``InvalidRequest`` for a period that cannot be read, is over, is too long, or has no date or too many.
        """
        args = planner_config["args"]
        for when in self._of_period(args) if self.day is None else self._of_day(args, self.day):
            self._add_job(when, self.name, attack_config)

    def advice(self, args: Config, until: datetime) -> str:
        """Return what to do where the period up to ``until`` has no date."""
        return "give a later until"

    def _of_day(self, args: Config, day: date) -> Iterator[datetime]:
        for name in PERIOD:
            if name in args:
                raise _at(name, f"a recurring plan has its days by its recurrence: leave {name} out")
        yield from self.dates(args, day)

    def _of_period(self, args: Config) -> Iterator[datetime]:
        begin, end = self._span = self._period(args)
        found = 0
        day = begin.astimezone(self.timezone).date() - _DAY  # whose windows may go over midnight
        while self.begin_of(day) < end:
            for when in self.dates(args, day):
                if begin <= when < end:
                    found += 1
                    if found > MOST:
                        raise _at("until", f"there are more than {MOST} dates until then: give an earlier one")
                    self.previous = when
                    yield when
            day += _DAY
        if not found:
            shown = f"from {show(begin, self.timezone)} until {show(end, self.timezone)}"
            raise _at("until", f"there is no date {shown}: {self.advice(args, end)}")

    def _period(self, args: Config) -> tuple[datetime, datetime]:
        begin = self.now.replace(microsecond=0) + _SECOND
        if "from" in args:
            with located("$.from"):
                begin = future(args["from"], self.timezone, self.now)
        end = self.end_of(begin.astimezone(self.timezone).date())
        if "until" in args:
            with located("$.until"):
                end = future(args["until"], self.timezone, begin)
        if end - begin > LONGEST:
            raise _at("until", f"a period has at most {LONGEST.days} days: give an earlier until")
        return begin, end

    def jittered(self, when: datetime, args: Config, day: date) -> datetime:
        """Return the date, late by a random time of up to the ``jitter`` in the args, on the same day."""
        if "jitter" not in args:
            return when
        latest = min(when + duration(args["jitter"]), self.end_of(day) - _SECOND)
        return when + self.rng.randrange(int((latest - when).total_seconds()) + 1) * _SECOND

    def begin_of(self, day: date) -> datetime:
        """Return the first instant of the local day, in UTC."""
        return in_zone(datetime.combine(day, time()), self.timezone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """Return the first instant after the local day, in UTC."""
        return self.begin_of(day + _DAY)

    def open_hours(self, args: Config) -> OpenHours:
        """Return the ``windows`` in the args."""
        windows = (window_of(each, f"$.windows[{n}]", self.timezone) for n, each in enumerate(args["windows"]))
        return OpenHours(tuple(windows))

    def open_spans(self, hours: OpenHours, day: date) -> tuple[Span, ...]:
        """Return the open hours of that day; of a period's first and last day those that are in it."""
        spans = hours.of(day)
        return within(spans, *self._span) if self._span else spans


def _at(name: str, message: str) -> InvalidRequest:
    with located(f"$.{name}"):
        raise InvalidRequest(message)
