"""``max_targets``: how many machines one attack may take."""

from chalicelib.guards.context import CannotEvaluate, TargetContext


def too_many_targets(targets: TargetContext) -> str | None:
    limit = targets.guards.max_targets
    if limit is None:
        return None
    if targets.takes is None:
        raise CannotEvaluate("the attack does not say how many machines it takes")
    if targets.takes <= limit:
        return None
    return f"the attack takes {targets.takes} targets, and the plan allows {limit}"
