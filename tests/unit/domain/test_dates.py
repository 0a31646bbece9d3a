"""Dates as people write them."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

import chalicelib
from chalicelib.domain import dates
from chalicelib.domain.dates import BEGIN, END, from_seconds, future, in_zone, parse, show, stored
from chalicelib.domain.errors import InvalidRequest
from tests.support.world import MADRID, NOW

ZONES = ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC", "EST"]
ZONES += [
    "America/St_Johns",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "Antarctica/Troll",
    "Europe/Dublin",
    "Asia/Gaza",
]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2027-06-21T15:30:12+02:00", utc(2027, 6, 21, 13, 30, 12)),
        ("2027-06-21 15:30:12+0200", utc(2027, 6, 21, 13, 30, 12)),
        ("2027-06-21T15:30:12+02", utc(2027, 6, 21, 13, 30, 12)),
        ("2027-06-21T15:30:12Z", utc(2027, 6, 21, 15, 30, 12)),
        ("2027-06-21T15:30:12-05:30", utc(2027, 6, 21, 21, 0, 12)),
        ("2027-06-21T15:30:12", utc(2027, 6, 21, 13, 30, 12)),
        ("2027-01-21T15:30", utc(2027, 1, 21, 14, 30)),
        ("2027-01-21 15:30Z", utc(2027, 1, 21, 15, 30)),
        ("2027-06-21", utc(2027, 6, 20, 22)),
        ("2027-06-21T15:30:12.999999Z", utc(2027, 6, 21, 15, 30, 12)),
        ("2027-06-21T15:30:12.5", utc(2027, 6, 21, 13, 30, 12)),
        ("2027-06-21T15:30:12.123456789Z", utc(2027, 6, 21, 15, 30, 12)),
        ("2028-02-29", utc(2028, 2, 28, 23)),
    ],
)
def test_a_date_is_read_in_its_own_offset_or_in_the_zone(text: str, instant: datetime) -> None:
    assert parse(text, MADRID) == instant


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "garbage", "2027", "2027-06", "20270621", "1936000000", "now", "2027-06-21T", "2027-06-21T15"),
        *("2027-13-01T00:00", "2027-02-29", "2027-00-10", "2027-06-31T00:00", "0000-01-01T00:00"),
        *("2027-06-21T25:00", "2027-06-21T15:60", "2027-06-21T15:30:61", "2027-06-21T15:30:12+25:00"),
        *("2027-06-21t15:30", "2027-06-21T15:30z", "2027-06-21  15:30", " 2027-06-21", "2027-06-21T15:30\n"),
        *("2027-W25-1", "2027-06-21T15:30+02:00:30", "2027-06-21+02:00", "２０２７-06-21", "2027-06-21T15:30:12."),
        *("2027-06-21T15:30:00+02:60", "2027-06-21T15:30:00+02:90", "2027-06-21T15:30:00-0199"),
        *("2027-06-21T15:30:00+24:00", "2027-06-21T15:30:00-29", "2027-06-21T24:00"),
    ],
)
def test_anything_else_has_an_invalid_format(text: str) -> None:
    with pytest.raises(InvalidRequest, match="^Invalid date format$"):
        parse(text, MADRID)


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", fullmatch=True))
@pytest.mark.parametrize("zone", ZONES)
def test_whatever_is_written_is_an_instant_or_an_invalid_request(zone: str, text: str) -> None:
    tz = pytz.timezone(zone)
    try:
        instant = parse(text, tz)
    except InvalidRequest:
        return
    assert instant.utcoffset() == timedelta() and instant.microsecond == 0 and instant < END
    if instant.year > 1:
        assert parse(show(instant, pytz.utc), tz) == instant


@pytest.mark.parametrize(
    ("local", "shown"),
    [
        ("2027-03-28T01:59:59", "2027-03-28T01:59:59+01:00"),
        ("2027-03-28T02:00:00", "2027-03-28T03:00:00+02:00"),
        ("2027-03-28T02:30:00", "2027-03-28T03:30:00+02:00"),
        ("2027-03-28T03:00:00", "2027-03-28T03:00:00+02:00"),
        ("2027-10-31T01:59:59", "2027-10-31T01:59:59+02:00"),
        ("2027-10-31T02:30:00", "2027-10-31T02:30:00+02:00"),
        ("2027-10-31T03:00:00", "2027-10-31T03:00:00+01:00"),
    ],
)
def test_a_time_that_is_skipped_moves_forward_and_one_that_comes_twice_is_the_first(local: str, shown: str) -> None:
    assert show(parse(local, MADRID), MADRID) == shown


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        ("Australia/Lord_Howe", "2027-10-03T02:15", utc(2027, 10, 2, 15, 45)),  # a gap of half an hour
        ("Australia/Lord_Howe", "2027-04-04T01:45", utc(2027, 4, 3, 14, 45)),
        ("Pacific/Apia", "2011-12-30T12:00", utc(2011, 12, 30, 22)),  # a day that never was
        ("Europe/Dublin", "2027-03-28T01:30", utc(2027, 3, 28, 1, 30)),  # its winter is the one called summer time
        ("Asia/Kathmandu", "2027-03-28T01:30", utc(2027, 3, 27, 19, 45)),
        ("EST", "2027-03-28T01:30", utc(2027, 3, 28, 6, 30)),
    ],
)
def test_changes_of_clocks_of_other_kinds(zone: str, local: str, instant: datetime) -> None:
    assert parse(local, pytz.timezone(zone)) == instant


@pytest.mark.parametrize("zone", ZONES)
@given(local=st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)))
def test_local_times_are_what_python_makes_of_the_same_zone(zone: str, local: datetime) -> None:
    with pytz.open_resource(zone) as data:
        expected = local.replace(tzinfo=ZoneInfo.from_file(data), fold=0)
    assert in_zone(local, pytz.timezone(zone)) == expected.astimezone(UTC)


@pytest.mark.parametrize("zone", ["Europe/Madrid", "America/New_York", "Pacific/Apia"])
def test_every_quarter_of_an_hour_around_a_change_of_clocks(zone: str) -> None:
    tz = pytz.timezone(zone)
    with pytz.open_resource(zone) as data:
        other = ZoneInfo.from_file(data)
    for change in (each for each in tz._utc_transition_times if 2017 < each.year < 2034):
        for quarter in range(-120, 120):
            local = change + timedelta(minutes=15 * quarter)
            assert in_zone(local, tz) == local.replace(tzinfo=other).astimezone(UTC), local


def test_an_aware_date_stays_what_it_is() -> None:
    aware = datetime(2027, 3, 28, 2, 30, tzinfo=timezone(timedelta(hours=9)))
    assert in_zone(aware, MADRID) is aware


def test_dates_are_shown_with_seconds_and_the_offset_of_their_season() -> None:
    assert show(utc(2027, 6, 21, 13, 30), MADRID) == "2027-06-21T15:30:00+02:00"
    assert show(utc(2027, 1, 21, 13, 30), MADRID) == "2027-01-21T14:30:00+01:00"
    assert show(utc(2027, 1, 21, 13, 30), pytz.utc) == "2027-01-21T13:30:00+00:00"


def test_a_date_ahead_is_accepted_and_one_that_has_come_is_not() -> None:
    assert future("2027-03-01T09:00:01Z", MADRID, NOW) == NOW + timedelta(seconds=1)
    for text in ("2027-03-01T09:00:00Z", "2027-03-01T10:00:00", "2016-06-21T15:30:00", "0001-01-01T00:00Z"):
        with pytest.raises(InvalidRequest, match="is in the past: give one after 2027-03-01T10:00:01\\+01:00$"):
            future(text, MADRID, NOW)


def test_dates_that_could_not_be_shown_or_kept_are_refused() -> None:
    assert parse("8999-12-31T23:59:59Z", MADRID) < END
    for text in ("9000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T00:00:00-23:59"):
        with pytest.raises(InvalidRequest, match="too far ahead: give one before 9000-01-01"):
            parse(text, MADRID)


def test_a_date_before_the_bounds_is_refused() -> None:
    for text in ("1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+05:00", "0001-01-01"):
        with pytest.raises(InvalidRequest, match="is too far back: give one from 1970-01-01 on"):
            parse(text, MADRID)


def test_the_zone_of_a_date_goes_on_after_2037() -> None:
    assert parse("2038-07-01T12:00", MADRID) == utc(2038, 7, 1, 10)
    assert show(utc(2090, 7, 1, 10), MADRID) == "2090-07-01T12:00:00+02:00"
    assert parse("2038-07-01T12:00", pytz.timezone("Europe/Madrid")) == utc(2038, 7, 1, 10)


@given(st.text() | st.datetimes().map(lambda when: when.isoformat()) | st.integers(-(10**14), 10**14))
def test_whatever_is_stored_is_an_instant_within_the_bounds_or_a_value_error(written: str | int) -> None:
    for read in (stored, dates.utc, from_seconds):
        try:
            instant = read(written)  # type: ignore[operator]
        except (ValueError, TypeError):
            continue
        assert BEGIN <= instant < END and instant.utcoffset() == timedelta()


PARSED_ELSEWHERE = re.compile(r"(?<!\.)\b(datetime|date)\.(fromisoformat|strptime|fromtimestamp|fromordinal)\b")


def test_no_other_module_parses_a_date() -> None:
    """Whatever parses one by itself has no bounds."""
    root = Path(chalicelib.__path__[0]).parent
    files = [file for folder in ("chalicelib", "plugins") for file in (root / folder).rglob("*.py")]
    parsing = {str(file.relative_to(root)) for file in files if PARSED_ELSEWHERE.search(file.read_text())}
    assert parsing == {"chalicelib/domain/dates.py"}
