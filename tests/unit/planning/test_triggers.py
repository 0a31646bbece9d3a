"""Triggers of ``PUT executors/{id}``: which date each one names, compared with APScheduler 3."""

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

import pytest
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.hours import DAYS, Hours, Window
from chalicelib.domain.zones import zone_named
from chalicelib.planning.triggers import ARGS, Moment, trigger
from tests.unit.planning.test_validation import JSON

NOW = datetime(2027, 3, 26, 10, 5, 7, 500_000, tzinfo=UTC)  # a Friday
MADRID = zone_named("Europe/Madrid")
OFFICE = Window(days=("mon", "fri"), hours=Hours(start=time(11), end=time(17)), zone=MADRID)


def due(kind: str, now: datetime = NOW, seed: int = 1, windows: tuple[Window, ...] = (), **args: Any) -> datetime:
    moment = Moment(now=now, zone=MADRID, rng=Random(seed), windows=windows)
    return trigger({"type": kind, "args": args}).next(moment)


def local(instant: datetime) -> str:
    return f"{instant.astimezone(MADRID):%Y-%m-%d %H:%M:%S%z}"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"args": {"date": "x"}}, "invalid payload 'type' is a required property"),
        ({"type": "date"}, "invalid payload 'args' is a required property"),
        ({"type": "cronn", "args": {"date": "x"}}, "Invalid trigger type"),
        ({"type": "cronn", "args": {}}, "Invalid trigger type"),
        ({"type": 1, "args": {}}, "invalid payload 1 is not of type 'string'"),
        ({"type": "date", "args": "x"}, "invalid payload 'x' is not of type 'object'"),
        ({"type": "date", "args": {}}, "invalid payload 'date' is a required property"),
        ({"type": "date", "args": {"date": 1956000000}}, "invalid payload 1956000000 is not of type 'string'"),
    ],
)
def test_the_messages_of_a_move_stay(document: Any, message: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        trigger(document)
    assert str(raised.value) == message


def test_an_unknown_type_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidRequest) as raised:
        trigger({"type": "cronn", "args": {}})
    [fault] = raised.value.faults
    assert (fault.path, fault.accepted) == ("$.type", "give date, interval, cron, random, next_window")
    assert fault.nearest == "cron"


@pytest.mark.parametrize("args", [{"date": "x", "timezone": "UTC"}, {"dat": "x", "date": "y"}])
def test_an_unknown_argument_of_a_move_is_named_with_its_path(args: Any) -> None:
    with pytest.raises(InvalidRequest, match="was unexpected") as raised:
        trigger({"type": "date", "args": args})
    assert raised.value.faults[0].path == "$.args"


@given(JSON | st.fixed_dictionaries({"type": st.sampled_from([*ARGS]), "args": JSON}))
def test_any_document_is_a_trigger_or_an_invalid_one(document: Any) -> None:
    with suppress(InvalidRequest):
        assert trigger(document).next(Moment(now=NOW, zone=MADRID, rng=Random(1), windows=())) > NOW


@pytest.mark.parametrize(
    ("kind", "args", "date"),
    [
        ("date", {"date": "2027-06-21T15:30"}, "2027-06-21 15:30:00+0200"),
        ("interval", {"minutes": 90}, "2027-03-26 12:35:07+0100"),
        ("interval", {"weeks": 1, "seconds": 3}, "2027-04-02 12:05:10+0200"),
        ("interval", {"days": 1, "start_date": "2027-03-01T09:00"}, "2027-03-27 09:00:00+0100"),
        ("interval", {"hours": 2, "start_date": "2027-05-01"}, "2027-05-01 00:00:00+0200"),
        ("interval", {"days": 7, "start_date": "2027-03-26", "timezone": "Asia/Tokyo"}, "2027-04-01 17:00:00+0200"),
        ("cron", {"expression": "0 9 * * 1"}, "2027-03-29 09:00:00+0200"),  # crontab's Monday
        ("cron", {"day_of_week": 1, "hour": 9}, "2027-03-30 09:00:00+0200"),  # APScheduler's Tuesday
        ("cron", {"hour": 9, "timezone": "America/New_York"}, "2027-03-26 14:00:00+0100"),
        ("cron", {"expression": "0 9 * * *", "timezone": "America/New_York"}, "2027-03-26 14:00:00+0100"),
        ("cron", {"year": 2031, "week": 3}, "2031-01-13 00:00:00+0100"),
    ],
)
def test_a_trigger_names_its_next_date(kind: str, args: dict[str, Any], date: str) -> None:
    assert local(due(kind, **args)) == date


def test_jitter_is_late_by_up_to_so_many_seconds() -> None:
    late = {(due("cron", seed=seed, hour=15, jitter=5) - due("cron", hour=15)).seconds for seed in range(100)}
    assert late == {*range(6)}


def test_random_is_any_second_between_the_two_and_from_now_on_without_the_first() -> None:
    dates = [due("random", seed=seed, to="2027-03-26T11:05:12") for seed in range(100)]
    assert {each - NOW.replace(microsecond=0) for each in dates} == {timedelta(seconds=n) for n in range(1, 5)}
    given = {"from": "2027-04-01T10:00", "to": "2027-04-01T12:00"}
    hours = {due("random", seed=seed, **given).astimezone(MADRID).hour for seed in range(50)}
    assert hours == {10, 11}


@pytest.mark.parametrize(
    ("now", "date"),
    [
        (NOW, "2027-03-29 11:00:00+0200"),  # it is open: the next one
        (NOW - timedelta(hours=2), "2027-03-26 11:00:00+0100"),
        (datetime(2027, 3, 26, 10, 0, tzinfo=UTC), "2027-03-29 11:00:00+0200"),
    ],
)
def test_next_window_is_when_a_window_of_the_plan_opens_next(now: datetime, date: str) -> None:
    assert local(due("next_window", now=now, windows=(OFFICE,))) == date


def test_a_window_that_follows_another_without_a_gap_does_not_open() -> None:
    evening = Window(days=DAYS, hours=Hours(start=time(17), end=time(20)), zone=MADRID)
    assert local(due("next_window", windows=(OFFICE, evening))) == "2027-03-27 17:00:00+0100"


@pytest.mark.parametrize(
    ("kind", "args", "path", "message"),
    [
        ("date", {"date": "2020-01-01"}, "$.args.date", "is in the past"),
        ("interval", {}, "$.args", "the interval is empty"),
        ("interval", {"hours": 0}, "$.args", "the interval is empty"),
        ("interval", {"hours": -1}, "$.args.hours", "-1 is less than"),
        ("interval", {"hours": 1, "start_date": "soon"}, "$.args.start_date", "Invalid date format"),
        ("interval", {"hours": 1, "timezone": "Europe/Madird"}, "$.args.timezone", "there is no such time zone"),
        ("cron", {}, "$.args", "give either expression or some of year"),
        ("cron", {"expression": "0 9 * * 1", "hour": 3}, "$.args", "give either expression or some of year"),
        ("cron", {"expression": "0 9 * *"}, "$.args.expression", "has 4 fields"),
        ("cron", {"hour": 24}, "$.args.hour", "hour is none"),
        ("cron", {"hour": "5-2"}, "$.args.hour", "hour is none"),
        ("cron", {"minute": "*/0"}, "$.args.minute", "minute is none"),
        ("cron", {"day": "6th fri"}, "$.args.day", "day is none"),
        ("cron", {"day_of_week": "friday"}, "$.args.day_of_week", "day_of_week is none"),
        ("cron", {"month": 2, "day": 30}, "$.args", "no date within fifty years"),
        ("cron", {"year": 2020}, "$.args", "no date within fifty years"),
        ("random", {"to": "2020-01-01"}, "$.args.to", "is in the past"),
        ("random", {"from": "2028-01-01", "to": "2027-12-01"}, "$.args.to", "is in the past"),
        ("next_window", {}, "$.args", "the plan has no windows"),
    ],
)
def test_what_has_no_date_is_refused_with_its_place(kind: str, args: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        due(kind, **args)
    [fault] = refused.value.faults
    assert fault.path == path and message in f"{refused.value} {fault.problem}"


FIELDS: list[dict[str, Any]] = [
    {"hour": 9},
    {"hour": 2, "minute": 30},
    {"minute": "*/20"},
    {"second": "7,30-40/5"},
    {"hour": "*/5", "minute": "15"},
    {"day": "last", "hour": 3},
    {"day": "2nd fri", "hour": 3},
    {"day": "last mon, 13", "hour": 3},
    {"day": "31"},
    {"month": "jun-aug", "day": "*/10"},
    {"month": 2, "day": 29},
    {"week": "*/4", "day_of_week": "tue"},
    {"week": 53},
    {"day_of_week": "mon-wed", "hour": "22-23", "minute": "10/25"},
    {"day_of_week": "5,6"},
    {"year": "2028-2030/2", "minute": 5},
    {"month": 6, "minute": 30},
]
QUIET = [datetime(2027, month, 12, hour, 31, 3, 500_000, tzinfo=UTC) for month in range(1, 13) for hour in (0, 13, 23)]


@pytest.mark.parametrize("zone", ["Europe/Madrid", "America/New_York", "Asia/Kathmandu", "UTC"])
@pytest.mark.parametrize("fields", FIELDS, ids=str)
def test_cron_fields_are_apschedulers_where_clocks_do_not_change(fields: dict[str, Any], zone: str) -> None:
    theirs = CronTrigger(**fields, timezone=zone)
    for now in QUIET:
        expected = theirs.get_next_fire_time(None, now)
        assert due("cron", now=now, **fields, timezone=zone) == expected, now


@pytest.mark.parametrize("start", [None, "2027-01-01T00:00:00", "2028-01-01T10:00:00"])
@pytest.mark.parametrize("every", [{"minutes": 7}, {"hours": 5, "seconds": 11}, {"days": 3}, {"weeks": 2}])
def test_intervals_are_apschedulers(every: dict[str, int], start: str | None) -> None:
    given = {"start_date": start} if start else {}
    for now in QUIET:
        if not start:  # theirs counts from the time of day of this computer
            assert due("interval", now=now, **every) == now.replace(microsecond=0) + timedelta(**every)
            continue
        at = datetime.fromisoformat(start).replace(tzinfo=UTC)
        theirs = IntervalTrigger(**every, start_date=at, timezone="UTC")
        assert due("interval", now=now, **every, **given, timezone="UTC") == theirs.get_next_fire_time(None, now)


@pytest.mark.parametrize(
    ("fields", "now", "ours", "theirs"),
    [
        # 02:30 is skipped: ours is the end of the gap, theirs the time that the old offset would have made.
        ({"hour": 2, "minute": 30}, "2027-03-28T00:00", "03-28 03:00:00+0200", "03-28 03:30:00+0200"),
        # Every twenty minutes of an hour that is skipped: ours waits for the next day, theirs has one after the gap.
        ({"hour": 2, "minute": "*/20"}, "2027-03-28T00:59", "03-29 02:00:00+0200", "03-28 03:00:00+0200"),
        # 02:30 comes twice: ours was at the first, and is not again; theirs is.
        ({"hour": 2, "minute": 30}, "2027-10-31T00:45", "11-01 02:30:00+0100", "10-31 02:30:00+0100"),
        # By elapsed time both come in both hours.
        ({"minute": "*/30"}, "2027-10-31T00:45", "10-31 02:00:00+0100", "10-31 02:00:00+0100"),
    ],
)
def test_cron_fields_when_clocks_change(fields: dict[str, Any], now: str, ours: str, theirs: str) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    their_date = CronTrigger(**fields, timezone="Europe/Madrid").get_next_fire_time(None, instant)
    assert their_date is not None
    shown = [local(each)[5:] for each in (due("cron", now=instant, **fields), their_date.astimezone(UTC))]
    assert shown == [ours, theirs]
