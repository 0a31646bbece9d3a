"""``max_targets``: how many machines one attack may take."""

from chalicelib.guards.moment import Aim, CannotTell


def too_many_targets(aim: Aim) -> str | None:
    limit = aim.guards.max_targets
    if limit is None:
        return None
    if aim.takes is None:
        raise CannotTell("the attack does not say how many machines it takes")
    if aim.takes <= limit:
        return None
    return f"the attack takes {aim.takes} targets, and the plan allows {limit}"
