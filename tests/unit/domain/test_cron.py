"""Cron expressions: what is read, what is refused, and what happens when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile

import pytest

from chalicelib.domain.cron import ALIASES, check_cron, cron_dates, explained
from chalicelib.domain.dates import in_zone
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.zones import zone_named

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
TEN_ZONES = (
    *("Europe/Madrid", "America/Santiago", "Australia/Lord_Howe", "America/Asuncion", "Africa/Cairo"),
    *("Asia/Beirut", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham", "UTC"),
)
EXPRESSIONS = ("0 0 * * *", "30 2 * * *", "*/30 2 * * *", "*/7 * * * *", "15 0,23 * * *", "0 3 L * *", "0 0 * * 1#2")


def local(expression: str, first: str, zone: str, number: int) -> list[str]:
    at = zone_named(zone)
    begin = in_zone(datetime.fromisoformat(first), at) - SECOND
    return [f"{each.astimezone(at):%m-%d %H:%M%z}" for each in islice(cron_dates(expression, begin, at), number)]


@pytest.mark.parametrize(
    ("expression", "zone", "first", "dates"),
    [
        # What cronsim does follows Debian's cron: https://manpages.debian.org/bookworm/cron/cron.8.en.html
        ("30 2 * * *", "Europe/Madrid", "2027-03-28", ["03-28 03:00+0200", "03-29 02:30+0200"]),  # skipped
        ("30 2 * * *", "Europe/Madrid", "2027-10-31", ["10-31 02:30+0200", "11-01 02:30+0100"]),  # comes twice
        ("0,30 2 * * *", "Europe/Madrid", "2027-03-28", ["03-28 03:00+0200", "03-29 02:00+0200"]),
        ("*/30 2 * * *", "Europe/Madrid", "2027-03-28", ["03-29 02:00+0200", "03-29 02:30+0200"]),
        (
            "*/30 2 31 * *",
            "Europe/Madrid",
            "2027-10-31",
            [f"10-31 02:{m}+0{h}00" for h in (2, 1) for m in ("00", "30")],
        ),
        ("0 */2 * * *", "Europe/Madrid", "2027-03-28", ["03-28 00:00+0100", "03-28 04:00+0200"]),
        ("@daily", "America/Santiago", "2027-09-05", ["09-05 01:00-0300", "09-06 00:00-0300"]),  # no midnight
        ("@hourly", "Australia/Lord_Howe", "2027-10-03T01:00", ["10-03 01:00+1030", "10-03 03:00+1100"]),
        ("0 9 L * *", "UTC", "2027-02-01", ["02-28 09:00+0000", "03-31 09:00+0000"]),
        ("0 9 LW * *", "UTC", "2027-02-01", ["02-26 09:00+0000", "03-31 09:00+0000"]),
        ("0 9 * * MON#2", "UTC", "2027-02-01", ["02-08 09:00+0000", "03-08 09:00+0000"]),
        ("0 9 * * 5L", "UTC", "2027-02-01", ["02-26 09:00+0000", "03-26 09:00+0000"]),
        ("0 9 * * 0", "UTC", "2027-02-01", ["02-07 09:00+0000"]),  # Sunday
        ("0 9 * * 7", "UTC", "2027-02-01", ["02-07 09:00+0000"]),
    ],
)
def test_an_expression_gives_these_dates(expression: str, zone: str, first: str, dates: list[str]) -> None:
    assert local(expression, first, zone, len(dates)) == dates


@pytest.mark.parametrize(
    "zone", [*TEN_ZONES[:3], *(pytest.param(zone, marks=pytest.mark.long) for zone in TEN_ZONES[3:])]
)
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_days_join_without_seam_or_double_over_three_years(expression: str, zone: str) -> None:
    at = zone_named(zone)
    first, last = date(2027, 1, 1), date(2030, 1, 1)
    if expression == "*/7 * * * *":
        first, last = date(2027, 3, 1), date(2027, 4, 30)  # every minute of the months with most changes

    def begin(day: date) -> datetime:
        return in_zone(datetime.combine(day, time()), at)

    in_one = [*takewhile(lambda when: when < begin(last), cron_dates(expression, begin(first) - SECOND, at))]
    by_day, day = [], first
    while day < last:
        end = begin(day + DAY)
        by_day += takewhile(lambda when: when < end, cron_dates(expression, begin(day) - SECOND, at))  # noqa: B023
        day += DAY
    assert by_day == in_one == sorted({*in_one})


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "has 0 fields"),
        ("* * * *", "has 4 fields"),
        ("0 0 9 * * *", "has 6 fields"),
        ("60 * * * *", "has a bad minute"),
        ("* 24 * * *", "has a bad hour"),
        ("* * 0 * *", "has a bad day-of-month"),
        ("* * * JANUARY *", "has a bad month"),
        ("* * * * MON#6", "has a bad day-of-week"),
        ("* * * * 5-1", "has a bad day-of-week"),
        ("*/0 * * * *", "has a bad minute"),
        ("* * * * \u0665", "has a bad day-of-week"),
        ("0 0 31 2 *", "has a bad day-of-month"),
        ("0 0 */31 2 MON#5", "matches no date within fifty years"),
        ("@reboot", "has 1 fields"),
        ("1," * 200 + "1 * * * *", "has more than 256 characters"),
    ],
)
def test_what_is_no_expression_is_refused_with_what_is_accepted(expression: str, reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason) as refused:
        check_cron(expression)
    assert "give five fields" in (refused.value.faults[0].accepted or "")


@pytest.mark.parametrize("alias", ALIASES)
def test_the_short_forms_of_crontab_are_read(alias: str) -> None:
    now = datetime(2027, 2, 3, 4, 5, 6, tzinfo=UTC)
    written, meant = (next(cron_dates(each, now, UTC)) for each in (alias.upper(), ALIASES[alias]))
    assert written == meant


def test_an_expression_is_explained_in_words() -> None:
    assert explained("30 9 * * MON-FRI") == "At 09:30 on Monday through Friday"


def test_dates_end_with_the_calendar() -> None:
    assert len([*cron_dates("@yearly", datetime(8998, 6, 1, tzinfo=UTC), UTC)]) == 1
