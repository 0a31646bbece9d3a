"""Measure what reading costs with a thousand and a hundred thousand executors stored."""

import os
from datetime import UTC, datetime, timedelta
from random import Random

from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.domain.ids import executor_id, new_plan_id
from chalicelib.domain.model import Executor, Plan, PlanState
from infra.bench.engine import NOWHERE, ask, many
from infra.bench.figures import Rows, timed
from infra.bench.slow_aws import KEYS
from infra.local.bring_up import LOCAL
from infra.local.calls import size
from infra.local.child import RunningEngine

PER_PLAN = 1000
PAGE = 100


def by_number(engine: RunningEngine) -> Rows:
    """Store executors and measure, by their number, reading a page of a hundred and a plan of a thousand.

    ``through the stack`` is the API, ``in process`` the adapter of the same table.
    """
    os.environ.update(KEYS)
    rows = DynamoStore(LOCAL.names, lambda: datetime.now(UTC), region=engine.run["region"], endpoint=engine.run["aws"])
    found: Rows = {}
    rng, api = Random(7), f"{engine.run['api']}/api/1"  # noqa: S311 - the same rows each time
    for number, more in ((1_000, 1_000), (100_000, 99_000)):
        plan_id, *_ = fill(rows, more, rng)
        page, plan = f"/executors/?limit={PAGE}", f"/plans/{plan_id}"
        found[f"{number:,}"] = {
            "a page, through the stack": timed(ask, engine, "GET", page),
            "a page, in process": timed(rows.listings.executors, everything=False, limit=PAGE, after=None),
            "a plan, through the stack": timed(ask, engine, "GET", plan),
            "a plan, in process": timed(rows.plans.load, plan_id),
            "bytes of the page": size(api + page),
            "bytes of the plan": size(api + plan),
        }
    return found


def fill(rows: DynamoStore, executors: int, rng: Random) -> list[str]:
    """Add active plans of a thousand executors to the table alone, a month and more ahead, and return their ids."""
    now, planner = datetime.now(UTC).replace(microsecond=0), many(PER_PLAN)["planner"]
    plan_ids = [new_plan_id(now, rng) for _ in range(executors // PER_PLAN)]
    for days, plan_id in enumerate(plan_ids, start=30):
        dues = tuple(now + timedelta(days=days, minutes=minute) for minute in range(PER_PLAN))
        about = {"attack": NOWHERE, "planner": planner, "state": PlanState.CREATING, "remaining": PER_PLAN}
        plan = Plan(id=plan_id, name="stored", created=now, dues=dues, **about)
        ids = [executor_id(plan_id, index) for index in range(PER_PLAN)]
        its = [Executor(id=each, plan_id=plan_id, name="stored", due=due) for each, due in zip(ids, dues, strict=True)]
        rows.uncommitted.add(plan, its)
        rows.uncommitted.commit(plan_id)
    return plan_ids
