"""Planners that plan day by day: cron, interval, mean time and random."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import exp, sqrt
from random import Random
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.hours import whole_day
from chalicelib.domain.open_hours import length, within
from chalicelib.domain.windows import window_of
from chalicelib.domain.zones import zone_named
from chalicelib.plugin.period import PeriodPlanner
from plugins.planners.cron_planner import CronPlanner
from plugins.planners.interval_planner import IntervalPlanner
from plugins.planners.mean_time_planner import MeanTimePlanner
from plugins.planners.random_planner import RandomPlanner
from tests.plugins.period import DAY, HOUR, OFFICE_HOURS, SECOND, TEN_ZONES, WEEKDAYS, plan, recurring

NOW = datetime(2027, 3, 26, 10, 5, 7, tzinfo=UTC)  # a Friday
NIGHTS = {"days": ["fri", "sat", "sun"], "from": "22:30", "to": "03:30"}
EVENINGS = {"days": ["sat"], "from": "20:00", "to": "24:00"}
ALWAYS = {"days": [*WEEKDAYS, "sat", "sun"], "from": "00:00", "to": "24:00"}
DRAWN: Mapping[str, tuple[type[PeriodPlanner], dict[str, Any]]] = {
    "cron": (CronPlanner, {"expression": "*/50 1,2,23 * * *"}),
    "late cron": (CronPlanner, {"expression": "30 2,23 * * *", "jitter": "2h"}),
    "hours": (IntervalPlanner, {"every": "7h", "jitter": "10m"}),
    "days": (IntervalPlanner, {"every": "2d", "anchor": "2020-02-29T02:15"}),
    "mean time": (MeanTimePlanner, {"mean_time_between": "3h", "windows": [NIGHTS, EVENINGS], "min_gap": "1h"}),
    "random": (RandomPlanner, {"times": [0, 4], "windows": [NIGHTS, EVENINGS], "min_gap": "45m"}),
}
ZONES = [*TEN_ZONES[:3], *(pytest.param(zone, marks=pytest.mark.long) for zone in TEN_ZONES[3:])]
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 6))]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("name", DRAWN)
def test_over_three_years_each_date_lies_on_its_own_day_or_in_a_window_that_opened_on_it(name: str, zone: str) -> None:
    planner, args = DRAWN[name]
    at, drawn = zone_named(zone), recurring(planner, args, zone, seed=3)
    for day, dates in drawn.items():
        spans = [*whole_day(day, at)]
        if "windows" in args:
            spans = [span for each in args["windows"] for span in window_of(each, "$", at).of(day)]
        assert all(any(begin <= when < end for begin, end in spans) for when in dates), day
    joined = [when for dates in drawn.values() for when in dates]
    assert joined == sorted(joined) and len(joined) > 300
    if "min_gap" in args:
        least = timedelta(minutes=int(args["min_gap"][:-1]) * (60 if args["min_gap"].endswith("h") else 1))
        assert all(after - before >= least for before, after in pairwise(joined))


@pytest.mark.parametrize("zone", ZONES)
def test_an_interval_in_hours_is_elapsed_time_across_days_and_changes_of_clocks(zone: str) -> None:
    drawn = recurring(IntervalPlanner, {"every": "7h"}, zone, seed=1)
    joined = [when for dates in drawn.values() for when in dates]
    assert {after - before for before, after in pairwise(joined)} == {7 * HOUR}


@pytest.mark.parametrize("zone", ZONES)
def test_an_interval_in_days_is_at_the_same_time_of_day(zone: str) -> None:
    drawn = recurring(IntervalPlanner, {"every": "1w", "anchor": "2026-12-28T12:10:30"}, zone, seed=1)
    assert {day.weekday() for day, dates in drawn.items() if dates} == {0}
    at = zone_named(zone)
    assert {when.astimezone(at).time() for dates in drawn.values() for when in dates} == {time(12, 10, 30)}


@pytest.mark.parametrize("name", ["cron", "hours", "days"])
def test_a_period_has_the_dates_of_its_days(name: str) -> None:
    planner, args = DRAWN[name]
    args = {each: value for each, value in args.items() if each != "jitter"} | {"anchor": "2027-03-01"}
    args = args if planner is IntervalPlanner else {"expression": args["expression"]}
    days = recurring(planner, args, "Europe/Madrid", seed=1, days=(date(2027, 3, 26), date(2027, 4, 5)))
    planned = plan(planner, {**args, "from": "2027-03-27T01:00", "until": "2027-04-04T23:00"}, NOW, "Europe/Madrid")
    begin, end = datetime(2027, 3, 27, tzinfo=UTC), datetime(2027, 4, 4, 21, tzinfo=UTC)
    assert planned == [when for dates in days.values() for when in dates if begin <= when < end]


def open_seconds(dates: list[datetime], zone: str) -> list[float]:
    """Return the open seconds between one date and the next, in office hours."""
    window = window_of(OFFICE_HOURS, "$", zone_named(zone))
    gaps = []
    for before, after in pairwise(dates):
        day, gap = before.date(), timedelta()
        while day <= after.date():
            gap += length(within(window.of(day), before, after))
            day += DAY
        gaps.append(gap.total_seconds())
    return gaps


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("min_gap", [None, "15m"])
def test_mean_time_gaps_are_exponential_with_the_mean_that_was_asked_for(min_gap: str | None, seed: int) -> None:
    years = (date(2027, 1, 1), date(2041, 1, 1))
    args = {"mean_time_between": "40m", "windows": [OFFICE_HOURS], **({"min_gap": min_gap} if min_gap else {})}
    drawn = recurring(MeanTimePlanner, args, "Europe/Madrid", seed, years)
    gaps = open_seconds([when for dates in drawn.values() for when in dates], "Europe/Madrid")
    least = 15 * 60 if min_gap else 0
    number, mean, rest = len(gaps), 40 * 60, 40 * 60 - least
    assert number >= 40_000 and min(gaps) >= least
    assert abs(sum(gaps) / number - mean) <= 4 * rest / sqrt(number)
    for times in (0.5, 1, 2):
        longer, share = sum(gap - least >= times * rest for gap in gaps) / number, exp(-times)
        assert abs(longer - share) <= 4 * sqrt(share * (1 - share) / number) + 1 / rest, "a second is rounded down"


def test_two_days_of_open_hours_are_sixteen_hours() -> None:
    windows = [OFFICE_HOURS, {"days": ["mon"], "from": "10:00", "to": "12:00"}]  # no more open time
    few, many = (
        plan(MeanTimePlanner, {"mean_time_between": mean, "windows": windows, "until": "2028-03-25"}, NOW)
        for mean in ("2wd", "16h")
    )
    assert few == many and 80 < len(few) < 200


@pytest.mark.parametrize("seed", SEEDS)
def test_random_dates_are_even_over_the_open_hours_of_a_day(seed: int) -> None:
    days = (date(2027, 1, 1), date(2043, 1, 1))
    drawn = recurring(RandomPlanner, {"times": 10, "windows": [OFFICE_HOURS]}, "UTC", seed, days)
    assert {len(dates) for day, dates in drawn.items() if day.weekday() < 5} == {10}
    seconds = [(when - datetime.combine(day, time(9), UTC)).seconds for day, dates in drawn.items() for when in dates]
    number, width = len(seconds), 8 * 3600
    assert number >= 40_000
    assert abs(sum(seconds) / number - width / 2) <= 4 * width / sqrt(12 * number)
    for share in (0.1, 0.5, 0.9):
        early = sum(each < share * width for each in seconds) / number
        assert abs(early - share) <= 4 * sqrt(share * (1 - share) / number)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_number_of_times_between_the_bounds_is_as_likely(seed: int) -> None:
    days = (date(2027, 1, 1), date(2047, 1, 1))
    drawn = recurring(RandomPlanner, {"times": [0, 3], "windows": [ALWAYS]}, "UTC", seed, days)
    counts = [len(dates) for dates in drawn.values()]
    for times in range(4):
        assert abs(counts.count(times) / len(counts) - 0.25) <= 4 * sqrt(0.25 * 0.75 / len(counts))


def test_where_not_so_many_fit_there_are_as_many_as_fit() -> None:
    window = {"days": ["sat"], "from": "10:00", "to": "12:00"}
    args = {"times": 5, "windows": [window], "min_gap": "1h", "until": "2027-03-28"}
    for seed in range(50):
        dates = plan(RandomPlanner, args, NOW, rng=Random(seed))
        assert len(dates) == 2 and dates[1] - dates[0] >= HOUR
    tight = {**args, "windows": [{**window, "to": "11:01"}]}
    assert {len(plan(RandomPlanner, tight, NOW, rng=Random(seed))) for seed in range(50)} == {2}


def test_a_plan_without_a_period_covers_what_is_left_of_today() -> None:
    dates = plan(CronPlanner, {"expression": "0 */6 * * *"}, NOW, "Europe/Madrid")
    assert [when.hour for when in dates] == [11, 17]
    assert plan(IntervalPlanner, {"every": "5h"}, NOW) == [NOW + 5 * HOUR, NOW + 10 * HOUR]


def test_so_many_a_day_are_so_many_in_what_is_left_of_the_day() -> None:
    for seed in range(50):
        dates = plan(RandomPlanner, {"times": 3, "windows": [ALWAYS]}, NOW.replace(hour=23), rng=Random(seed))
        assert len(dates) == 3 and dates[0] > NOW.replace(hour=23)


def test_jitter_is_late_by_up_to_so_much_and_stays_on_the_day() -> None:
    args = {"expression": "50 23 * * *", "jitter": "1h"}
    dates = [plan(CronPlanner, args, NOW, rng=Random(seed))[0] for seed in range(300)]
    due = NOW.replace(hour=23, minute=50, second=0)
    assert min(dates) >= due and max(dates) < due + timedelta(minutes=10)
    assert len({*dates}) > 100
    early = [plan(CronPlanner, {**args, "expression": "0 20 * * *"}, NOW, rng=Random(seed))[0] for seed in range(300)]
    assert max(early) <= NOW.replace(hour=21, minute=0, second=0) and max(early) - min(early) > 50 * 60 * SECOND


@pytest.mark.parametrize(
    ("planner", "args", "place", "message"),
    [
        (CronPlanner, {"expression": "0 9 * * 1"}, "$.until", "the next is at 2027-03-29T09:00:00"),
        (CronPlanner, {"expression": "* * * * *", "until": "2027-04-26"}, "$.until", "more than 1000 dates"),
        (CronPlanner, {"expression": "0 9 * * 1", "until": "2028-06-01"}, "$.until", "at most 366 days"),
        (CronPlanner, {"expression": "0 9 * * 1", "until": "2027-03-01"}, "$.until", "is in the past"),
        (CronPlanner, {"expression": "0 9 * * 1", "from": "tomorrow"}, "$.from", "Invalid date format"),
        (CronPlanner, {"expression": "0 9 * * 8"}, "$.expression", "has a bad day-of-week"),
        (IntervalPlanner, {"every": "1h", "anchor": "2027-02-30"}, "$.anchor", "Invalid date format"),
        (RandomPlanner, {"times": 1, "windows": [{**EVENINGS, "to": "20:00"}]}, "$.windows[0]", "is empty"),
        (RandomPlanner, {"times": [3, 1], "windows": [EVENINGS]}, "$.times", "[at least, at most]"),
        (RandomPlanner, {"times": [0, 0], "windows": [EVENINGS]}, "$.times", "[at least, at most]"),
        (RandomPlanner, {"times": 1, "windows": [EVENINGS]}, "$.until", "give a later until"),
        (
            MeanTimePlanner,
            {"mean_time_between": "1h", "min_gap": "60m", "windows": [EVENINGS]},
            "$.min_gap",
            "not shorter than mean_time_between",
        ),
        (
            MeanTimePlanner,
            {"mean_time_between": "1wd", "min_gap": "4h", "windows": [EVENINGS], "until": "2027-04-26"},
            "$.min_gap",
            "not shorter than mean_time_between",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_with_its_place(
    planner: type[PeriodPlanner], args: dict[str, Any], place: str, message: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        plan(planner, args, NOW)
    assert message in str(refused.value) or message in str(refused.value.faults[0].accepted)
    assert [fault.path for fault in refused.value.faults] == [place]


@pytest.mark.parametrize("name", ["from", "until"])
def test_a_recurring_plan_has_no_period_of_its_own(name: str) -> None:
    with pytest.raises(InvalidRequest, match="by its recurrence"):
        recurring(IntervalPlanner, {"every": "1h", name: "2027-04-04"}, "UTC", 1, (date(2027, 1, 1), date(2027, 1, 2)))


@pytest.mark.parametrize("planner", [CronPlanner, IntervalPlanner, MeanTimePlanner, RandomPlanner])
def test_an_example_can_be_planned_on_a_working_day(planner: type[PeriodPlanner]) -> None:
    assert plan(planner, dict(planner.example["args"]), NOW.replace(hour=1))
