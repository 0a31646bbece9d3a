"""``ports.TableScan``: everything that is stored, tombstones and notes included."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.dynamodb.table_scan import SEGMENTS
from chalicelib.domain.engine_state import AuditEntry, Control
from chalicelib.domain.model import Executor, Plan, PlanState
from chalicelib.domain.snapshot import Contents
from tests.contract.builders import BROKEN, MINUTE, NOW, SetClock, draft, run
from tests.contract.conftest import Store
from tests.contract.endpoints import EMULATORS
from tests.contract.test_executor_store import active
from tests.contract.wires import counted, recorded


def unheard(more: int) -> None:
    """In the place of whoever wants to know how far it is."""


def bare(plan: Plan, *executors: Executor) -> Contents:
    """A plan and its executors as the census tells them: without what they attack and what came of it."""
    return Contents(
        plans={plan.id: replace(plan, attack={}, planner={})},
        executors={each.id: replace(each, attack=None, outcome=None, error=None, prepared=None) for each in executors},
    )


def test_an_empty_store_holds_nothing(store: Store) -> None:
    assert store.scan.everything(unheard) == Contents()
    assert store.scan.of_plans([]) == store.scan.of_plans(["0" * 32]) == Contents()


def test_a_plan_is_reported_in_every_state(store: Store, clock: SetClock) -> None:
    plan, executors = draft(3)
    store.uncommitted.add(plan, executors)
    assert store.scan.everything(unheard) == bare(plan, *executors)
    store.uncommitted.commit(plan.id)
    running = store.claims.claim(executors[0], run())
    plan, _ = store.plans.load(plan.id)
    assert plan.running == 1
    assert store.scan.everything(unheard) == store.scan.of_plans([plan.id]) == bare(plan, running, *executors[1:])
    failed = store.runs.end(running, BROKEN, NOW)
    at = NOW + timedelta(microseconds=7)
    deleted, _ = store.plans.soft_delete(plan.id, at)
    reported = bare(deleted, failed, *executors[1:])
    assert deleted.state is PlanState.DELETED
    assert store.scan.everything(unheard) == replace(reported, half_deleted={plan.id: at})
    store.plans.finalize_deletion(plan.id, NOW)
    finalized = store.scan.everything(unheard)
    assert finalized.half_deleted == {} and all(each.deleted for each in finalized.executors.values())


def test_a_note_is_reported_with_its_time_until_it_is_struck(store: Store, clock: SetClock) -> None:
    plan, executors = active(store, 2)
    clock.now = NOW + MINUTE
    moved = store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    assert store.scan.everything(unheard).unsynced == {moved.id: NOW + MINUTE}
    assert store.scan.everything(unheard).executors[moved.id].due == moved.due
    store.executors.soft_delete_executor(store.plans.load(plan.id)[0], executors[1], NOW)
    contents = store.scan.of_plans([plan.id])
    assert contents.unsynced == {moved.id: NOW + MINUTE, executors[1].id: NOW}
    assert contents.executors[executors[1].id].deleted
    store.executors.mark_synced(moved.id, moved.due)
    assert store.scan.everything(unheard).unsynced == {executors[1].id: NOW}


def test_of_many_plans_those_that_are_asked_for_are_reported(store: Store) -> None:
    made = [active(store, 2) for _ in range(3)]
    reported = store.scan.of_plans({made[0][0].id, made[2][0].id, "0" * 32})
    assert reported == Contents.of(bare(plan, *executors) for plan, executors in (made[0], made[2]))
    assert store.scan.everything(unheard) == Contents.of(bare(plan, *executors) for plan, executors in made)


def test_what_is_set_for_the_whole_engine_is_no_plan(store: Store) -> None:
    halted = Control(halted=True, version=1)
    store.controls.steer(Control(), halted, AuditEntry(at=NOW, by="me", action="halt", details={}))
    assert store.scan.everything(unheard) == Contents()


aws = pytest.mark.parametrize("backend", EMULATORS)


@aws
def test_it_reads_the_table_in_parts_and_tells_how_far_it_is(store: DynamoStore) -> None:
    active(store, 30)
    seen: list[int] = []
    with counted(store.table.client) as requests, recorded(store.table.client) as said:
        store.scan.everything(seen.append)
    assert requests == {"Scan": SEGMENTS} and sum(seen) == 31
    assert all(each["ConsistentRead"] is True and "IndexName" not in each for each in said)
    assert sorted(each["Segment"] for each in said) == list(range(SEGMENTS))


@aws
def test_a_part_that_is_larger_than_an_answer_is_read_on(store: DynamoStore) -> None:
    heavy = {"ref": "a:A", "args": {"text": "x" * 350_000}}
    plan, executors = draft(12)
    store.uncommitted.add(plan, [replace(each, attack=heavy) for each in executors])
    with counted(store.table.client) as requests:
        contents = store.scan.everything(unheard)
    assert len(contents.executors) == 12 and requests["Scan"] > SEGMENTS


@aws
def test_looking_again_costs_a_query_for_each_plan(store: DynamoStore) -> None:
    plans = [active(store, 5)[0].id for _ in range(3)]
    with counted(store.table.client) as requests, recorded(store.table.client) as said:
        store.scan.of_plans(plans)
    assert requests == {"Query": 3} and all(each["ConsistentRead"] is True for each in said)
