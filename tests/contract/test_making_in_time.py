"""A plan is posted while AWS throttles or does not answer: 503 before API Gateway gives up, and nothing is left."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest

from chalicelib.adapters.aws import timeouts
from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.scheduler.schedules import EventBridgeSchedules
from chalicelib.config.settings import Settings
from chalicelib.runtime.deadline import within
from chalicelib.services import time_limits
from tests.api.client import Client
from tests.contract.builders import HandTimer
from tests.contract.conftest import REGION, empty
from tests.contract.endpoints import EMULATORS
from tests.contract.test_schedules import MADRID, WIDTH, target
from tests.contract.wires import answered, error, unanswered
from tests.support.world import HandClock, World, later, plan_document, world

PLAN = plan_document(*(later(hours=number) for number in range(1, 31)))
EVER = 10**9


@pytest.fixture(params=EMULATORS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def timer() -> Iterator[HandTimer]:
    """What passes of it is what a real request would have taken: it counts for all that is called."""
    timer = HandTimer()
    with within(EVER, timer):
        yield timer


@pytest.fixture
def some(endpoint: str, settings: Settings, timer: HandTimer) -> World:
    """The engine over the table and the schedules, as it is deployed, but that pauses only put the timer forward."""
    clock, group = HandClock(), settings.schedule_group
    backoff = Backoff(sleep=timer.sleep, rng=Random(7))
    store = DynamoStore(settings, clock, endpoint=endpoint, backoff=backoff)
    store.table.rows.create_table(wait=True)
    scheduler = client("scheduler", connections=WIDTH, region=REGION, endpoint=endpoint)
    scheduler.create_schedule_group(Name=group)
    schedules = EventBridgeSchedules(scheduler, target(group), zone=MADRID, width=WIDTH, backoff=backoff)
    return world(clock=clock, store=store, schedules=schedules)  # type: ignore[arg-type]


def scheduler(some: World) -> Any:
    return some.schedules._client  # type: ignore[attr-defined]


def table(some: World) -> Any:
    return some.store.table  # type: ignore[attr-defined]


def left(some: World) -> tuple[int, int]:
    """How many rows there are in the table, and schedules in the group."""
    group = some.schedules._target.group  # type: ignore[attr-defined]
    schedules = scheduler(some).list_schedules(GroupName=group)["Schedules"]
    return len(list(table(some).rows.scan(consistent_read=True))), len(schedules)


THROTTLED = error("ThrottlingException", status=429)


def throttle_puts(request: Any) -> Any:
    """Of the batches those that write, so that what was written can be removed."""
    return THROTTLED(request) if b"PutRequest" in request.body else None


Trouble = Callable[[World, HandTimer], Any]
TROUBLES: dict[str, Trouble] = {
    "schedules are throttled": lambda some, timer: answered(scheduler(some), "CreateSchedule", THROTTLED),
    "rows are throttled": lambda some, timer: answered(table(some).client, "BatchWriteItem", throttle_puts),
    "the plan is throttled": lambda some, timer: answered(table(some).client, "TransactWriteItems", THROTTLED),
    "schedules never answer": lambda some, timer: unanswered(
        scheduler(some),
        "CreateSchedule",
        lambda: timer.sleep(timeouts.REQUEST / WIDTH),  # so many wait at once
    ),
    "the plan never answers": lambda some, timer: unanswered(
        table(some).client, "TransactWriteItems", lambda: timer.sleep(timeouts.REQUEST)
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_what_cannot_be_made_in_time_is_503_and_nothing_is_left(
    some: World, timer: HandTimer, trouble: Trouble
) -> None:
    with trouble(some, timer):
        refused = Client(some).post("/api/1/plans/", PLAN)
    assert refused.status == 503 and refused.headers["retry-after"] == "5"
    assert timer() <= time_limits.POSTING + timeouts.REQUEST
    assert left(some) == (0, 0)
    made = Client(some).post("/api/1/plans/", PLAN)
    assert made.status == 200 and left(some) == (31, 30)


def test_what_may_not_be_scheduled_is_500_for_an_operator_and_nothing_is_left(some: World) -> None:
    with answered(scheduler(some), "CreateSchedule", error("AccessDenied")):
        refused = Client(some).post("/api/1/plans/", PLAN)
    assert refused.status == 500 and "make doctor" in refused["msg"] and "retry-after" not in refused.headers
    assert left(some) == (0, 0)


def test_what_cannot_even_be_undone_in_time_is_503_and_the_sweep_removes_it(some: World, timer: HandTimer) -> None:
    clients = scheduler(some), table(some).client
    with ExitStack() as troubles:
        for each in clients:
            troubles.enter_context(answered(each, "DeleteSchedule", THROTTLED))
            troubles.enter_context(unanswered(each, "UpdateItem", lambda: timer.sleep(timeouts.REQUEST)))
        refused = Client(some).post("/api/1/plans/", PLAN)
    assert refused.status == 503 and timer() <= time_limits.POSTING + timeouts.REQUEST
    assert left(some) == (31, 30)
    assert Client(some).get("/api/1/plans/?all=true")["plans"] == []
    some.clock.advance(seconds=121)
    assert some.sweep.sweep()["erased"] == 1 and left(some) == (0, 0)


def test_a_read_that_is_throttled_without_end_is_429_in_half_the_time(some: World, timer: HandTimer) -> None:
    with answered(table(some).client, "Query", THROTTLED):
        refused = Client(some).get("/api/1/plans/")
    assert refused.status == 429 and refused.headers["retry-after"] == "5"
    assert timer() <= time_limits.READING


def test_a_sweep_that_is_throttled_without_end_gives_up_one_thing_after_the_other(
    some: World, timer: HandTimer
) -> None:
    made = [Client(some).post("/api/1/plans/", plan_document(later(hours=1))) for _ in range(8)]
    with answered(scheduler(some), "DeleteSchedule", error("AccessDenied")):
        for plan in made:
            Client(some).delete(plan.headers["location"])
    began = timer()
    with answered(scheduler(some), "DeleteSchedule", THROTTLED):
        assert some.sweep.sweep()["finalized"] == 0
    assert timer() - began <= 100
    assert some.sweep.sweep()["finalized"] == 8 and left(some)[1] == 0


@pytest.fixture(autouse=True)
def emptied(some: World) -> Iterator[None]:
    yield
    empty(some.store)  # type: ignore[arg-type]
