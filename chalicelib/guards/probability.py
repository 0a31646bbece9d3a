"""``probability``: of so many attacks that are due, only this share is made."""

from chalicelib.guards.context import DueContext


def unlucky(context: DueContext) -> str | None:
    """Return why the roll allows no attack; None where it is below the probability: 0 never attacks, 1 always does."""
    wanted = context.guards.probability
    if wanted is None or context.roll < wanted:
        return None
    if wanted == 0:
        return "the plan's probability is 0: it never attacks"
    return f"the roll was {context.roll:.4f}, which is not below the plan's probability of {wanted:g}"
