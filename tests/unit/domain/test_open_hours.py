"""Windows taken together: each instant belongs to one day, and open time is counted once."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.hours import DAYS, Hours, Window
from chalicelib.domain.open_hours import OpenHours, instant_at, length, union, within, without
from chalicelib.domain.zones import zone_named

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
ZONES = ("Europe/Madrid", "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo", "UTC")
BEGIN = datetime(2027, 1, 1, tzinfo=UTC)

minutes = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))
hours = st.builds(lambda start, end: Hours(start=start, end=end), minutes, st.one_of(minutes, st.none())).filter(
    lambda each: each.start != each.end
)
days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True).map(tuple)
places = st.integers(0, 200)
spans = st.lists(
    st.tuples(places, places)
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: (BEGIN + pair[0] * SECOND, BEGIN + pair[1] * SECOND)),
    max_size=6,
)


def seconds(these: tuple[tuple[datetime, datetime], ...]) -> list[int]:
    return [int((begin - BEGIN).total_seconds()) + n for begin, end in these for n in range((end - begin).seconds)]


@given(spans, spans)
def test_spans_are_sets_of_seconds(
    some: list[tuple[datetime, datetime]], others: list[tuple[datetime, datetime]]
) -> None:
    mine, taken = union(some), union(others)
    assert seconds(mine) == sorted({each for span in some for each in seconds((span,))})
    assert seconds(without(mine, taken)) == sorted({*seconds(mine)} - {*seconds(taken)})
    assert seconds(within(mine, BEGIN + 50 * SECOND, BEGIN + 90 * SECOND)) == [n for n in seconds(mine) if 50 <= n < 90]
    assert length(mine) == len(seconds(mine)) * SECOND
    assert [instant_at(n, mine) for n in range(len(seconds(mine)))] == [BEGIN + n * SECOND for n in seconds(mine)]
    with pytest.raises(ValueError, match="shorter"):
        instant_at(len(seconds(mine)), mine)


@given(
    st.lists(st.tuples(days, hours), min_size=1, max_size=3),
    st.sampled_from(ZONES).map(zone_named),
    st.dates(date(2027, 1, 1), date(2029, 12, 31)),
)
def test_days_join_to_when_a_window_is_open_without_seam_or_double(
    drawn: list[tuple[tuple[str, ...], Hours]], zone: object, first: date
) -> None:
    windows = tuple(Window(days=days, hours=hours, zone=zone) for days, hours in drawn)  # type: ignore[arg-type]
    of_days = [OpenHours(windows).of(first + number * DAY) for number in range(-1, 5)]
    joined = [span for each in of_days for span in each]
    assert sum(map(length, of_days), timedelta()) == length(union(joined)), "no instant belongs to two days"
    instant = datetime.combine(first, time(), UTC) + HOUR
    while instant < datetime.combine(first + 3 * DAY, time(), UTC):
        is_open = any(window.is_open(instant) for window in windows)
        assert any(begin <= instant < end for begin, end in joined) is is_open, instant
        instant += timedelta(minutes=17)


def test_open_time_between_two_instants_is_counted_up_to_the_most_that_is_asked_for() -> None:
    window = Window(days=("mon", "tue"), hours=Hours(start=time(9), end=time(17)), zone=zone_named("UTC"))
    hours = OpenHours((window,))
    monday = datetime(2027, 1, 4, 12, tzinfo=UTC)
    assert hours.between(monday, monday + 7 * DAY, 100 * HOUR) == 16 * HOUR
    assert hours.between(monday, monday + 7000 * DAY, 3 * HOUR) == 3 * HOUR
