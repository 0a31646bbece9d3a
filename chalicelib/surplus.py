"""Which of a plan's attacks are too many, or too close, for the caps of the stage, by their dates alone: pure.

What other plans will have attacked by then counts too when they are due, and is not known beforehand: more of them may
be held back than is told here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo

from chalicelib.capping import Counted, why_not
from chalicelib.control import Limit
from chalicelib.model import Executor


def surplus(attacks: Iterable[tuple[Executor, Sequence[Limit]]], zone: tzinfo) -> dict[str, str]:
    """Why by executor id, given each attack with the limits that count it; a day is one of the engine's ``zone``."""
    made: Counter[tuple[str, date]] = Counter()
    last: dict[str, datetime] = {}
    held: dict[str, str] = {}
    for executor, limits in sorted(attacks, key=lambda attack: attack[0].position):
        day = executor.due.astimezone(zone).date()
        reasons = (
            why_not(limit, Counted(made[limit.scope, day], last.get(limit.scope)), executor.due) for limit in limits
        )
        if reason := next(filter(None, reasons), None):
            held[executor.id] = reason
            continue
        for limit in limits:
            made[limit.scope, day] += 1
            last[limit.scope] = executor.due
    return held
