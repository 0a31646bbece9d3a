"""Plan attacks at a fixed interval."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from chalicelib.domain.dates import in_zone, parse
from chalicelib.domain.durations import duration, duration_schema
from chalicelib.domain.errors import located
from chalicelib.plugin import Config, plugin_schema
from chalicelib.plugin.period import JITTER, PERIOD, PeriodPlanner


class IntervalPlanner(PeriodPlanner):
    """Schedule an executor ``every`` so often, counted from the ``anchor``.

    Minutes and hours are elapsed time. Days and weeks are those of the calendar: the same time of day, whatever the
    clocks do. Without an anchor the count begins when the plan, or its recurrence, does.
    """

    ref = "interval_planner:IntervalPlanner"
    schema = plugin_schema(
        ["every"],
        every=duration_schema("m h d w", "the interval, e.g. 90m, 4h, 3d or 1w"),
        anchor={"type": "string", "maxLength": 40, "description": "ISO 8601, a date from which to count, in any year"},
        jitter=JITTER,
        **PERIOD,
    )
    example = {"ref": ref, "args": {"every": "4h"}}

    @classmethod
    def check(cls, args: Config) -> None:
        """Raise ``InvalidRequest`` for an anchor that is no date."""
        if "anchor" in args:
            with located("$.anchor"):
                parse(args["anchor"], UTC)

    def dates(self, args: Config, day: date) -> Iterator[datetime]:
        """Yield the dates of that day."""
        anchor, every = self._anchor(args), duration(args["every"])
        if args["every"][-1] in "dw":
            dates = self._by_days(anchor, every.days, day)
        else:
            dates = self._by_time(anchor, every, day)
        for when in dates:
            yield self.jittered(when, args, day)

    def _anchor(self, args: Config) -> datetime:
        if "anchor" in args:
            return parse(args["anchor"], self.timezone)
        return (self.since or self.now).replace(microsecond=0)

    def _by_days(self, anchor: datetime, days: int, day: date) -> Iterator[datetime]:
        local = anchor.astimezone(self.timezone)
        if (day - local.date()).days % days == 0:
            yield in_zone(datetime.combine(day, local.time()), self.timezone).astimezone(UTC)

    def _by_time(self, anchor: datetime, every: timedelta, day: date) -> Iterator[datetime]:
        when = anchor - (anchor - self.begin_of(day)) // every * every
        while when < self.end_of(day):
            yield when
            when += every
