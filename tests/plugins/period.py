"""What the tests of planners that plan day by day share."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from jsonschema import Draft202012Validator

from chalicelib.domain.dates import in_zone
from chalicelib.domain.zones import zone_named
from chalicelib.plugin import Circumstances
from chalicelib.plugin.period import PeriodPlanner

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
ATTACK = {"ref": "my_attack:MyAttack", "args": {}}
TEN_ZONES = (
    *("Europe/Madrid", "America/Santiago", "Australia/Lord_Howe", "America/Asuncion", "Africa/Cairo"),
    *("Asia/Beirut", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham", "UTC"),
)
THREE_YEARS = (date(2027, 1, 1), date(2030, 1, 1))
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
OFFICE_HOURS = {"days": WEEKDAYS, "from": "09:00", "to": "17:00"}


def plan(
    planner: type[PeriodPlanner], args: dict[str, Any], now: datetime, zone: str = "UTC", **more: Any
) -> list[datetime]:
    """Return the dates of a plan posted then."""
    config = posted(planner, args)
    circumstances = Circumstances(now=now, timezone=zone_named(zone), **{"rng": Random(7), **more})
    return dates(planner, config, circumstances)


def posted(planner: type[PeriodPlanner], args: dict[str, Any]) -> dict[str, Any]:
    """Return the planner's part of a plan, checked as a posted one."""
    config = {"ref": planner.ref, "args": args}
    Draft202012Validator(planner.schema).validate(config)
    planner.check(args)
    return config


def dates(planner: type[PeriodPlanner], config: dict[str, Any], circumstances: Circumstances) -> list[datetime]:
    jobs = planner("some").jobs(config, ATTACK, circumstances)
    assert all((job.name, job.attack) == ("some", ATTACK) for job in jobs)
    return [job.date for job in jobs]


def recurring(
    planner: type[PeriodPlanner], args: dict[str, Any], zone: str, seed: int, days: tuple[date, date] = THREE_YEARS
) -> dict[date, list[datetime]]:
    """Return the dates of each local day, drawn one after the other, as for a recurring plan."""
    at, config, found = zone_named(zone), posted(planner, args), {}
    day, last = days

    def begin() -> datetime:
        return in_zone(datetime.combine(day, time()), at).astimezone(UTC)

    circumstances = Circumstances(now=begin(), rng=Random(seed), timezone=at, since=begin())
    while day < last:
        circumstances = replace(circumstances, now=begin(), day=day)
        found[day] = dates(planner, config, circumstances)
        circumstances = replace(circumstances, previous=found[day][-1] if found[day] else circumstances.previous)
        day += DAY
    return found
