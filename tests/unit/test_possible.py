"""When a plan could attack, as far as dates decide it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytz

from chalicelib.control import Freeze
from chalicelib.guards.of_a_plan import plan_guards
from chalicelib.guards.possible import first_possible, why_not_at
from tests.unit.world import MADRID, NOW

DAY = timedelta(days=1)


def freeze(start: datetime, end: datetime) -> Freeze:
    return Freeze(id="f", name="sale", start=start, end=end, reason="Black Friday")


def window(day: str, start: str, end: str, zone: str | None = None) -> dict[str, Any]:
    return {"days": [day], "from": start, "to": end, **({"timezone": zone} if zone else {})}


def first(guards: Any = None, *freezes: Freeze, after: datetime = NOW) -> str | None:
    """In UTC; NOW is Monday, 2027-03-01 09:00 there, 10:00 in Madrid."""
    found = first_possible(after, freezes, plan_guards(guards, MADRID), MADRID)
    return None if found is None else f"{found.astimezone(UTC):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("guards", "expected"),
    [
        ({}, "03-01 09:00"),
        ({"not_on": ["2027-03-02"]}, "03-01 09:00"),
        ({"not_on": ["2027-03-01", "2027-03-02"]}, "03-02 23:00"),
        ({"windows": [window("mon", "10:00", "11:00")]}, "03-01 09:00"),
        ({"windows": [window("mon", "08:00", "10:00")]}, "03-08 07:00"),
        ({"windows": [window("mon", "08:00", "10:00", "America/New_York")]}, "03-01 13:00"),
        ({"windows": [window("sun", "08:00", "24:00"), window("wed", "08:00", "09:00")]}, "03-03 07:00"),
        ({"windows": [window("mon", "12:00", "13:00")], "not_on": ["2027-03-01", "2027-03-08"]}, "03-15 11:00"),
        (
            {"windows": [window("sun", "02:10", "02:20")], "not_on": ["2027-03-07", "2027-03-14", "2027-03-21"]},
            "04-04 00:10",
        ),
    ],
)
def test_it_is_the_first_date_that_every_guard_allows(guards: Any, expected: str) -> None:
    """The last case: on 2027-03-28 Madrid has no 02:10, and what stands in for it, 03:10, is in no window."""
    assert first(guards) == expected


def test_freezes_that_follow_each_other_are_left_behind() -> None:
    assert first({}, freeze(NOW, NOW + DAY), freeze(NOW + DAY, NOW + 2 * DAY), freeze(NOW - DAY, NOW)) == "03-03 09:00"


def test_a_freeze_may_swallow_a_window() -> None:
    guards = {"windows": [window("mon", "12:00", "13:00")]}
    assert first(guards, freeze(NOW, NOW + timedelta(hours=3))) == "03-08 11:00"


def test_there_may_be_none() -> None:
    assert first({}, freeze(NOW, datetime(9000, 1, 1, tzinfo=UTC))) is None


def test_what_it_finds_is_allowed_and_the_second_before_is_not() -> None:
    guards = plan_guards({"windows": [window("fri", "22:30", "23:10")], "not_on": ["2027-03-05"]}, MADRID)
    freezes = [freeze(NOW, NOW + 12 * DAY)]
    found = first_possible(NOW, freezes, guards, MADRID)
    assert found is not None and why_not_at(found, freezes, guards, MADRID) is None
    assert why_not_at(found - timedelta(seconds=1), freezes, guards, MADRID) is not None


def test_a_midnight_that_a_change_of_clocks_skips_is_the_hour_after_it() -> None:
    """Beirut springs forward at midnight: 2027-03-28 begins at 01:00."""
    beirut = pytz.timezone("Asia/Beirut")
    guards = plan_guards({"not_on": ["2027-03-27"]}, beirut)
    found = first_possible(datetime(2027, 3, 27, 12, tzinfo=UTC), (), guards, beirut)
    assert found is not None and f"{found.astimezone(beirut):%m-%d %H:%M}" == "03-28 01:00"


def test_where_clocks_go_back_over_midnight_it_never_goes_back() -> None:
    """In Newfoundland 2010-11-06 had a second last hour: 00:01 of the next day became 23:01."""
    st_johns = pytz.timezone("America/St_Johns")
    guards = plan_guards({"not_on": ["2010-11-06"]}, st_johns)
    after = datetime(2010, 11, 7, 3, 0, tzinfo=UTC)
    assert f"{after.astimezone(st_johns):%m-%d %H:%M}" == "11-06 23:30"
    assert first_possible(after, (), guards, st_johns) == datetime(2010, 11, 7, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "start", "expected"),
    [
        (datetime(2027, 3, 28, tzinfo=UTC), "02:00", "04-04 00:00"),
        (datetime(2027, 3, 28, tzinfo=UTC), "03:00", "03-28 01:00"),
        (datetime(2027, 10, 30, 22, tzinfo=UTC), "02:00", "10-31 00:00"),
        (datetime(2027, 10, 31, 2, tzinfo=UTC), "02:00", "11-07 01:00"),
    ],
)
def test_an_hour_that_a_change_of_clocks_skips_opens_a_week_later(after: datetime, start: str, expected: str) -> None:
    """Two o'clock of 2027-03-28 there is none in Madrid, and that of 2027-10-31 comes twice: the first counts."""
    guards = {"windows": [window("sun", start, f"{start[:3]}59")]}
    assert first(guards, after=after) == expected
