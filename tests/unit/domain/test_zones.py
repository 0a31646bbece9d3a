"""Zones with pytz's data and manners, whose rules go on after 2037."""

import copy
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.zones import with_later_rules, zone_named

MADRID = zone_named("Europe/Madrid")
names = st.sampled_from(pytz.all_timezones)
local_times = st.datetimes(datetime(1980, 1, 1), datetime(2037, 1, 1))


def near_a_change(name: str) -> st.SearchStrategy[datetime]:
    changes = [each for each in getattr(pytz.timezone(name), "_utc_transition_times", ()) if 1980 < each.year < 2037]
    if not changes:
        return local_times
    return st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(changes), st.integers(-1500, 1500)
    )


zones_and_times = names.flatmap(lambda name: st.tuples(st.just(name), local_times | near_a_change(name)))


def parts(when: datetime) -> tuple[object, ...]:
    return when.replace(tzinfo=None), when.utcoffset(), when.tzname()


@given(zones_and_times, st.sampled_from([None, True, False]))
def test_a_local_time_is_localized_as_pytz_does(zone_and_time: tuple[str, datetime], is_dst: bool | None) -> None:
    name, when = zone_and_time
    try:
        expected = pytz.timezone(name).localize(when, is_dst=is_dst)
    except (pytz.AmbiguousTimeError, pytz.NonExistentTimeError) as refusal:
        with pytest.raises(type(refusal)):
            zone_named(name).localize(when, is_dst=is_dst)
        return
    assert parts(zone_named(name).localize(when, is_dst=is_dst)) == parts(expected)


@given(zones_and_times, st.timedeltas(timedelta(days=-200), timedelta(days=200)))
def test_time_passes_as_with_pytz_and_normalize_sets_the_clock(
    zone_and_time: tuple[str, datetime], passed: timedelta
) -> None:
    name, when = zone_and_time
    theirs, ours = (zone.localize(when) for zone in (pytz.timezone(name), zone_named(name)))
    assert parts(ours + passed) == parts(theirs + passed)
    assert parts(zone_named(name).normalize(ours + passed)) == parts(pytz.timezone(name).normalize(theirs + passed))
    assert parts(ours.tzinfo.normalize(ours + passed)) == parts(pytz.timezone(name).normalize(theirs + passed))
    assert ours.tzinfo.zone == name


@given(zones_and_times)
def test_an_instant_is_shown_as_pytz_shows_it(zone_and_time: tuple[str, datetime]) -> None:
    name, when = zone_and_time
    instant = when.replace(tzinfo=UTC)
    assert parts(instant.astimezone(zone_named(name))) == parts(instant.astimezone(pytz.timezone(name)))


@given(names, st.datetimes(datetime(1990, 1, 1), datetime(8990, 1, 1)))
def test_the_rule_goes_on_for_ever(name: str, when: datetime) -> None:
    with pytz.open_resource(name) as data:
        rules = ZoneInfo.from_file(data)
    instant = when.replace(tzinfo=UTC)
    assert instant.astimezone(zone_named(name)).utcoffset() == instant.astimezone(rules).utcoffset()


def test_the_zones_of_pytz_end_in_2037_and_these_do_not() -> None:
    noon = datetime(2038, 7, 1, 12)
    assert pytz.timezone("Europe/Madrid").localize(noon).utcoffset() == timedelta(hours=1), (
        "pytz goes on: leave it to it"
    )
    assert MADRID.localize(noon).utcoffset() == timedelta(hours=2)
    assert with_later_rules(pytz.timezone("Europe/Madrid")) is MADRID


def test_a_zone_stays_itself_when_it_is_copied() -> None:
    when = MADRID.localize(datetime(2040, 7, 1))
    other = copy.deepcopy(when)
    assert parts(other) == parts(when)
    assert str(other.tzinfo) == "Europe/Madrid"
    assert copy.deepcopy(MADRID) is MADRID


def test_names_are_those_of_pytz_in_any_case() -> None:
    assert str(zone_named("europe/madrid")) == "Europe/Madrid"
    assert repr(MADRID) == "<Zone 'Europe/Madrid'>"
    for name in ("Mars", "../etc/passwd", "", "Europe/Mádrid"):
        with pytest.raises(pytz.UnknownTimeZoneError):
            zone_named(name)


def test_an_aware_time_is_not_localized_and_a_naive_one_not_normalized() -> None:
    with pytest.raises(ValueError, match="already set"):
        MADRID.localize(datetime(2027, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="no tzinfo"):
        MADRID.normalize(datetime(2027, 1, 1))
