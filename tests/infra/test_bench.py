"""The plans of ``make bench``: the bench works at every hour."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from chalicelib.domain.zones import zone_named
from chalicelib.plugin import Circumstances
from infra.bench.engine import early_zone, many
from infra.bench.report import tables
from plugins.planners.simple_planner import SimplePlanner

HOURS = [datetime(2027, 3, 27, 22, tzinfo=UTC) + timedelta(hours=hour) for hour in range(26)]
"""The clocks of many zones change in the night after the first of them."""


@pytest.mark.parametrize("minutes", [0, 59])
@pytest.mark.parametrize("hour", HOURS, ids=lambda hour: f"{hour:%H}")
@pytest.mark.parametrize("executors", [1, 1000])
def test_at_every_hour_the_executors_are_of_today_and_hours_ahead(hour: datetime, minutes: int, executors: int) -> None:
    now = hour + timedelta(minutes=minutes)
    zone = zone_named(early_zone(now)["TIMEZONE"])
    plan = many(executors)
    circumstances = Circumstances(now=now, rng=Random(7), timezone=zone)
    jobs = SimplePlanner("bench").jobs(plan["planner"], plan["attack"], circumstances)
    assert len(jobs) == executors
    assert min(job.date for job in jobs) > now + timedelta(hours=3)
    assert {job.date.astimezone(zone).date() for job in jobs} == {now.astimezone(zone).date()}


def test_a_table_has_a_row_for_each_name_and_a_column_for_each_measurement() -> None:
    figure = {"median": 1234.4, "least": 12.0, "most": 20000.0, "runs": 3}
    assert tables({"Title": {"a": {"ms": figure, "ratio": 1.236}, "b": {"ms": 7.6, "ratio": 2.0}}}) == (
        "### Title\n\n|  | ms | ratio |\n| --- | --- | --- |\n| a | 1,234 (12-20,000) | 1.24 |\n| b | 8 | 2.00 |\n"
    )
