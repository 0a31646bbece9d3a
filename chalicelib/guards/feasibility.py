"""Find the spans in which a plan may attack by its dates: outside freezes and excluded days, inside its windows."""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

from chalicelib.domain.dates import END
from chalicelib.domain.engine_state import Freeze
from chalicelib.domain.hours import whole_day
from chalicelib.domain.zones import with_later_rules
from chalicelib.guards.freeze import freeze_reason
from chalicelib.guards.not_on import day_violation
from chalicelib.guards.spec import PlanGuards
from chalicelib.guards.windows import window_violation

PRECISION = timedelta(seconds=60)
"""EventBridge Scheduler delivers within a minute of the date that it was given."""
_MONTH = timedelta(days=28)


def date_violation(instant: datetime, freezes: Iterable[Freeze], guards: PlanGuards, zone: tzinfo) -> str | None:
    """Return why nothing is attacked at that instant, in the order of the guards; None where the date allows it."""
    return (
        freeze_reason(freezes, instant, zone)
        or day_violation(guards, instant, zone)
        or window_violation(guards, instant)
    )


def first_possible(after: datetime, freezes: Iterable[Freeze], guards: PlanGuards, zone: tzinfo) -> datetime | None:
    """Return the first instant from ``after`` on at which the date allows an attack, None where there is none."""
    freezes, instant = tuple(freezes), after
    while instant < END:
        frozen_until = [freeze.end for freeze in freezes if freeze.holds(instant)]
        if frozen_until:
            instant = max(frozen_until)
        elif day_violation(guards, instant, zone):
            instant = _end_of_day(instant, zone)
        elif window_violation(guards, instant):
            openings = [opening for window in guards.windows if (opening := window.next_open(instant))]
            instant = min(openings) if openings else instant + _MONTH
        else:
            return instant
    return None


def late_violation(due: datetime, freezes: Iterable[Freeze], guards: PlanGuards, zone: tzinfo) -> str | None:
    """Return why an attack that the date allows would be blocked if Scheduler delivered it within its precision, but
    late; None where nothing would.

    Windows and days begin and end with a minute of UTC, so one instant stands for all that are at stake.
    """
    freezes, latest = tuple(freezes), due + PRECISION
    instants = [latest.replace(second=0), *(freeze.start for freeze in freezes if due < freeze.start <= latest)]
    reasons = (date_violation(instant, freezes, guards, zone) for instant in sorted(instants))
    return next((reason for reason in reasons if reason), None)


def _end_of_day(instant: datetime, zone: tzinfo) -> datetime:
    """Return when the local day of that instant ends: clocks that go back over midnight may show it once more."""
    day = instant.astimezone(with_later_rules(zone)).date()
    return next(end for begin, end in whole_day(day, zone) if begin <= instant < end)
