"""Find the attacks of a plan that exceed the stage's limits by their dates alone. Pure.

The attacks of other plans count too once they are due, and are unknown beforehand: the limits may skip more attacks
than are found here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo

from chalicelib.domain.engine_state import Limit
from chalicelib.domain.limits import Counted, limit_violation
from chalicelib.domain.model import Executor


def over_limit(attacks: Iterable[tuple[Executor, Sequence[Limit]]], zone: tzinfo) -> dict[str, str]:
    """Return the reason by executor id, given each attack with its limits; a day is one of the engine's ``zone``."""
    made: Counter[tuple[str, date]] = Counter()
    last: dict[str, datetime] = {}
    held: dict[str, str] = {}
    for executor, limits in sorted(attacks, key=lambda attack: attack[0].position):
        day = executor.due.astimezone(zone).date()
        reasons = (
            limit_violation(limit, Counted(made[limit.scope, day], last.get(limit.scope)), executor.due)
            for limit in limits
        )
        if reason := next(filter(None, reasons), None):
            held[executor.id] = reason
            continue
        for limit in limits:
            made[limit.scope, day] += 1
            last[limit.scope] = executor.due
    return held
