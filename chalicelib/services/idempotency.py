"""Answer a request that comes again with the same idempotency key.

The key is written with the plan's first row, and erased with it. So where there is a key there is its plan, and the
plan's state says whether the first request has succeeded, is under way, or has died.
"""

from datetime import datetime

from chalicelib.domain.errors import IdempotencyKeyReused, KeySpent, PlanIsBeingMade
from chalicelib.domain.idempotency_key import RequestKey
from chalicelib.domain.ids import executor_id
from chalicelib.domain.model import Plan, PlanState
from chalicelib.ports.plans import IdempotencyKeys, UncommittedPlans
from chalicelib.ports.services import Schedules
from chalicelib.runtime.deadline import SURELY_DEAD


def made_before(
    key: RequestKey, keys: IdempotencyKeys, uncommitted: UncommittedPlans, schedules: Schedules, now: datetime
) -> Plan | None:
    """Return the plan that was made with the key, as it is now; None where the key is free.

    This removes what a request that died half way has left: its client is the one who asks again. Raises
    ``IdempotencyKeyReused``, ``KeySpent`` where the plan was deleted, ``PlanIsBeingMade``, ``Unavailable``.
    """
    made = keys.made_with(key.id)
    if made is None:
        return None
    if made.body != key.body:
        raise IdempotencyKeyReused
    plan = made.plan
    if plan is None or plan.state is PlanState.DELETED:
        raise KeySpent
    if plan.state is PlanState.ACTIVE:
        return plan
    if now - plan.created <= SURELY_DEAD:
        raise PlanIsBeingMade
    if not uncommitted.begin_erasing(plan.id):
        raise PlanIsBeingMade  # it was committed, or swept, in between
    schedules.drop_all(executor_id(plan.id, number) for number in range(plan.total))
    uncommitted.erase(plan.id)
    return None
