"""The simulated year: a small one, and the queue that it is made of."""

from datetime import UTC, datetime
from random import Random

from infra.costs.capacity import Strain, strain, together
from infra.costs.load import DAY, HOUR, Year, plans
from infra.costs.quotas import QUOTAS
from infra.costs.simulation import OWN, SHARDS, simulate
from infra.costs.year_table import told

MONDAY = datetime(2027, 1, 4, tzinfo=UTC)
FEW = Year(start=MONDAY, executors=3000, days=14)


def test_what_a_second_cannot_take_waits_for_the_next() -> None:
    """10 a second: of 25 in one second 15 wait, and so does the one that comes behind them."""
    strained = strain(10, {5: 25, 6: 1, 9: 4})
    assert strained == Strain(limit=10, peak=25, at=5, total=30, delayed=16, longest=2)
    assert strained.share == 2.5


def test_nothing_waits_where_the_limit_is_not_reached() -> None:
    assert strain(10, {1: 10, 2: 10}).delayed == 0


def test_a_queue_is_served_while_nothing_comes() -> None:
    assert strain(10, {1: 30, 4: 10}).delayed == 20
    assert strain(10, {1: 30, 2: 10}).delayed == 30


def test_of_several_partitions_the_worst_peak_counts_and_all_that_waited() -> None:
    both = together([strain(10, {1: 25}), strain(10, {7: 12})])
    assert (both.peak, both.at, both.delayed, both.total) == (25, 1, 17, 37)


def test_the_plans_of_a_year_have_exactly_so_many_executors_within_it_and_the_days_ahead() -> None:
    drawn = list(plans(FEW, Random(1)))
    assert sum(len(plan.deliveries) for plan in drawn) == FEW.executors
    for plan in drawn:
        assert 0 <= plan.second < FEW.days * DAY
        assert all(0 < due - plan.second < FEW.ahead_at_most + HOUR for due in plan.deliveries)


def test_a_game_day_is_one_minute_and_another_plan_is_not() -> None:
    large = [plan for plan in plans(FEW, Random(1)) if len(plan.deliveries) > 50]
    assert {plan.game_day for plan in large} == {True, False}
    for plan in large:
        assert (max(plan.deliveries) - min(plan.deliveries) < 60) is plan.game_day


def test_plans_are_posted_by_day() -> None:
    hours = [plan.second % DAY // HOUR for plan in plans(FEW, Random(1))]
    by_day = sum(7 <= hour < 17 for hour in hours)
    assert by_day > 3 * (len(hours) - by_day)


def test_the_same_seed_is_the_same_year() -> None:
    assert told(FEW, simulate(FEW, Random(3))) == told(FEW, simulate(FEW, Random(3)))
    assert told(FEW, simulate(FEW, Random(3))) != told(FEW, simulate(FEW, Random(4)))


def test_every_limit_is_told_and_the_nearest_is_at_the_head() -> None:
    result = simulate(FEW, Random(1))
    assert result.executors == FEW.executors
    assert result.partitions.keys() == set(SHARDS)
    assert result.quotas.keys() == {"CreateSchedule", "Scheduler's invocations", "schedules", "Lambda", OWN}
    assert result.elsewhere.keys() == {name for name in result.quotas if name in QUOTAS and QUOTAS[name].elsewhere}
    shares = [strained.share for strained in result.by_share(1).values()]
    assert shares == sorted(shares, reverse=True)
    assert 0 < result.in_busiest_minute < FEW.executors


def test_a_plan_of_a_thousand_is_more_than_its_own_partition_takes_in_a_second() -> None:
    """Its thousand rows, 24 of them and its own of six units in a transaction, and its own once more."""
    result = simulate(Year(start=MONDAY, executors=1000, days=7, sizes=((1000, 1),)), Random(1))
    assert result.quotas[OWN].peak == 976 + 2 * (24 + 6) + 6
    assert result.partitions[16].peak >= 1000
    assert result.quotas["CreateSchedule"].peak == 800


def test_more_shards_take_no_longer() -> None:
    crowded = Year(start=MONDAY, executors=60_000, days=2, sizes=((1, 50), (1000, 50)), by_cron=1, cron_within=2)
    result = simulate(crowded, Random(1))
    waited = [result.partitions[shards].delayed for shards in SHARDS]
    assert waited == sorted(waited, reverse=True)
    assert waited[0] > 2 * waited[-1] > 0
