"""``ExecutorFilter``: what it lets through, and which combinations there are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.executor_filter import ANY, STATUSES, ExecutorFilter
from chalicelib.domain.model import Executor, Status
from chalicelib.domain.page import position
from tests.contract.builders import MINUTE, NOW, draft

OPEN = (Status.SCHEDULED, Status.RUNNING)


def executors() -> tuple[Executor, ...]:
    """One of each status, a minute apart."""
    made = draft(len(STATUSES))[1]
    return tuple(replace(each, status=status) for each, status in zip(made, STATUSES, strict=True))


def statuses(only: ExecutorFilter, *, everything: bool = False, after: str | None = None) -> list[Status]:
    return [each.status for each in only.of(executors(), everything=everything, after=after)]


def test_without_a_status_the_flag_decides() -> None:
    assert statuses(ANY) == list(OPEN)
    assert statuses(ANY, everything=True) == list(STATUSES)


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_says_which(status: Status) -> None:
    one = executors()[0]
    made = [replace(one, status=each) for each in STATUSES]
    only = ExecutorFilter(status=status, plan_id=one.plan_id)
    for everything in (False, True):
        assert only.of(made, everything=everything, after=None) == [replace(one, status=status)]


def test_since_is_included_and_until_is_not() -> None:
    made = executors()
    only = ExecutorFilter(since=made[1].due, until=made[3].due)
    assert only.of(made, everything=True, after=None) == list(made[1:3])
    for each in made:
        inside = made[1].due <= each.due < made[3].due
        assert only.from_position and only.to_position
        assert (only.from_position < each.position < only.to_position) is inside


def test_what_comes_before_the_position_is_left_out() -> None:
    made = executors()
    assert ANY.of(made, everything=True, after=made[2].position) == list(made[3:])


def test_executors_of_other_plans_are_left_out() -> None:
    mine, others = executors(), executors()
    assert ExecutorFilter(plan_id=mine[0].plan_id).of((*others, *mine), everything=True, after=None) == list(mine)


@pytest.mark.parametrize("status", OPEN)
def test_what_no_index_tells_apart_needs_a_plan(status: Status) -> None:
    with pytest.raises(InvalidRequest, match=r"executed=false lists exactly these two, or name a plan"):
        ExecutorFilter(status=status)
    assert ExecutorFilter(status=status, plan_id="0" * 32).status is status


@pytest.mark.parametrize("until", [NOW, NOW - MINUTE])
def test_a_time_that_ends_before_it_begins_is_refused(until: datetime) -> None:
    with pytest.raises(InvalidRequest, match="since is not before until"):
        ExecutorFilter(since=NOW, until=until)


def test_positions_sort_as_dates_do_from_the_first_year_to_the_last() -> None:
    dates = [datetime(year, 1, 1, tzinfo=UTC) for year in (1, 9, 10, 99, 100, 999, 1000, 2027, 8999)]
    dates += [each + timedelta(seconds=1) for each in dates]
    assert sorted(dates) == sorted(dates, key=lambda each: position(each, ""))
