"""``min_healthy``: how many of the candidates must still run once the attack has taken its own."""

from math import ceil

from chalicelib.guards.context import CannotEvaluate, TargetContext


def too_few_left(targets: TargetContext) -> str | None:
    """Return why too few machines would be left running; None where enough are.

    A percentage is of all candidates, rounded up: half of three is two. A machine that does not run is not healthy. The
    attack may choose any that runs.
    """
    guards = targets.guards
    if guards.min_healthy is None and guards.min_healthy_percent is None:
        return None
    if targets.candidates is None:
        raise CannotEvaluate("the attack does not say what it may choose from, so how many stay healthy is not known")
    if targets.takes is None:
        raise CannotEvaluate("the attack does not say how many machines it takes")
    wanted = guards.min_healthy
    if guards.min_healthy_percent is not None:
        wanted = ceil(targets.candidates * guards.min_healthy_percent / 100)
    left = targets.running - min(targets.takes, targets.running)
    if wanted is None or left >= wanted:
        return None
    run = "" if targets.running == targets.candidates else f", of which {targets.running} run,"
    return f"of {targets.candidates} candidates{run} {left} would be left, and {wanted} must stay healthy"
