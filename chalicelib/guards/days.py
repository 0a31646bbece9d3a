"""``not_on``: dates of the engine's zone on which a plan does not attack."""

from datetime import datetime, tzinfo

from chalicelib.guards.moment import Moment
from chalicelib.guards.of_a_plan import PlanGuards


def excluded_day(moment: Moment) -> str | None:
    return why_not_that_day(moment.guards, moment.now, moment.zone)


def why_not_that_day(guards: PlanGuards, instant: datetime, zone: tzinfo) -> str | None:
    day = instant.astimezone(zone).date()
    return f"the plan does not attack on {day}" if day in guards.not_on else None
