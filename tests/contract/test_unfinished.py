"""``ports.Unfinished``: what the sweep is shown, and what it is spared."""

from dataclasses import replace

import pytest

from chalicelib.config.settings import Settings
from chalicelib.domain.model import Result, Status
from tests.contract.builders import DONE, MINUTE, NOW, SetClock, draft, run
from tests.contract.conftest import Store
from tests.contract.test_executor_store import active


@pytest.fixture(params=[1, 3], ids=["one shard", "three shards"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    return replace(settings, list_shards=request.param)


def test_an_empty_store_has_nothing_unfinished(store: Store) -> None:
    later = NOW + 999 * MINUTE
    assert (
        store.unfinished.uncommitted(later),
        store.unfinished.half_deleted(),
        store.unfinished.overdue(later),
        store.unfinished.unsynced(later),
    ) == ((),) * 4


def test_uncommitted_plans_are_shown_until_they_are_committed_or_erased(store: Store) -> None:
    old, executors = draft(created=NOW)
    older, _ = draft(created=NOW - MINUTE)
    store.uncommitted.add(old, executors)
    store.uncommitted.add(older, ())
    assert store.unfinished.uncommitted(NOW - MINUTE) == ()
    assert store.unfinished.uncommitted(NOW) == (older.id,)
    assert store.unfinished.uncommitted(NOW + MINUTE) == (older.id, old.id)
    store.uncommitted.commit(old.id)
    store.uncommitted.erase(older.id)
    assert store.unfinished.uncommitted(NOW + MINUTE) == ()


def test_deleted_plans_are_shown_until_their_deletion_is_finished(store: Store) -> None:
    plan, _ = active(store)
    assert store.unfinished.half_deleted() == ()
    store.plans.soft_delete(plan.id, NOW)
    assert store.unfinished.half_deleted() == (plan.id,)
    store.plans.finalize_deletion(plan.id, NOW)
    assert store.unfinished.half_deleted() == ()


def test_every_executor_of_a_plan_is_shown_whatever_became_of_it(store: Store) -> None:
    plan, executors = draft(3)
    assert store.unfinished.executors_of(plan.id) == ()
    store.uncommitted.add(plan, executors)
    assert sorted(store.unfinished.executors_of(plan.id), key=lambda executor: executor.id) == list(executors)
    store.uncommitted.commit(plan.id)
    store.executors.soft_delete_executor(store.plans.load(plan.id)[0], executors[0], NOW)
    statuses = {executor.id: executor.status for executor in store.unfinished.executors_of(plan.id)}
    assert statuses == {
        executors[0].id: Status.CANCELLED,
        executors[1].id: Status.SCHEDULED,
        executors[2].id: Status.SCHEDULED,
    }
    store.plans.soft_delete(plan.id, NOW)
    assert len(store.unfinished.executors_of(plan.id)) == 3


def test_overdue_are_those_that_have_not_ended_oldest_first(store: Store) -> None:
    plan, executors = active(store, 4)
    running = store.claims.claim(executors[0], run())
    store.runs.end(executors[1], Result(status=Status.MISSED), NOW)
    assert store.unfinished.overdue(executors[0].due) == ()
    assert store.unfinished.overdue(executors[0].due + MINUTE) == (running,)
    assert store.unfinished.overdue(NOW + 9 * MINUTE) == (running, executors[2], executors[3])
    store.runs.end(running, DONE, NOW)
    store.executors.soft_delete_executor(store.plans.load(plan.id)[0], executors[2], NOW)
    assert store.unfinished.overdue(NOW + 9 * MINUTE) == (executors[3],)


def test_a_moved_executor_is_overdue_by_its_new_date(store: Store) -> None:
    plan, executors = active(store, 1)
    moved = store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    assert store.unfinished.overdue(NOW + 90 * MINUTE) == ()
    assert store.unfinished.overdue(NOW + 91 * MINUTE) == (moved,)


def test_the_unsynced_come_in_the_order_they_were_noted(store: Store, clock: SetClock) -> None:
    plan, executors = active(store, 3)
    for minute, executor in ((3, executors[0]), (1, executors[1]), (2, executors[2])):
        clock.now = NOW + MINUTE * minute
        store.executors.move(store.plans.load(plan.id)[0], executor, NOW + 90 * MINUTE)
    assert store.unfinished.unsynced(NOW + 3 * MINUTE) == (executors[1].id, executors[2].id)
    assert store.unfinished.unsynced(NOW + 4 * MINUTE) == (executors[1].id, executors[2].id, executors[0].id)


def test_a_second_move_renews_the_note(store: Store, clock: SetClock) -> None:
    plan, executors = active(store, 1)
    moved = store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    clock.now = NOW + 5 * MINUTE
    store.executors.move(store.plans.load(plan.id)[0], moved, NOW + 91 * MINUTE)
    assert store.unfinished.unsynced(NOW + 5 * MINUTE) == ()
    assert store.unfinished.unsynced(NOW + 6 * MINUTE) == (moved.id,)


def test_lists_of_work_are_bounded(store: Store) -> None:
    plan, _ = active(store, 520)
    assert len(store.unfinished.overdue(NOW + 999 * MINUTE)) == 500
    assert store.plans.load(plan.id)[0].remaining == 520
