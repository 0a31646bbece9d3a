"""``not_on``: dates of the engine's zone on which a plan does not attack."""

from datetime import datetime, tzinfo

from chalicelib.domain.zones import with_later_rules
from chalicelib.guards.context import DueContext
from chalicelib.guards.spec import PlanGuards


def excluded_day(context: DueContext) -> str | None:
    return day_violation(context.guards, context.now, context.zone)


def day_violation(guards: PlanGuards, instant: datetime, zone: tzinfo) -> str | None:
    """Return why the plan does not attack on the day of that instant, None where it does."""
    day = instant.astimezone(with_later_rules(zone)).date()
    return f"the plan does not attack on {day}" if day in guards.not_on else None
