"""``windows``: the hours in which a plan attacks. Where it names none, all are."""

from datetime import datetime

from chalicelib.guards.moment import Moment
from chalicelib.guards.of_a_plan import DAYS, PlanGuards, Window


def outside_windows(moment: Moment) -> str | None:
    return why_not_then(moment.guards, moment.now)


def why_not_then(guards: PlanGuards, instant: datetime) -> str | None:
    if not guards.windows or any(_open(window, instant) for window in guards.windows):
        return None
    local = instant.astimezone(guards.windows[0].zone)
    return f"none of the plan's windows is open at {DAYS[local.weekday()]} {local:%H:%M} ({guards.windows[0].zone})"


def _open(window: Window, instant: datetime) -> bool:
    local = instant.astimezone(window.zone)
    moment = local.time().replace(tzinfo=None)
    return DAYS[local.weekday()] in window.days and window.start <= moment and (not window.end or moment < window.end)
