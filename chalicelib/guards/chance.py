"""``probability``: of so many attacks that are due, only this share is made."""

from chalicelib.guards.moment import Moment


def unlucky(moment: Moment) -> str | None:
    """The roll is below the probability, or there is no attack: 0 never attacks, 1 always does."""
    wanted = moment.guards.probability
    if wanted is None or moment.roll < wanted:
        return None
    if wanted == 0:
        return "the plan's probability is 0: it never attacks"
    return f"the roll was {moment.roll:.4f}, which is not below the plan's probability of {wanted:g}"
