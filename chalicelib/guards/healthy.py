"""``min_healthy``: how many of the candidates must still run once the attack has taken its own."""

from math import ceil

from chalicelib.guards.moment import Aim, CannotTell


def too_few_left(aim: Aim) -> str | None:
    """A percentage is of the candidates there are, and rounded up: half of three is two. What does not run is not
    healthy, and the attack may choose what does."""
    guards = aim.guards
    if guards.min_healthy is None and guards.min_healthy_percent is None:
        return None
    if aim.candidates is None:
        raise CannotTell("the attack does not say what it may choose from, so how many stay healthy is not known")
    if aim.takes is None:
        raise CannotTell("the attack does not say how many machines it takes")
    wanted = guards.min_healthy
    if guards.min_healthy_percent is not None:
        wanted = ceil(aim.candidates * guards.min_healthy_percent / 100)
    left = aim.running - min(aim.takes, aim.running)
    if wanted is None or left >= wanted:
        return None
    run = "" if aim.running == aim.candidates else f", of which {aim.running} run,"
    return f"of {aim.candidates} candidates{run} {left} would be left, and {wanted} must stay healthy"
