"""Plan attacks at random, so far apart on average."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from chalicelib.domain.durations import duration, duration_schema
from chalicelib.domain.errors import located
from chalicelib.domain.hours import DAYS
from chalicelib.domain.open_hours import OpenHours, instant_at, length
from chalicelib.plugin import Config, InvalidRequest, plugin_schema
from chalicelib.plugin.period import MIN_GAP, PERIOD, WINDOWS, PeriodPlanner

_WEEK = timedelta(days=7)
_ANY_MONDAY = date(2026, 1, 5)


class MeanTimePlanner(PeriodPlanner):
    """Schedule executors at random, ``mean_time_between`` apart on average, like failures of real machines.

    Only time counts in which a window is open. Gaps are exponential, so a date says nothing about the next one; with
    ``min_gap`` a gap is that plus an exponential rest, and the mean stays. Windows that go over midnight belong to the
    day on which they open.
    """

    ref = "mean_time_planner:MeanTimePlanner"
    over_midnight = True
    schema = plugin_schema(
        ["mean_time_between", "windows"],
        mean_time_between=duration_schema("m h wd", "open time, e.g. 20m, 4h or 2wd: the open hours of two days"),
        windows=WINDOWS,
        min_gap=MIN_GAP,
        **PERIOD,
    )
    example = {
        "ref": ref,
        "args": {
            "mean_time_between": "4h",
            "windows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}],
            "min_gap": "1h",
        },
    }

    @classmethod
    def check(cls, args: Config) -> None:
        """Raise ``InvalidRequest`` where the least gap is not shorter than the mean one."""
        if "min_gap" in args and not args["mean_time_between"].endswith("wd"):
            _require_shorter(duration(args["min_gap"]), duration(args["mean_time_between"]))

    def dates(self, args: Config, day: date) -> Iterator[datetime]:
        """Yield the dates of that day. Its first gap goes on from the last date before it."""
        hours = self.open_hours(args)
        spans, mean = self.open_spans(hours, day), _mean(args, hours)
        least = duration(args["min_gap"]) if "min_gap" in args else timedelta()
        _require_shorter(least, mean)
        rest, open_seconds = 1 / (mean - least).total_seconds(), length(spans).total_seconds()
        waited = timedelta()
        if spans and self.previous and least:
            waited = least - hours.between(self.previous, spans[0][0], least)
        # An exponential gap has no memory: it begins anew each day, once the least gap is over.
        second = waited.total_seconds() + self.rng.expovariate(rest)
        while second < open_seconds:
            yield instant_at(int(second), spans)
            second += least.total_seconds() + self.rng.expovariate(rest)


def _mean(args: Config, hours: OpenHours) -> timedelta:
    text = args["mean_time_between"]
    if not text.endswith("wd"):
        return duration(text)
    open_days = {day for window in hours.windows for day in window.days}
    return int(text[:-2]) * _open_in_a_week(hours) / len(open_days)


def _open_in_a_week(hours: OpenHours) -> timedelta:
    """Return the open time of a week whose clocks do not change."""
    return sum((length(hours.of(_ANY_MONDAY + timedelta(days=number))) for number in range(len(DAYS))), timedelta())


def _require_shorter(least: timedelta, mean: timedelta) -> None:
    if least >= mean:
        with located("$.min_gap"):
            raise InvalidRequest("min_gap is not shorter than mean_time_between: give a shorter one")
