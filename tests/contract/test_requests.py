"""What each operation costs in requests: money and time on AWS, so the numbers are exact."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.model import Executor, Plan
from chalicelib.settings import Settings
from tests.contract.builders import DONE, MINUTE, NOW, SetClock, draft, run
from tests.contract.conftest import dynamo, empty
from tests.contract.test_executor_store import active
from tests.contract.wires import counted, recorded


@pytest.fixture
def store(
    moto_endpoint: str, settings: Settings, clock: SetClock, dynamo_stores: dict[tuple[str, int], DynamoStore]
) -> Iterator[DynamoStore]:
    key = (moto_endpoint, 1)
    store = dynamo_stores[key] = dynamo_stores.get(key) or dynamo(settings, clock, moto_endpoint)
    yield store
    empty(store)


def cost(store: DynamoStore, operation: Callable[[], Any]) -> Counter[str]:
    with counted(store.table.client) as requests:
        operation()
    return requests


@pytest.mark.parametrize(("executors", "batches"), [(0, 0), (1, 1), (25, 1), (26, 2), (100, 4), (110, 5)])
def test_adding_costs_one_write_and_one_for_every_25_executors(
    store: DynamoStore, executors: int, batches: int
) -> None:
    plan, made = draft(executors)
    assert cost(store, lambda: store.add(plan, made)) == Counter(PutItem=1, BatchWriteItem=batches)
    assert cost(store, lambda: store.commit(plan.id)) == Counter(UpdateItem=1)


def test_erasing_costs_a_mark_a_read_and_the_deletes(store: DynamoStore) -> None:
    plan, made = draft(30)
    store.add(plan, made)
    requests = cost(store, lambda: store.erase(plan.id))
    assert requests == Counter(UpdateItem=1, Query=1, BatchWriteItem=2, DeleteItem=1)


def test_reading_a_plan_costs_one_query(store: DynamoStore) -> None:
    plan, _ = active(store, 200)
    assert cost(store, lambda: store.load(plan.id)) == Counter(Query=1)


def test_a_megabyte_more_costs_a_query_more(store: DynamoStore) -> None:
    plan, made = draft(4)
    heavy = {"ref": "a:A", "args": {"text": "x" * 350_000}}
    store.add(plan, [replace(executor, attack=heavy) for executor in made])
    store.commit(plan.id)
    assert cost(store, lambda: store.load(plan.id)) == Counter(Query=2)


def test_an_attack_from_delivery_to_record_costs_a_read_and_two_writes(store: DynamoStore) -> None:
    for size in (1, 5):
        plan, made = active(store, size)
        assert cost(store, lambda: store.locate(made[0].id)) == Counter(BatchGetItem=1)  # noqa: B023
        assert cost(store, lambda: store.claim(made[0], run())) == Counter(TransactWriteItems=1)  # noqa: B023
        running = store.load(plan.id)[1][0]
        assert cost(store, lambda: store.end(running, DONE, NOW)) == Counter(TransactWriteItems=1)  # noqa: B023


def test_a_wrong_guess_of_what_is_left_costs_a_read_and_another_try(store: DynamoStore) -> None:
    _, (executor,) = active(store, 1)
    running = store.claim(executor, run())
    requests = cost(store, lambda: store.end(running, DONE, NOW))
    assert requests == Counter(TransactWriteItems=2, BatchGetItem=1)


Change = Callable[[DynamoStore, Plan, Executor], Any]


@pytest.mark.parametrize(
    ("change", "requests"),
    [
        (lambda store, plan, _: store.rename(plan.id, "other"), {"UpdateItem": 1}),
        (lambda store, plan, _: store.bury(plan.id, NOW), {"UpdateItem": 1, "Query": 1}),
        (lambda store, plan, executor: store.move(plan, executor, NOW), {"TransactWriteItems": 1}),
        (lambda store, plan, executor: store.bury_executor(plan, executor, NOW), {"TransactWriteItems": 1}),
        (lambda store, _, executor: store.settle(executor.id, executor.due), {"DeleteItem": 1}),
        (lambda store, plan, _: store.inter(plan.id, NOW), {"Query": 1}),
    ],
    ids=["rename", "bury", "move", "bury_executor", "settle", "inter nothing"],
)
def test_a_change_costs(store: DynamoStore, change: Change, requests: dict[str, int]) -> None:
    plan, made = active(store, 30)
    assert cost(store, lambda: change(store, plan, made[0])) == Counter(requests)


def test_interring_costs_a_read_the_tombstones_and_a_mark(store: DynamoStore) -> None:
    plan, _ = active(store, 30)
    store.bury(plan.id, NOW)
    requests = cost(store, lambda: store.inter(plan.id, NOW))
    assert requests == Counter(Query=1, BatchWriteItem=2, UpdateItem=1)


@pytest.mark.parametrize("everything", [False, True])
def test_a_page_costs_one_query_whichever_it_is(store: DynamoStore, everything: bool) -> None:
    active(store, 30)
    for _ in range(11):
        active(store, 1)
    for limit in (10, 41, 42, 100):
        after = None
        while True:
            with counted(store.table.client) as requests:
                page = store.executors(everything=everything, limit=limit, after=after)
            assert requests == Counter(Query=1)
            after = page.next_position
            if after is None:
                break
    assert cost(store, lambda: store.plans(everything=everything, limit=5, after=None)) == Counter(Query=1)


def test_a_sweep_with_nothing_to_do_costs_four_queries(store: DynamoStore) -> None:
    active(store, 30)

    def sweep() -> None:
        store.uncommitted(NOW - MINUTE)
        store.unburied()
        store.overdue(NOW - MINUTE)
        store.unsettled(NOW - MINUTE)

    assert cost(store, sweep) == Counter(Query=4)


def test_what_decisions_rest_on_is_read_strongly_consistent(store: DynamoStore) -> None:
    plan, executors = active(store, 2)
    with recorded(store.table.client) as requests:
        store.load(plan.id)
        store.locate(executors[0].id)
    query, located = requests
    assert query["ConsistentRead"] is True
    assert [table["ConsistentRead"] for table in located["RequestItems"].values()] == [True]
