"""Measure attacks until they reach their target, without the emulator's poll of its schedules: AWS has another."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from infra.bench.engine import ask, many, post
from infra.bench.figures import Figure, Rows, clocked, figure
from infra.bench.server import Target, listening
from infra.local.child import RunningEngine

AT_ONCE = 200
CONTAINERS = 8
NOTHING = "{}"  # an event that is none of ours: the function reports it and does nothing


def running(engine: RunningEngine, runs: int = 9) -> Rows:
    """Measure running an executor now, delivering one that is due, and delivering many that are due at once."""
    answered, reached = [], []
    with listening() as target:
        for _ in range(runs):
            _, [executor] = post(engine, many(1, target.attack))
            began = time.perf_counter()
            answered.append(clocked(ask, engine, "POST", f"/executors/{executor['id']}/run")[0])
            reached.append(target.wait(began))
        return {
            "run": {"ms": figure(answered)},
            "run, until the target is hit": {"ms": figure(reached)},
            "delivered until the target is hit, warm": {"ms": warm(engine, target, runs)},
            f"{AT_ONCE} due in the same second: until the target is hit": {"ms": _at_once(engine, target)},
        }


def warm(engine: RunningEngine, target: Target, runs: int) -> Figure:
    """Deliver due executors as Scheduler does, and measure from the delivery until the target is hit."""
    deliver, waits = deliverer(engine, "Event"), []
    for _ in range(runs + 1):
        [event] = _due_events(engine, target, 1, timedelta(seconds=2))
        began = time.perf_counter()
        deliver(event)
        waits.append(target.wait(began))
    return figure(waits[1:])  # the first was a cold start


def _at_once(engine: RunningEngine, target: Target) -> Figure:
    """Deliver executors that are due in the same second, and measure when the target is hit for each.

    ``CONTAINERS`` work at a time. AWS would take a container for each, and this machine has no room for that.
    """
    deliver = deliverer(engine)
    with ThreadPoolExecutor(CONTAINERS) as pool:
        list(pool.map(deliver, [NOTHING] * CONTAINERS * 4))  # every container is warm
        events = _due_events(engine, target, AT_ONCE, timedelta(seconds=45))
        began = time.perf_counter()
        list(pool.map(deliver, events))
    return figure(target.wait(began) for _ in events)


def one_by_one(engine: RunningEngine, target: Target, executors: int) -> None:
    """Have so many executors attack now, one after the other, so that one process does it all."""
    deliver = deliverer(engine)
    for executor in post(engine, many(executors, target.attack))[1]:
        due = datetime.fromisoformat(executor["next_run_time"]).astimezone(UTC)
        deliver(json.dumps({"executor_id": executor["id"], "due": f"{due:%Y-%m-%dT%H:%M:%SZ}", "now": True}))


def deliverer(engine: RunningEngine, kind: str = "RequestResponse") -> Callable[[str], object]:
    """Return a function that delivers an event to the attack function, and waits unless ``kind`` is Event."""
    invoke, name = engine.client("lambda").invoke, engine.run["attack_function"]
    return lambda event: invoke(FunctionName=name, InvocationType=kind, Payload=event)


def _due_events(engine: RunningEngine, target: Target, executors: int, ahead: timedelta) -> list[str]:
    """Create executors that are due in one second, wait for it, and return the events that Scheduler would deliver."""
    due = datetime.now(UTC).replace(microsecond=0) + ahead
    scheduler, group, events = engine.client("scheduler"), engine.run["schedule_group"], []
    for executor in post(engine, many(executors, target.attack))[1]:
        ask(engine, "PUT", f"/executors/{executor['id']}", {"type": "date", "args": {"date": due.isoformat()}})
        schedule = {"GroupName": group, "Name": executor["id"]}
        events.append(scheduler.get_schedule(**schedule)["Target"]["Input"])
        scheduler.delete_schedule(**schedule)
    time.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))
    return events
