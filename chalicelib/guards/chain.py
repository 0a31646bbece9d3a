"""The guards in their order, and the first of them that holds an attack back.

Cheap before dear, and what stops the whole engine before what a plan asks for; the roll comes after all that would
hold the attack back anyway, and what asks AWS comes last. The second part is asked once the attack has resolved its
targets. The caps of a day come after both, in the store, because they count (``ports.Runs.begin``).
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from chalicelib.guards.alarms import alarmed
from chalicelib.guards.blocked import Blocked
from chalicelib.guards.context import CannotEvaluate, DueContext, Guard, TargetContext, TargetGuard
from chalicelib.guards.freeze import frozen
from chalicelib.guards.halt import halted
from chalicelib.guards.max_targets import too_many_targets
from chalicelib.guards.min_healthy import too_few_left
from chalicelib.guards.not_on import excluded_day
from chalicelib.guards.probability import unlucky
from chalicelib.guards.windows import outside_windows

Observed = TypeVar("Observed", DueContext, TargetContext)


WHEN_DUE: Sequence[tuple[str, Guard]] = (
    ("Halted", halted),
    ("Frozen", frozen),
    ("ExcludedDay", excluded_day),
    ("OutsideWindows", outside_windows),
    ("Probability", unlucky),
    ("Alarm", alarmed),
)
WHEN_RESOLVED: Sequence[tuple[str, TargetGuard]] = (
    ("MaxTargets", too_many_targets),
    ("MinHealthy", too_few_left),
)


def blocked_when_due(context: DueContext) -> Blocked | None:
    """Return the first guard that blocks the attack before its targets are resolved; guards that this version does not
    understand block it too."""
    if held := _first(WHEN_DUE, context):
        return held
    return Blocked("CannotEvaluate", _not_evaluated(context.unclear)) if context.unclear else None


def blocked_when_resolved(targets: TargetContext) -> Blocked | None:
    """Return the first guard that blocks the attack once its targets are known."""
    return _first(WHEN_RESOLVED, targets)


def _first(guards: Sequence[tuple[str, Callable[[Observed], str | None]]], seen: Observed) -> Blocked | None:
    for name, guard in guards:
        try:
            reason = guard(seen)
        except CannotEvaluate as unknown:
            return Blocked(name, _not_evaluated(unknown))
        if reason is not None:
            return Blocked(name, reason)
    return None


def _not_evaluated(what: object) -> str:
    return f"{what}: guards fail closed, so nothing is attacked"
