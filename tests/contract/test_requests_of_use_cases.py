"""What a whole use case costs in requests, whatever it makes them for: on AWS that is its time and its money."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from math import ceil
from typing import Any

import pytest

from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.resolver import LambdaResolver
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.events import event_bus
from chalicelib.adapters.scheduler.schedules import EventBridgeSchedules
from chalicelib.config.settings import Settings
from chalicelib.domain.delivery import Delivery
from chalicelib.domain.model import Status
from infra.cost import OPERATIONS
from tests.contract.conftest import REGION
from tests.contract.test_resolver import function as resolve_function
from tests.contract.test_schedules import MADRID, WIDTH, target
from tests.contract.wires import counted
from tests.support.world import HandClock, World, later, plan_document, world


@dataclass(frozen=True, slots=True)
class Counting:
    """The engine over its real adapters, and every client that it has."""

    world: World
    clients: tuple[Any, ...]

    def cost(self, use: Callable[[], Any]) -> Counter[str]:
        """The requests of the use, by operation."""
        with ExitStack() as counters:
            counts = [counters.enter_context(counted(client)) for client in self.clients]
            use()
        return sum(counts, Counter())


@pytest.fixture
def counting(moto_endpoint: str, settings: Settings) -> Counting:
    clock = HandClock()
    store = DynamoStore(settings, clock, endpoint=moto_endpoint)
    store.table.rows.create_table(wait=True)
    scheduler = client("scheduler", connections=WIDTH, region=REGION, endpoint=moto_endpoint)
    scheduler.create_schedule_group(Name=settings.schedule_group)
    bus = event_bus.connect(region=REGION, endpoint=moto_endpoint)
    functions = client("lambda", connections=1, region=REGION)
    functions.meta.events.register("before-send.lambda.Invoke", lambda request, **_: resolve_function(request))
    some = world(
        clock=clock,
        store=store,  # type: ignore[arg-type]
        schedules=EventBridgeSchedules(  # type: ignore[arg-type]
            scheduler, target(settings.schedule_group), zone=MADRID, width=WIDTH
        ),
        publisher=event_bus.EventBridgePublisher(lambda: bus, settings.stage),
        resolver=LambdaResolver(functions, "chaosmonkey-test-resolve"),
    )
    return Counting(some, (store.table.client, scheduler, bus, functions))


@pytest.mark.parametrize("size", [1, 10, 24, 25, 49, 50, 100])
def test_a_plan_costs_a_schedule_each_a_write_for_25_rows_and_three_more(counting: Counting, size: int) -> None:
    """The engine's state is read, the plan is committed, its event is published. The attack picks no machine."""
    document = plan_document(*(later(hours=1, seconds=number) for number in range(size)))
    requests = counting.cost(lambda: counting.world.creation.create(document))
    assert requests.pop("CreateSchedule") == size
    writes = requests.pop("TransactWriteItems") + requests.pop("BatchWriteItem", 0)
    assert writes == ceil((size + 1) / 25)
    assert requests == Counter(BatchGetItem=1, UpdateItem=1, PutEvents=1)


HERD = {"ref": "herd:Herd", "args": {"size": 3}}


@pytest.mark.parametrize(
    ("given", "more"),
    [
        ({"attack": HERD}, {"Invoke": 1}),
        ({"attack": HERD, "guards": {"min_healthy": 1}}, {"Invoke": 1}),
        ({}, {}),
    ],
    ids=["picks a machine", "and counts them", "picks none"],
)
def test_a_plan_whose_attack_picks_a_machine_costs_a_look_at_them_more(
    counting: Counting, given: dict[str, Any], more: dict[str, int]
) -> None:
    document = {**plan_document(later(hours=1)), **given}
    requests = counting.cost(lambda: counting.world.creation.create(document))
    usual = Counter(BatchGetItem=1, TransactWriteItems=1, CreateSchedule=1, UpdateItem=1, PutEvents=1)
    assert requests == usual + Counter(more)


def test_a_clone_costs_a_read_more_than_a_plan(counting: Counting) -> None:
    plan = counting.world.creation.create(plan_document(later(hours=1)))
    requests = counting.cost(lambda: counting.world.creation.clone(plan.id))
    usual = Counter(BatchGetItem=1, TransactWriteItems=1, CreateSchedule=1, UpdateItem=1, PutEvents=1)
    assert requests == usual + Counter(Query=1)


def test_a_plan_is_deleted_for_a_schedule_each_a_write_for_25_rows_and_five_more(counting: Counting) -> None:
    plan = counting.world.creation.create(plan_document(*(later(hours=number) for number in range(1, 31))))
    requests = counting.cost(lambda: counting.world.plans.delete(plan.id))
    assert requests == Counter(DeleteSchedule=30, BatchWriteItem=2, UpdateItem=2, Query=2, PutEvents=1)


def test_reading_and_listing_cost_one_request_each(counting: Counting) -> None:
    world = counting.world
    plan = world.creation.create(plan_document(*(later(hours=number) for number in range(1, 31))))
    assert counting.cost(lambda: world.plans.get(plan.id)) == Counter(Query=1)
    assert counting.cost(lambda: world.plans.list(everything=True, limit=100, after=None)) == Counter(Query=1)
    assert counting.cost(lambda: world.executors.list(everything=True, limit=100, after=None)) == Counter(Query=1)


@pytest.mark.parametrize("size", [1, 10, 24])
def test_the_bill_on_paper_counts_what_is_sent(counting: Counting, size: int) -> None:
    """docs/internals/cost.md: each operation that it knows."""
    world, sent = counting.world, {}
    document = plan_document(*(later(minutes=minute) for minute in range(1, size + 1)), attack=HERD)
    sent["make a plan"] = counting.cost(lambda: world.creation.create(document))
    plan, (first, *_) = world.plans.get(world.plans.list(everything=True, limit=1, after=None).items[0].id)
    due = Delivery(executor_id=first.id, due=first.due, request_id="request-1", seconds=300)
    sent["read a plan"] = counting.cost(lambda: world.plans.get(plan.id))
    counting.world.clock.now = first.due
    sent["attack"] = counting.cost(lambda: counting.world.execution.execute(due))
    sent["read an executor"] = counting.cost(lambda: world.executors.get(first.id))
    sent["list a page"] = counting.cost(lambda: world.executors.list(everything=True, limit=100, after=None))
    sent["sweep, nothing to do"] = counting.cost(counting.world.sweep.sweep)
    assert sent == {name: operation.sent(size) for name, operation in OPERATIONS.items()}
    assert world.executors.get(first.id).status is Status.SUCCEEDED
