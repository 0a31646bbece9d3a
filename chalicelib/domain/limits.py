"""Decide whether a limit allows one attack more, whatever store counts them."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.engine_state import Limit


@dataclass(frozen=True, slots=True)
class Counted:
    """The count under a limit: the attacks of the day, and the begin of the last one of any day."""

    today: int
    last: datetime | None


def limit_violation(limit: Limit, counted: Counted, at: datetime) -> str | None:
    """Return why an attack at that instant is one too many, or too soon; None where the limit allows it."""
    if limit.per_day is not None and counted.today >= limit.per_day:
        return f"{counted.today} of {limit.per_day} attacks a day were made already ({limit.scope})"
    if limit.gap is not None and counted.last is not None and at - counted.last < limit.gap:
        minutes = limit.gap.total_seconds() / 60
        return (
            f"the last attack began {int((at - counted.last).total_seconds())} seconds before,"
            f" and {minutes:g} minutes are to lie between two ({limit.scope})"
        )
    return None
