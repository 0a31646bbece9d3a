"""When a plan could attack, as far as dates decide it: outside of freezes and excluded days, inside of its windows."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo

from chalicelib.control import Freeze
from chalicelib.dates import END, in_zone
from chalicelib.guards.days import why_not_that_day
from chalicelib.guards.frozen import why_frozen
from chalicelib.guards.of_a_plan import DAYS, PlanGuards, Window
from chalicelib.guards.windows import why_not_then

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


def why_not_at(instant: datetime, freezes: Iterable[Freeze], guards: PlanGuards, zone: tzinfo) -> str | None:
    """Why nothing is attacked at that instant, in the order of the guards; None where the date allows it."""
    return (
        why_frozen(freezes, instant, zone) or why_not_that_day(guards, instant, zone) or why_not_then(guards, instant)
    )


def first_possible(after: datetime, freezes: Iterable[Freeze], guards: PlanGuards, zone: tzinfo) -> datetime | None:
    """The first instant from ``after`` on at which the date allows an attack, None where there is none to be found."""
    freezes, instant = tuple(freezes), after
    while instant < END:
        frozen_until = [freeze.end for freeze in freezes if freeze.holds(instant)]
        if frozen_until:
            instant = max(frozen_until)
        elif why_not_that_day(guards, instant, zone):
            instant = _midnight(instant, zone)
        elif why_not_then(guards, instant):
            instant = min(_opens(window, instant) for window in guards.windows)
        else:
            return instant
    return None


def _midnight(instant: datetime, zone: tzinfo) -> datetime:
    """The next midnight of the zone, or at least a minute later: clocks that go back over midnight give a day back."""
    midnight = in_zone(datetime.combine(instant.astimezone(zone).date() + _DAY, time()), zone)
    return max(midnight.astimezone(instant.tzinfo), instant + _MINUTE)


def _opens(window: Window, instant: datetime) -> datetime:
    """When the window opens next: within a week, and a day for the clocks' changes."""
    today = instant.astimezone(window.zone).date()
    days = [day for day in (today + number * _DAY for number in range(9)) if DAYS[day.weekday()] in window.days]
    openings = [in_zone(datetime.combine(day, window.start), window.zone).astimezone(instant.tzinfo) for day in days]
    return next(opening for opening in openings if opening > instant)
