"""A year of plans, drawn: when each is posted, and when each of its executors is delivered.

People and their schedulers keep hours: most plans are posted on working days by day, and a part of them by a cron job,
within seconds of a full hour. Most planners spread a plan over a window; some plans are game days, all of whose
attacks fall into one minute. EventBridge Scheduler delivers within the minute after the due.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

HOUR, DAY = 3600, 86_400
PRECISION = 60
"""Seconds in which Scheduler delivers what is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """What is assumed of it. ``sizes`` are executors of a plan, with how many of a hundred plans have so many."""

    start: datetime
    executors: int = 10_000_000
    days: int = 365
    sizes: tuple[tuple[int, float], ...] = ((1, 60), (10, 30), (100, 9), (1000, 1))
    by_cron: float = 0.3
    cron_within: int = 5
    window: int = 8 * HOUR
    game_days: float = 0.2
    ahead_at_most: int = 7 * DAY
    by_day: float = 8
    at_weekends: float = 0.25

    def weight(self, hour: int) -> float:
        """How likely a plan is posted in that hour of the year, against one at night."""
        at = self.start + timedelta(hours=hour)
        busy = self.by_day if 7 <= at.hour < 17 else 1.0
        return busy * (self.at_weekends if at.weekday() >= 5 else 1.0)


@dataclass(frozen=True, slots=True)
class Posted:
    """A plan: the second of the year in which it is posted, and those in which its executors are delivered."""

    second: int
    deliveries: list[int]
    game_day: bool


def plans(year: Year, rng: Random) -> Iterator[Posted]:
    """All of them, in no order; together they have exactly so many executors."""
    hours = year.days * 24
    by_hour = list(accumulate(year.weight(hour) for hour in range(hours)))
    sizes, shares = zip(*year.sizes, strict=True)
    by_size, left = list(accumulate(shares)), year.executors
    while left > 0:
        [hour] = rng.choices(range(hours), cum_weights=by_hour)
        [drawn] = rng.choices(sizes, cum_weights=by_size)
        executors = min(drawn, left)
        left -= executors
        within = year.cron_within if rng.random() < year.by_cron else HOUR
        posted = hour * HOUR + int(rng.random() * within)
        if rng.random() < year.game_days:
            yield Posted(posted, _game_day(year, posted, executors, rng), True)
        else:
            yield Posted(posted, _spread(year, posted, executors, rng), False)


def _spread(year: Year, posted: int, executors: int, rng: Random) -> list[int]:
    """One in each of as many slots of the window, as SimplePlanner draws them."""
    random, slot, first = rng.random, year.window / executors, posted + PRECISION
    return [int(first + (number + random()) * slot + random() * PRECISION) for number in range(executors)]


def _game_day(year: Year, posted: int, executors: int, rng: Random) -> list[int]:
    """All within the minute after a full quarter of an hour."""
    random = rng.random
    quarter = (posted + PRECISION + int(random() * year.ahead_at_most)) // 900 * 900 + 900
    return [int(quarter + random() * PRECISION) for _ in range(executors)]
