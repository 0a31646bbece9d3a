"""What a sweep with nothing to do costs: it comes every five minutes, for as long as the stage is there."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.events import event_bus
from chalicelib.adapters.scheduler.schedules import EventBridgeSchedules
from chalicelib.config.settings import Settings
from chalicelib.repair.sweep import Sweep
from tests.contract.builders import DONE, MINUTE, NOW, SetClock, no_pause
from tests.contract.conftest import REGION, dynamo
from tests.contract.endpoints import EMULATORS
from tests.contract.test_executor_store import active
from tests.contract.test_schedules import target
from tests.contract.wires import counted

NOTHING = {"erased": 0, "finalized": 0, "ended": 0, "expedited": 0, "synced": 0, "failed": 0, "broken": 0}


class Swept:
    """The sweep over the adapters that it has on AWS, and what it asks of each service."""

    def __init__(self, endpoint: str, settings: Settings, clock: SetClock) -> None:
        self.store: DynamoStore = dynamo(settings, clock, endpoint)
        scheduler = client("scheduler", connections=1, region=REGION, endpoint=endpoint)
        scheduler.create_schedule_group(Name=settings.schedule_group)
        bus = event_bus.connect(region=REGION, endpoint=endpoint)
        self._clients = {"dynamodb": self.store.table.client, "scheduler": scheduler, "events": bus}
        backoff = Backoff(tries=3, sleep=no_pause, rng=Random(7))
        self.sweep = Sweep(
            settings=settings,
            plans=self.store.plans,
            uncommitted=self.store.uncommitted,
            executors=self.store.executors,
            runs=self.store.runs,
            unfinished=self.store.unfinished,
            controls=self.store.controls,
            schedules=EventBridgeSchedules(
                scheduler, target(settings.schedule_group), zone=settings.timezone, width=1, backoff=backoff
            ),
            publisher=event_bus.EventBridgePublisher(lambda: bus, settings.stage),
            clock=clock,
        )

    def cost(self) -> tuple[dict[str, int], dict[str, Counter[str]]]:
        """What it did, and the requests it sent, by service."""
        dynamodb, scheduler, events = (counted(each) for each in self._clients.values())
        with dynamodb as of_table, scheduler as of_schedules, events as of_bus:
            done = self.sweep.sweep()
        return done, {"dynamodb": of_table, "scheduler": of_schedules, "events": of_bus}


@pytest.fixture(params=EMULATORS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def swept(endpoint: str, settings: Settings, clock: SetClock) -> Swept:
    return Swept(endpoint, settings, clock)


def test_a_sweep_with_nothing_to_do_sends_four_queries_and_a_read_and_nothing_else(
    swept: Swept, clock: SetClock
) -> None:
    idle: dict[str, Any] = {
        "dynamodb": Counter(Query=4, BatchGetItem=1),
        "scheduler": Counter(),
        "events": Counter(),
    }
    assert swept.cost() == (NOTHING, idle)
    _, executors = active(swept.store, 30)
    for executor in executors[:10]:
        swept.store.runs.end(executor, DONE, NOW)
    deleted, _ = active(swept.store, 3)
    swept.store.plans.soft_delete(deleted.id, NOW)
    swept.store.plans.finalize_deletion(deleted.id, NOW)
    clock.now = executors[10].due - MINUTE
    assert swept.cost() == (NOTHING, idle), "whatever is on record and to come"


def test_what_it_sends_beyond_that_is_for_what_it_repairs(swept: Swept, clock: SetClock) -> None:
    _, (executor, _) = active(swept.store, 2)
    clock.now = executor.due + timedelta(seconds=901)
    done, requests = swept.cost()
    assert done["ended"] and requests["dynamodb"]["TransactWriteItems"] == done["ended"]
    assert requests["events"] == Counter(PutEvents=1)
    assert requests["dynamodb"]["Query"] == 4
