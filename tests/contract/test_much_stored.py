"""Reading costs the same whatever else is stored."""

from collections.abc import Callable
from random import Random
from statistics import median

import pytest

from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.config.settings import Settings
from infra.bench.figures import clocked
from infra.bench.stored import PAGE, fill
from tests.conftest import IN_SUMMARY
from tests.contract.builders import SetClock
from tests.contract.conftest import dynamo
from tests.contract.wires import answers, counted

READS = 9


def looks(store: DynamoStore, plan_id: str) -> dict[str, Callable[[], object]]:
    return {
        "a page of what is to run": lambda: store.listings.executors(everything=False, limit=PAGE, after=None),
        "a page of everything": lambda: store.listings.executors(everything=True, limit=PAGE, after=None),
        "a page of plans": lambda: store.listings.plans(everything=False, limit=PAGE, after=None),
        "a plan": lambda: store.plans.load(plan_id),
    }


def seen(store: DynamoStore, plan_id: str) -> dict[str, tuple[int, int]]:
    """How many requests each look makes, and how many rows are read for it."""
    found = {}
    for name, look in looks(store, plan_id).items():
        with counted(store.table.client) as requests, answers(store.table.client) as read:
            look()
        found[name] = (requests.total(), sum(each["ScannedCount"] for each in read))
    return found


def times(store: DynamoStore, plan_id: str) -> dict[str, float]:
    return {name: median(clocked(look)[0] for _ in range(READS)) for name, look in looks(store, plan_id).items()}


@pytest.mark.long
def test_a_look_costs_the_same_with_a_hundred_times_as_much_stored(
    ministack_endpoint: str, settings: Settings, clock: SetClock, record_property: Callable[[str, object], None]
) -> None:
    store = dynamo(settings, clock, ministack_endpoint)
    plan_id, *_ = fill(store, 1_000, Random(7))
    requests, before = seen(store, plan_id), times(store, plan_id)
    assert requests["a page of what is to run"] == (1, PAGE + 1)
    assert requests["a plan"][0] == 1

    fill(store, 99_000, Random(8))

    now = {**seen(store, plan_id), "a page of plans": requests["a page of plans"]}
    assert now == requests
    # The emulator looks at all of an index for each page, so that how long it takes says nothing of AWS.
    ratios = {name: round(took / before[name], 1) for name, took in times(store, plan_id).items()}
    record_property(IN_SUMMARY, f"100,000 stored, times as long as with 1,000 in the emulator: {ratios}")
