"""Hours on a local clock, compared with a search minute by minute at the changes of clocks of all zones."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.hours import DAYS, Hours, Span, Window, spans, whole_day
from chalicelib.domain.zones import zone_named

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
EVERY_DAY = Window(days=DAYS, hours=Hours(start=time(), end=None), zone=UTC)
minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
hours = st.builds(lambda start, end: Hours(start=start, end=None if end == start else end), minutes, minutes)


def changes(name: str) -> list[datetime]:
    """The changes of clocks of a zone since the last odd ones of seconds, in naive UTC."""
    return [each for each in getattr(pytz.timezone(name), "_utc_transition_times", ()) if 1973 < each.year < 2037]


WITH_CHANGES = [name for name in pytz.all_timezones if changes(name)]


def search(first: datetime, last: datetime, zone: tzinfo) -> Iterator[Span]:
    """The minutes whose local reading is from ``first`` up to ``last``, joined."""
    minute, until = (each.replace(tzinfo=UTC) for each in (first - timedelta(hours=16), last + timedelta(hours=16)))
    begin = None
    while minute <= until:
        inside = first <= minute.astimezone(zone).replace(tzinfo=None) < last
        if inside and begin is None:
            begin = minute
        elif not inside and begin is not None:
            yield begin, minute
            begin = None
        minute += MINUTE


def assert_as_searched(name: str, day: date, hours: Hours) -> None:
    zone = zone_named(name)
    last = day + DAY if hours.end is None or hours.over_midnight else day
    first, end = datetime.combine(day, hours.start), datetime.combine(last, hours.end or time())
    assert hours.of(day, zone) == tuple(search(first, end, zone)), (name, day, hours)


@given(st.sampled_from(WITH_CHANGES), st.data())
def test_hours_are_open_as_a_search_minute_by_minute_finds_them(name: str, data: st.DataObject) -> None:
    change = data.draw(st.sampled_from(changes(name)))
    day = change.date() + data.draw(st.integers(-2, 1)) * DAY
    assert_as_searched(name, day, data.draw(hours))


def kinds(name: str) -> list[datetime]:
    """Return one change of each kind that a zone has: by so much, at that hour of its clocks."""
    zone = zone_named(name)
    of_kind: dict[tuple[timedelta | None, time], datetime] = {}
    for change in changes(name):
        before, after = ((change + number * MINUTE).replace(tzinfo=UTC).astimezone(zone) for number in (-1, 0))
        by = (after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
        of_kind.setdefault((by, before.time()), change)
    return list(of_kind.values())


@pytest.mark.long
def test_hours_of_every_zone_are_as_searched_at_every_kind_of_its_changes() -> None:
    """The day before a change, its day and the day after it; whole days, the night, and the hour of the change."""
    for name, change in [(each, change) for each in WITH_CHANGES for change in kinds(each)]:
        here = change.replace(tzinfo=UTC).astimezone(zone_named(name))
        near = [time((here.hour + hour) % 24, 30) for hour in (-2, 0)]
        for day in (here.date() - DAY, here.date()):
            for begin, end in ((time(), None), (time(22), time(6)), (near[0], near[1])):
                assert_as_searched(name, day, Hours(start=begin, end=end))


@given(st.sampled_from(WITH_CHANGES), hours, st.sets(st.sampled_from(DAYS), min_size=1), st.data())
def test_a_window_is_open_exactly_in_the_spans_of_its_days(
    name: str, hours: Hours, days: set[str], data: st.DataObject
) -> None:
    zone, change = zone_named(name), data.draw(st.sampled_from(changes(name)))
    instant = change.replace(tzinfo=UTC) + data.draw(st.integers(-3000, 3000)) * MINUTE
    window = Window(days=tuple(days), hours=hours, zone=zone)
    near = [instant.astimezone(zone).date() + number * DAY for number in (-2, -1, 0, 1)]
    open_spans = [span for day in near if DAYS[day.weekday()] in days for span in hours.of(day, zone)]
    assert window.is_open(instant) == any(begin <= instant < end for begin, end in open_spans)


@given(st.sampled_from(WITH_CHANGES), hours, st.sampled_from(DAYS), st.data())
def test_a_window_opens_next_when_a_search_finds_it_open(
    name: str, hours: Hours, day: str, data: st.DataObject
) -> None:
    zone, change = zone_named(name), data.draw(st.sampled_from(changes(name)))
    after = change.replace(tzinfo=UTC) + data.draw(st.integers(-600, 600)) * MINUTE
    window = Window(days=(day,), hours=hours, zone=zone)
    found = window.next_open(after)
    assert found is not None and window.is_open(found)
    if found > after:
        assert not window.is_open(after) and not window.is_open(found - MINUTE)
        steps = range(0, int((found - after) / MINUTE), 7)
        assert not any(window.is_open(after + step * MINUTE) for step in steps)


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    madrid = zone_named("Europe/Madrid")
    window = Window(days=("fri",), hours=Hours(start=time(22), end=time(6)), zone=madrid)
    for local, is_open in (
        ("2027-06-04T21:59", False),  # Friday
        ("2027-06-04T22:00", True),
        ("2027-06-05T05:59", True),
        ("2027-06-05T06:00", False),
        ("2027-06-05T22:00", False),
        ("2027-06-04T05:00", False),
    ):
        assert window.is_open(madrid.localize(datetime.fromisoformat(local))) is is_open, local


def test_a_window_up_to_midnight_may_end_at_00_00_or_24_00() -> None:
    day = date(2027, 6, 4)
    assert Hours(start=time(22), end=time()).of(day, UTC) == Hours(start=time(22), end=None).of(day, UTC)


def test_hours_that_clocks_skip_are_empty_and_those_shown_twice_come_twice() -> None:
    madrid, skipped = zone_named("Europe/Madrid"), Hours(start=time(2, 10), end=time(2, 50))
    assert skipped.of(date(2027, 3, 28), madrid) == ()
    assert len(skipped.of(date(2027, 10, 31), madrid)) == 2


def test_a_day_that_never_was_is_empty() -> None:
    assert whole_day(date(2011, 12, 30), zone_named("Pacific/Apia")) == ()


def test_a_day_after_2037_is_as_long_as_its_clocks_say() -> None:
    madrid = zone_named("Europe/Madrid")
    lengths = [whole_day(date(2090, month, 26), madrid)[0] for month in (3, 7)]
    assert [end - begin for begin, end in lengths] == [timedelta(hours=23), timedelta(hours=24)]


def test_spans_of_a_zone_of_pytz_are_those_of_the_same_zone() -> None:
    first, last = datetime(2040, 7, 1, 10), datetime(2040, 7, 1, 12)
    assert spans(first, last, pytz.timezone("Europe/Madrid")) == spans(first, last, zone_named("Europe/Madrid"))
