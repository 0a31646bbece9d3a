"""The guards in their order, and the first of them that holds an attack back.

Cheap before dear, and what stops the whole engine before what a plan asks for; the roll comes after all that would
hold the attack back anyway, and what asks AWS comes last. The second part is asked once the attack has resolved its
targets. The caps of a day come after both, in the store, because they count (``ports.Runs.begin``).
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from chalicelib.guards.alarms import alarmed
from chalicelib.guards.chance import unlucky
from chalicelib.guards.days import excluded_day
from chalicelib.guards.frozen import frozen
from chalicelib.guards.halted import halted
from chalicelib.guards.healthy import too_few_left
from chalicelib.guards.held import Held
from chalicelib.guards.moment import Aim, AimGuard, CannotTell, Guard, Moment
from chalicelib.guards.several import too_many_targets
from chalicelib.guards.windows import outside_windows

Seen = TypeVar("Seen", Moment, Aim)


WHEN_DUE: Sequence[tuple[str, Guard]] = (
    ("Halted", halted),
    ("Frozen", frozen),
    ("ExcludedDay", excluded_day),
    ("OutsideWindows", outside_windows),
    ("Probability", unlucky),
    ("Alarm", alarmed),
)
WHEN_AIMED: Sequence[tuple[str, AimGuard]] = (
    ("MaxTargets", too_many_targets),
    ("MinHealthy", too_few_left),
)


def held_when_due(moment: Moment) -> Held | None:
    """The first guard that holds the attack back before its targets are resolved; guards that are not understood do
    it together."""
    if held := _first(WHEN_DUE, moment):
        return held
    return Held("CannotTell", _untold(moment.unclear)) if moment.unclear else None


def held_when_aimed(aim: Aim) -> Held | None:
    """The first guard that holds the attack back once its targets are known."""
    return _first(WHEN_AIMED, aim)


def _first(guards: Sequence[tuple[str, Callable[[Seen], str | None]]], seen: Seen) -> Held | None:
    for name, guard in guards:
        try:
            reason = guard(seen)
        except CannotTell as unknown:
            return Held(name, _untold(unknown))
        if reason is not None:
            return Held(name, reason)
    return None


def _untold(what: object) -> str:
    return f"{what}: what cannot be told is not attacked"
