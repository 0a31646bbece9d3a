"""When a plan could attack, as far as dates decide it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.dates import in_zone
from chalicelib.domain.engine_state import Freeze
from chalicelib.domain.zones import zone_named
from chalicelib.guards.feasibility import date_violation, first_possible, late_violation
from chalicelib.guards.spec import plan_guards
from tests.support.world import MADRID, NOW

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
    assert found is not None and date_violation(found, freezes, guards, MADRID) is None
    assert date_violation(found - timedelta(seconds=1), freezes, guards, MADRID) is not None


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


CHANGES = [("Europe/Madrid", "2027-03-28"), ("Europe/Madrid", "2027-10-31"), ("Asia/Beirut", "2027-03-28")]
CHANGES += [("America/St_Johns", "2010-11-07"), ("Australia/Lord_Howe", "2027-10-03"), ("Africa/Cairo", "2027-10-29")]
clock_hours = st.builds(
    lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 5), st.sampled_from([0, 1, 30, 59])
)


@settings(max_examples=30)
@given(st.sampled_from(CHANGES), st.data())
def test_the_first_possible_date_is_the_one_that_a_search_finds(change: tuple[str, str], data: st.DataObject) -> None:
    """Second by second around the date found; minute by minute before it, since what is open begins with a minute."""
    zone = zone_named(change[0])
    midnight = in_zone(datetime.fromisoformat(change[1]), zone).astimezone(UTC)
    days = [f"{(midnight + number * DAY).astimezone(zone):%Y-%m-%d}" for number in (-1, 0)]
    begin, end = data.draw(st.tuples(clock_hours, clock_hours).filter(lambda pair: pair[0] != pair[1]))
    guards = plan_guards(
        {
            "windows": [
                {"days": ["sat", "sun"], "from": begin, "to": end},
                {"days": ["fri"], "from": "23:30", "to": "00:30"},
            ],
            **({"not_on": excluded} if (excluded := data.draw(st.lists(st.sampled_from(days), unique=True))) else {}),
        },
        zone,
    )
    after = midnight + timedelta(seconds=data.draw(st.integers(-90_000, 20_000)))
    freezes = [freeze(after, after + timedelta(seconds=number)) for number in data.draw(st.lists(st.integers(1, 9000)))]

    def spared(instant: datetime) -> str | None:
        return date_violation(instant, freezes, guards, zone)

    found = first_possible(after, freezes, guards, zone)

    assert found is not None and spared(found) is None
    assert all(
        spared(found - timedelta(seconds=number))
        for number in range(1, 65)
        if found - after >= timedelta(seconds=number)
    )
    assert all(
        spared(after + timedelta(minutes=number))
        for number in range(-((after - found) // timedelta(minutes=1)))
        if after + timedelta(minutes=number) < found
    )


def test_at_a_change_of_clocks_the_first_possible_date_is_the_first_that_is_accepted() -> None:
    """Madrid's clocks go from 02:00 to 03:00, which is in the window: its first half hour is not there."""
    after = datetime(2027, 3, 28, tzinfo=UTC)
    assert first({"windows": [window("sun", "02:30", "04:00")]}, after=after) == "03-28 01:00"


def test_of_a_window_over_midnight_the_rest_is_possible_the_next_day() -> None:
    guards = {"windows": [window("fri", "22:00", "06:00")]}
    assert first(guards, after=datetime(2027, 6, 5, 2, tzinfo=UTC)) == "06-05 02:00"  # 04:00 on Saturday in Madrid
    assert first(guards, after=datetime(2027, 6, 5, 5, tzinfo=UTC)) == "06-11 20:00"


@pytest.mark.parametrize(
    ("due", "reason"),
    [
        ("09:58:59", None),
        ("09:59:00", "none of the plan's windows is open at mon 11:00"),
        ("09:59:59", "none of the plan's windows is open at mon 11:00"),
        ("09:29:30", "the freeze 'sale' holds"),
        ("09:28:29", None),
    ],
)
def test_what_is_due_within_a_minute_of_the_end_may_come_too_late(due: str, reason: str | None) -> None:
    guards = plan_guards({"windows": [window("mon", "10:00", "11:00")]}, MADRID)
    sale = freeze(NOW + timedelta(minutes=30, seconds=0), NOW + timedelta(minutes=31))
    found = late_violation(datetime.fromisoformat(f"2027-03-01T{due}+00:00"), [sale], guards, MADRID)
    assert (found or "").startswith(reason or "") and (found is None) == (reason is None)


def test_what_is_due_in_the_last_minute_before_an_excluded_day_may_come_too_late() -> None:
    guards = plan_guards({"not_on": ["2027-03-02"]}, MADRID)
    assert late_violation(datetime(2027, 3, 1, 22, 59, 10, tzinfo=UTC), [], guards, MADRID) == (
        "the plan does not attack on 2027-03-02"
    )
    assert late_violation(datetime(2027, 3, 1, 22, 58, 59, tzinfo=UTC), [], guards, MADRID) is None
