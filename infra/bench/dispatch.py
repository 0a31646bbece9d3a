"""From the due time to the attack, less the emulator's own sweep: AWS has one of its own."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from infra.bench.figures import Figure, figure
from infra.bench.plans import asked, many, one, post
from infra.bench.target import Target
from infra.local.child import RunningEngine

SOON = timedelta(seconds=2)
CONTAINERS = 8
NOTHING = "{}"
"""An event that is none of ours: the function says so and does nothing."""
TO_MOVE = timedelta(seconds=45)
"""What moving two hundred executors to one instant may take."""


def wake(engine: RunningEngine) -> None:
    """Have the attack function's process started."""
    engine.client("lambda").invoke(FunctionName=engine.run["attack_function"], Payload=NOTHING)


def one_by_one(engine: RunningEngine, target: Target, executors: int) -> None:
    """Have so many executors attack now, one after the other, which is one process's work."""
    function, plan = engine.client("lambda"), post(engine, many(executors, target.attack))
    for executor in asked(engine, "GET", f"/plans/{plan['id']}")["_embedded"]["executors"]:
        due = datetime.fromisoformat(executor["next_run_time"]).astimezone(UTC)
        event = {"executor_id": executor["id"], "due": f"{due:%Y-%m-%dT%H:%M:%SZ}", "now": True}
        function.invoke(FunctionName=engine.run["attack_function"], Payload=json.dumps(event))


def warm(engine: RunningEngine, target: Target, runs: int = 9) -> Figure:
    """Due executors, delivered as Scheduler does it: from the delivery until the target is hit."""
    function = engine.client("lambda")
    waits = []
    for _ in range(runs + 1):
        due = datetime.now(UTC).replace(microsecond=0) + SOON
        plan = post(engine, one(due, target.attack))
        executor = asked(engine, "GET", f"/plans/{plan['id']}")["_embedded"]["executors"][0]
        event = _taken_from_scheduler(engine, executor["id"])
        _until(due)
        with target.awaited() as hit:
            began = time.perf_counter()
            function.invoke(FunctionName=engine.run["attack_function"], InvocationType="Event", Payload=event)
            waits.append((hit() - began) * 1000)
    return figure(waits[1:])  # the first was a cold start


def at_once(engine: RunningEngine, target: Target, executors: int) -> Figure:
    """So many executors due in the same second: how long after it each target was hit.

    They are delivered here, ``CONTAINERS`` at a time. AWS would take a container for each; the emulator would too, and
    start as many Python processes on this machine in the same second.
    """
    plan = post(engine, many(executors, target.attack))
    due = datetime.now(UTC).replace(microsecond=0) + TO_MOVE
    date = {"type": "date", "args": {"date": due.isoformat()}}
    events = []
    for executor in asked(engine, "GET", f"/plans/{plan['id']}")["_embedded"]["executors"]:
        asked(engine, "PUT", f"/executors/{executor['id']}", date)
        events.append(_taken_from_scheduler(engine, executor["id"]))
    function = engine.client("lambda")

    def deliver(event: str) -> None:
        function.invoke(FunctionName=engine.run["attack_function"], Payload=event)

    with ThreadPoolExecutor(CONTAINERS) as pool:
        list(pool.map(deliver, [NOTHING] * CONTAINERS * 4))  # every container is warm
        _until(due)
        with target.awaited() as hit:
            began = time.perf_counter()
            list(pool.map(deliver, events))
            return figure((hit() - began) * 1000 for _ in range(executors))


def _taken_from_scheduler(engine: RunningEngine, executor_id: str) -> str:
    """What the executor's schedule would hand over; it is gone."""
    scheduler, names = engine.client("scheduler"), {"GroupName": engine.run["schedule_group"], "Name": executor_id}
    event: str = scheduler.get_schedule(**names)["Target"]["Input"]
    scheduler.delete_schedule(**names)
    return event


def _until(instant: datetime) -> None:
    time.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds()))
