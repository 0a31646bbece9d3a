"""Plan a number of attacks a day at random."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from chalicelib.domain.durations import duration
from chalicelib.domain.errors import located
from chalicelib.domain.open_hours import instant_at, length
from chalicelib.plugin import Config, InvalidRequest, plugin_schema
from chalicelib.plugin.period import MIN_GAP, MOST, PERIOD, WINDOWS, PeriodPlanner

_TIMES = {"type": "integer", "minimum": 0, "maximum": MOST}


class RandomPlanner(PeriodPlanner):
    """Schedule ``times`` executors a day, each at random in the open hours of the day.

    ``times`` is a number, or the least and the greatest one, between which each day draws. With ``min_gap`` no two are
    closer, in open time; where not so many fit into a day, it has as many as fit.
    """

    ref = "random_planner:RandomPlanner"
    over_midnight = True
    schema = plugin_schema(
        ["times", "windows"],
        times={
            "oneOf": [
                {**_TIMES, "minimum": 1},
                {"type": "array", "items": _TIMES, "minItems": 2, "maxItems": 2},
            ],
            "description": "how many a day, e.g. 3, or [at least, at most], e.g. [0, 3]",
        },
        windows=WINDOWS,
        min_gap=MIN_GAP,
        **PERIOD,
    )
    example = {
        "ref": ref,
        "args": {
            "times": [1, 3],
            "windows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}],
            "min_gap": "30m",
        },
    }

    @classmethod
    def check(cls, args: Config) -> None:
        """Raise ``InvalidRequest`` for bounds in the wrong order, or that allow none."""
        if isinstance(args["times"], list) and not args["times"][0] <= args["times"][1] > 0:
            with located("$.times"):
                raise InvalidRequest(f"times {args['times']} are none: give [at least, at most], such as [0, 3]")

    def dates(self, args: Config, day: date) -> Iterator[datetime]:
        """Yield the dates of that day."""
        hours, times = self.open_hours(args), args["times"]
        spans = self.open_spans(hours, day)
        number = self.rng.randint(*times) if isinstance(times, list) else int(times)
        if not spans:
            return
        least = duration(args["min_gap"]) if "min_gap" in args else timedelta()
        gap = int(least.total_seconds())
        first = 0
        if self.previous and least:
            first = gap - int(hours.between(self.previous, spans[0][0], least).total_seconds())
        seconds = int(length(spans).total_seconds()) - first
        if gap:
            number = min(number, (seconds - 1) // gap + 1)
        # Draw in the time that the gaps leave, then put the gaps back in between.
        left = seconds - max(number - 1, 0) * gap
        for place, second in enumerate(sorted(self.rng.randrange(left) for _ in range(number))):
            yield instant_at(first + second + place * gap, spans)
