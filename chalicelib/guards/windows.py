"""Restrict a plan to the hours of its ``windows``. A plan without windows attacks at any hour."""

from datetime import datetime

from chalicelib.domain.hours import DAYS
from chalicelib.domain.zones import with_later_rules
from chalicelib.guards.context import DueContext
from chalicelib.guards.spec import PlanGuards


def outside_windows(context: DueContext) -> str | None:
    return window_violation(context.guards, context.now)


def window_violation(guards: PlanGuards, instant: datetime) -> str | None:
    """Return why the windows hold the attack back at that instant, None where one is open."""
    if not guards.windows or any(window.is_open(instant) for window in guards.windows):
        return None
    zone = guards.windows[0].zone
    local = instant.astimezone(with_later_rules(zone))
    return f"none of the plan's windows is open at {DAYS[local.weekday()]} {local:%H:%M} ({zone})"
