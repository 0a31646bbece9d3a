"""Compute the dates of a cron expression, in a time zone.

cronsim reads and matches the five fields, as Debian's cron does. A fixed hour that comes twice when clocks change
matches once, one that clocks skip matches at the end of the gap, and a field that begins with ``*`` goes by elapsed
time.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from chalicelib.domain.dates import END
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault
from chalicelib.domain.zones import with_later_rules

if TYPE_CHECKING:
    from cronsim import CronSim

ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""The short forms of crontab(5), which cronsim does not read. ``@reboot`` is no date."""
LONGEST = 256
_ACCEPTED = (
    "give five fields: minute 0-59, hour 0-23, day of the month 1-31, L or LW, month 1-12 or JAN-DEC, day of the week"
    " 0-7 or SUN-SAT, also 5L and 1#2; or @hourly, @daily, @weekly, @monthly or @yearly"
)
_FIELDS = 5


def check_cron(expression: str) -> None:
    """Raise ``InvalidRequest`` for an expression that is none, or that matches no date within fifty years."""
    next(_simulated(expression, datetime(2026, 1, 1, tzinfo=UTC)))


def cron_dates(expression: str, after: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the dates (UTC) after that instant which the expression matches on a clock of the zone, without end.

    Raises ``InvalidRequest`` as ``check_cron`` does.
    """
    zone = with_later_rules(zone)
    local = after.astimezone(getattr(zone, "rules", zone))
    for match in _simulated(expression, local):
        when = match.astimezone(UTC)
        if when >= END:
            return
        if when > after:  # clocks that went back may show the hour of ``after`` again
            yield when


def explained(expression: str) -> str:
    """Return what the expression says, in words. Raises ``InvalidRequest``."""
    return str(_read(expression, datetime(2026, 1, 1, tzinfo=UTC)).explain())


def _simulated(expression: str, after: datetime) -> Iterator[datetime]:
    simulation = _read(expression, after)
    first = next(simulation, None)
    if first is None:
        raise _refused("matches no date within fifty years")
    yield first
    yield from simulation


def _read(expression: str, after: datetime) -> "CronSim":
    from cronsim import CronSim, CronSimError  # only plans by cron need it

    written = ALIASES.get(expression.strip().lower(), expression)
    if len(expression) > LONGEST:
        raise _refused(f"has more than {LONGEST} characters")
    if len(written.split()) != _FIELDS:
        raise _refused(f"has {len(written.split())} fields")
    try:
        return CronSim(written, after)
    except CronSimError as error:
        raise _refused(f"has a {str(error).lower()}") from None


def _refused(reason: str) -> InvalidRequest:
    message = f"the expression {reason}"
    return InvalidRequest(message, (Fault("$", message, _ACCEPTED),))
