"""What reading costs with a thousand and a hundred thousand executors stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytz

from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.ids import executor_id, new_plan_id
from chalicelib.model import Executor, Plan, PlanState
from infra.bench.figures import Figure, timed
from infra.bench.plans import NOWHERE, asked
from infra.local.calls import size
from infra.local.child import RunningEngine
from infra.stages import TIMEZONE, stage

PER_PLAN = 1000
PAGE = 100
READS = 7


def store(engine: RunningEngine) -> DynamoStore:
    """The deployed engine's table, in this process: whose credentials it takes is for the environment to say."""
    settings = replace(stage("local").names, timezone=pytz.timezone(TIMEZONE))
    return DynamoStore(settings, lambda: datetime.now(UTC), region=engine.run["region"], endpoint=engine.run["aws"])


def fill(rows: DynamoStore, executors: int, rng: Random) -> list[str]:
    """Active plans of a thousand executors each, in the table alone; their ids."""
    made = [_plan(number, rng) for number in range(executors // PER_PLAN)]
    for plan, its in made:
        rows.add(plan, its)
        rows.commit(plan.id)
    return [plan.id for plan, _ in made]


def reads(engine: RunningEngine, rows: DynamoStore, plan_id: str) -> dict[str, Figure]:
    """A page of a hundred executors, and a plan of a thousand: through the stack, and in this process."""
    return {
        "a page, through the stack": timed(lambda: asked(engine, "GET", f"/executors/?limit={PAGE}"), READS),
        "a page, in process": timed(lambda: rows.executors(everything=False, limit=PAGE, after=None), READS),
        "a plan, through the stack": timed(lambda: asked(engine, "GET", f"/plans/{plan_id}"), READS),
        "a plan, in process": timed(lambda: rows.load(plan_id), READS),
    }


def sizes(engine: RunningEngine, plan_id: str) -> dict[str, int]:
    """The bytes of what a client is sent."""
    paths = {"page": f"/executors/?limit={PAGE}", "plan": f"/plans/{plan_id}"}
    return {name: size(f"{engine.run['api']}/api/1{path}") for name, path in paths.items()}


def _plan(number: int, rng: Random) -> tuple[Plan, list[Executor]]:
    """Dates a month and more ahead, a minute apart: nothing of it is scheduled, and nothing falls due."""
    now = datetime.now(UTC).replace(microsecond=0)
    plan_id, begin = new_plan_id(now, rng), now + timedelta(days=30 + number)
    dues = tuple(begin + timedelta(minutes=minute) for minute in range(PER_PLAN))
    planner = {"ref": "simple_planner:SimplePlanner", "args": {"min_time": "00:00", "max_time": "23:59", "times": 1000}}
    plan = Plan(
        id=plan_id,
        name=f"stored {number}",
        created=now,
        attack=NOWHERE,
        planner=planner,
        state=PlanState.CREATING,
        dues=dues,
        remaining=PER_PLAN,
    )
    return plan, [
        Executor(id=executor_id(plan_id, index), plan_id=plan_id, name="stored", due=due)
        for index, due in enumerate(dues)
    ]
