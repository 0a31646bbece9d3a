"""A request that comes again under the same key: the plan it made, or the way free to make it.

The key is written with the plan's first row and goes with the plan, should it be undone. So whoever finds the key finds
the plan, and in the plan's state whether the first request is through, on its way, or dead.
"""

from datetime import datetime

from chalicelib.budget import SURELY_DEAD
from chalicelib.errors import KeyOfAnotherBody, KeySpent, PlanIsBeingMade
from chalicelib.ids import executor_id
from chalicelib.model import Plan, PlanState
from chalicelib.ports.services import Schedules
from chalicelib.ports.stores import PlanStore
from chalicelib.request_key import RequestKey


def made_before(key: RequestKey, plans: PlanStore, schedules: Schedules, now: datetime) -> Plan | None:
    """The plan that was made with the key, as it is now; None where the key is free.

    What is left of a request that died half way is removed here: its client is the one who asks again. Raises
    ``KeyOfAnotherBody``, ``KeySpent`` where the plan was deleted, ``PlanIsBeingMade``, ``Unavailable``.
    """
    made = plans.made_with(key.id)
    if made is None:
        return None
    if made.body != key.body:
        raise KeyOfAnotherBody
    plan = made.plan
    if plan is None or plan.state is PlanState.DELETED:
        raise KeySpent
    if plan.state is PlanState.ACTIVE:
        return plan
    if now - plan.created <= SURELY_DEAD:
        raise PlanIsBeingMade
    if not plans.begin_erasing(plan.id):
        raise PlanIsBeingMade  # it was committed, or swept, in between
    schedules.drop_all(executor_id(plan.id, number) for number in range(plan.total))
    plans.erase(plan.id)
    return None
