"""A cap under fifty deliveries at once: fifty processes of the deployed attack function, on the deployed table."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
import pytz

from infra.local.child import RunningEngine
from infra.stage.stages import TIMEZONE
from tests.e2e.functions import attack_function_with
from tests.e2e.target import Target, listening
from tests.e2e.wishes import Plans, until

pytestmark = pytest.mark.long

DUE, CAP = 50, 5
AHEAD = 12
"""Seconds in which one plan is made and its schedule taken away, on a machine that is busy."""
UNKNOWN = json.dumps({"executor_id": f"{'0' * 32}-0000", "due": "2090-01-01T00:00:00Z"})
LIMITS = json.dumps({"api_request:ApiRequest": {"max_attacks_per_day": CAP}})


class Invoker:
    """Invokes the attack function from as many threads as there are events, all of them at the same time."""

    def __init__(self, stack: RunningEngine) -> None:
        self._functions = stack.client("lambda", read_timeout=300, max_pool_connections=DUE)
        self._name = stack.run["attack_function"]

    def __call__(self, events: list[str]) -> list[str]:
        """What each is answered: a status, or why it was refused."""
        at_once = Barrier(len(events))

        def invoke(event: str) -> str:
            at_once.wait()
            answer = self._functions.invoke(FunctionName=self._name, Payload=event)
            said = json.loads(answer["Payload"].read())
            assert "FunctionError" not in answer, said
            return str(said.get("status") or said["refused"])

        with ThreadPoolExecutor(len(events)) as threads:
            return list(threads.map(invoke, events))


@pytest.fixture
def target() -> Iterator[Target]:
    with listening() as target:
        target.let_go.set()
        yield target


def taken_away(stack: RunningEngine, executor: dict[str, Any]) -> str:
    """What the executor's schedule would deliver, which it does no more."""
    scheduler, schedule = stack.client("scheduler"), {"Name": executor["id"], "GroupName": stack.run["schedule_group"]}
    event: str = scheduler.get_schedule(**schedule)["Target"]["Input"]
    scheduler.delete_schedule(**schedule)
    return event


def test_of_fifty_that_fall_due_and_are_delivered_at_once_a_cap_of_five_lets_five_attack(
    stack: RunningEngine, plans: Plans, target: Target
) -> None:
    until("this day of the engine has some minutes left", lambda: not almost_midnight(), seconds=400)
    with attack_function_with(stack, ATTACK_LIMITS=LIMITS):
        invoke = Invoker(stack)
        assert set(invoke([UNKNOWN] * DUE)) == {"there is no such executor"}  # fifty processes start, and wait
        executors, events = [], []
        for _ in range(DUE):
            executors.append(plans.post(target.attack, ahead=AHEAD)[1])
            events.append(taken_away(stack, executors[-1]))
        last = max(datetime.fromisoformat(executor["next_run_time"]) for executor in executors)
        until("all are due", lambda: datetime.now(UTC) >= last, seconds=100)
        began = time.monotonic()

        said = invoke(events)

        took = time.monotonic() - began
    assert (said.count("succeeded"), said.count("skipped")) == (CAP, DUE - CAP)
    assert target.hits == CAP
    records = [stack.api("GET", f"/executors/{executor['id']}")[1] for executor in executors]
    assert [record["status"] for record in records] == said
    errors = [record["error"] for record in records if record["status"] == "skipped"]
    reason = f"{CAP} of {CAP} attacks a day were made already (api_request:ApiRequest)"
    assert errors == [{"type": "Limits", "message": reason}] * (DUE - CAP)
    starts = {datetime.fromisoformat(record["started_at"]) for record in records}
    assert (max(starts) - min(starts)).total_seconds() <= took + 1


def almost_midnight() -> bool:
    now = datetime.now(pytz.timezone(TIMEZONE))
    return (now.hour, now.minute) >= (23, 54)
