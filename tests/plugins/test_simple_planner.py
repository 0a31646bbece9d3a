"""SimplePlanner: one time in each equal slot of a window of the engine's today, whatever the zone and its clocks."""

from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest
import pytz
from hypothesis import assume, example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chalicelib.domain.dates import in_zone
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.hours import Hours
from chalicelib.domain.zones import zone_named
from chalicelib.plugin import Circumstances
from plugins.planners.simple_planner import SimplePlanner, draw_in_slots

SECOND = timedelta(seconds=1)
ATTACK = {"ref": "my_attack:MyAttack", "args": {}}
CHANGES = [  # local days on which clocks change, some at midnight, some by half an hour
    ("Europe/Madrid", "2027-03-28"),
    ("Europe/Madrid", "2027-10-31"),
    ("America/New_York", "2027-03-14"),
    ("America/New_York", "2027-11-07"),
    ("Australia/Lord_Howe", "2027-04-04"),
    ("Australia/Lord_Howe", "2027-10-03"),
    ("Africa/Cairo", "2027-04-30"),
    ("America/Havana", "2027-03-14"),
    ("Asia/Kathmandu", "2027-01-01"),
    ("Pacific/Apia", "2027-06-01"),
    ("UTC", "2027-06-01"),
]

zones = st.sampled_from(pytz.common_timezones).map(pytz.timezone)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))
days = st.sampled_from(CHANGES).flatmap(
    lambda change: st.timedeltas(timedelta(), timedelta(hours=23, minutes=59)).map(
        lambda after: (pytz.timezone(change[0]), _midnight(*change) + after)
    )
)
hours = st.times().map(lambda when: when.strftime("%H:%M"))


def _midnight(zone: str, day: str) -> datetime:
    return in_zone(datetime.fromisoformat(day), pytz.timezone(zone)).astimezone(UTC)


def plan(now: datetime, zone: str, begin: str, end: str, times: int, seed: int = 7) -> list[datetime]:
    """The dates that the planner draws."""
    circumstances = Circumstances(now=now, rng=Random(seed), timezone=zone_named(zone))
    args = {"min_time": begin, "max_time": end, "times": times}
    SimplePlanner.check(args)
    jobs = SimplePlanner("some").jobs({"ref": SimplePlanner.ref, "args": args}, ATTACK, circumstances)
    assert all((job.name, job.attack) == ("some", ATTACK) for job in jobs)
    return [job.date for job in jobs]


def _hold(now: datetime, zone: str, begin: str, end: str, times: int, seed: int) -> None:
    """The promises of every plan, whatever the circumstances."""
    tz, ahead = zone_named(zone), now.replace(microsecond=0) + SECOND
    day = now.astimezone(tz).date()
    start, stop = time.fromisoformat(begin), time.fromisoformat(end)
    left = [(max(opens, ahead), closes) for opens, closes in Hours(start=start, end=stop).of(day, tz) if ahead < closes]
    try:
        dates = plan(now, zone, begin, end, times, seed)
    except InvalidRequest:
        refused = True
    else:
        refused = False
    assert refused == (begin >= end or not left)
    if refused:
        return
    assert len(dates) == times
    assert dates == sorted(dates)
    slot = sum((closes - opens for opens, closes in left), timedelta()) / times
    for number, date in enumerate(dates):
        assert date.tzinfo is UTC
        assert date.microsecond == 0
        assert date > now
        assert any(opens <= date < closes for opens, closes in left)
        open_before = sum((min(date, closes) - opens for opens, closes in left if opens < date), timedelta())
        assert slot * number - SECOND < open_before < slot * (number + 1) + SECOND
        assert date.astimezone(tz).date() == day
        assert start <= date.astimezone(tz).time() < stop


@given(instants, zones, hours, hours, st.integers(1, 1000), st.integers())
def test_one_time_in_each_slot_in_any_zone(
    now: datetime, zone: pytz.BaseTzInfo, begin: str, end: str, times: int, seed: int
) -> None:
    _hold(now, str(zone), begin, end, times, seed)


@given(days, hours, hours, st.integers(1, 1000), st.integers())
@example((pytz.timezone("Europe/Madrid"), _midnight("Europe/Madrid", "2027-03-28")), "02:30", "03:10", 1, 0)
def test_one_time_in_each_slot_on_days_when_clocks_change(
    day: tuple[pytz.BaseTzInfo, datetime], begin: str, end: str, times: int, seed: int
) -> None:
    _hold(day[1], str(day[0]), begin, end, times, seed)


@given(instants, zones, hours, hours)
def test_what_a_refusal_advises_is_accepted(now: datetime, zone: pytz.BaseTzInfo, begin: str, end: str) -> None:
    assume(begin < end)
    try:
        plan(now, str(zone), begin, end, 3)
    except InvalidRequest as refusal:
        words = str(refusal).split()
        if "max_time" not in words or "of" not in words:
            return
        assert len(plan(now, str(zone), "00:00", words[words.index("of") + 1], 3)) == 3


@given(st.integers(0, 2**33), st.integers(0, 90_000), st.integers(1, 1000), st.integers())
def test_slots_are_equal_and_hold_one_draw_each(first: int, length: int, slots: int, seed: int) -> None:
    drawn = list(draw_in_slots(first, first + length, slots, Random(seed)))
    assert len(drawn) == slots
    assert drawn == sorted(drawn)
    assert all(first <= second <= first + length for second in drawn)
    for slot, second in enumerate(drawn):
        begin, end = first * slots + slot * length, first * slots + (slot + 1) * length  # times slots: exact
        assert begin - slots < second * slots < end + (slots if end - begin < slots else 0) or length == 0


def test_draws_are_uniform_within_their_slot() -> None:
    shares = [second / 3600 for seed in range(2000) for second in draw_in_slots(0, 3600, 1, Random(seed))]
    assert 0.47 < sum(shares) / len(shares) < 0.53
    assert min(shares) < 0.01
    assert max(shares) > 0.99


def test_the_same_circumstances_draw_the_same_dates() -> None:
    now = datetime(2027, 6, 1, 3, 0, tzinfo=UTC)
    dates = plan(now, "Europe/Madrid", "10:00", "18:00", 4)
    assert dates == plan(now, "Europe/Madrid", "10:00", "18:00", 4)
    assert dates != plan(now, "Europe/Madrid", "10:00", "18:00", 4, seed=8)


def test_a_thousand_in_the_last_second_of_the_window() -> None:
    now = datetime(2027, 6, 1, 21, 58, 58, 900_000, tzinfo=UTC)  # 23:58:58.9 in Madrid
    dates = plan(now, "Europe/Madrid", "00:00", "23:59", 1000)
    assert dates == [datetime(2027, 6, 1, 21, 58, 59, tzinfo=UTC)] * 1000


def test_slots_shorter_than_a_second_fill_every_second() -> None:
    now = datetime(2027, 6, 1, 10, 0, 0, 1, tzinfo=UTC)
    dates = plan(now, "UTC", "10:00", "10:01", 1000)
    assert {date.second for date in dates} == set(range(1, 60))
    assert len(dates) == 1000


def test_slots_are_equal_in_elapsed_time_when_an_hour_is_skipped() -> None:
    dates = plan(_midnight("Europe/Madrid", "2027-03-28"), "Europe/Madrid", "01:00", "05:00", 3)
    assert [date.hour for date in dates] == [0, 1, 2]  # three hours pass, 00:00 to 03:00 UTC


@pytest.mark.parametrize(
    ("now", "begin", "end", "message"),
    [
        ("2027-06-01T12:30:00", "10:00", "11:00", "it is 12:30 in Europe/Madrid: give a max_time of 12:31 or later"),
        ("2027-06-01T12:30:00", "10:00", "12:30", "give a max_time of 12:31 or later"),
        ("2027-06-01T23:59:00", "10:00", "23:59", "post the plan tomorrow"),
        ("2027-06-01T12:30:00", "11:00", "10:00", "ends before it begins"),
        ("2027-06-01T12:30:00", "13:00", "13:00", "ends before it begins"),
        ("2027-06-01T12:30:59", "10:00", "12:31", "give a max_time of 12:32 or later"),
        (
            "2027-03-28T00:30:00",
            "02:10",
            "02:50",
            "the window 02:10-02:50 does not exist on 2027-03-28, when the clocks of Europe/Madrid skip it:"
            " give a max_time of 03:01 or later",
        ),
        ("2027-10-31T01:50:00+00:00", "02:00", "02:45", "of 02:51 or later"),  # the second 02:50 of that night
    ],
)
def test_a_window_without_time_is_refused_and_says_what_would_do(now: str, begin: str, end: str, message: str) -> None:
    madrid = pytz.timezone("Europe/Madrid")
    with pytest.raises(InvalidRequest, match=message):
        plan(in_zone(datetime.fromisoformat(now), madrid).astimezone(UTC), "Europe/Madrid", begin, end, 2)


def test_a_window_of_the_night_that_skips_an_hour_ends_where_the_clocks_do() -> None:
    """Madrid has no 02:00 to 03:00 on that day: of 01:30-02:30 there is the first half."""
    for seed in range(20):
        dates = plan(_midnight("Europe/Madrid", "2027-03-28"), "Europe/Madrid", "01:30", "02:30", 2, seed)
        local = [f"{date.astimezone(zone_named('Europe/Madrid')):%H:%M}" for date in dates]
        assert all("01:30" <= each < "02:00" for each in local)


def test_hours_that_come_twice_are_used_twice() -> None:
    dates = plan(_midnight("Europe/Madrid", "2027-10-31"), "Europe/Madrid", "02:00", "02:30", 2)
    assert [(date.hour, date.minute < 30) for date in dates] == [(0, True), (1, True)]


def test_an_open_window_uses_what_is_left_of_it() -> None:
    now = datetime(2027, 6, 1, 15, 0, tzinfo=UTC)
    dates = plan(now, "UTC", "00:00", "16:00", 60)
    assert [date.minute for date in dates][1:-1] == pytest.approx(list(range(1, 59)), abs=1)
    assert dates[0] > now


@pytest.mark.parametrize(
    "args",
    [
        {"min_time": "10:00:00"},
        {"min_time": "10:00\n"},
        {"min_time": "24:00"},
        {"min_time": "9:00"},
        {"min_time": "\u0661\u0660:00"},
        {"max_time": 18},
        {"times": 0},
        {"times": 1001},
        {"times": 2.5},
        {"times": True},
        {"times": "4"},
        {"zone": "UTC"},
    ],
)
def test_arguments_out_of_bounds_are_refused_by_the_schema(args: dict[str, object]) -> None:
    example = SimplePlanner.example
    validator = Draft202012Validator(SimplePlanner.schema)
    assert validator.is_valid(example)
    assert not validator.is_valid({**example, "args": {**example["args"], **args}})


def test_a_whole_number_may_be_written_with_a_point() -> None:
    """JSON has one kind of number: 4.0 is whole."""
    assert Draft202012Validator(SimplePlanner.schema).is_valid(
        {**SimplePlanner.example, "args": {**SimplePlanner.example["args"], "times": 4.0}}
    )
    assert len(plan(datetime(2027, 6, 1, 3, 0, tzinfo=UTC), "UTC", "10:00", "18:00", 4.0)) == 4  # type: ignore[arg-type]
