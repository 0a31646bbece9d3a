"""``ports.ExecutorStore``: single executors, changed by people."""

from dataclasses import replace

import pytest

from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.model import Executor, Plan, PlanState, Status
from tests.contract.builders import BROKEN, DONE, MINUTE, NOW, SetClock, draft, run
from tests.contract.conftest import Store


def active(store: Store, executors: int = 3) -> tuple[Plan, tuple[Executor, ...]]:
    plan, made = draft(executors)
    store.uncommitted.add(plan, made)
    store.uncommitted.commit(plan.id)
    return store.plans.load(plan.id)


def test_an_executor_is_located_with_its_plan_whatever_the_plans_state(store: Store) -> None:
    plan, executors = draft()
    assert store.executors.locate(executors[0].id) is None
    store.uncommitted.add(plan, executors)
    assert store.executors.locate(executors[0].id) == (plan, executors[0])
    store.uncommitted.commit(plan.id)
    assert store.executors.locate(executors[0].id) == (replace(plan, state=PlanState.ACTIVE), executors[0])
    store.plans.soft_delete(plan.id, NOW)
    assert store.executors.locate(executors[0].id) == (replace(plan, state=PlanState.DELETED), executors[0])


def test_an_unknown_executor_of_a_known_plan_is_not_located(store: Store) -> None:
    plan, _ = active(store)
    assert store.executors.locate(f"{plan.id}-0999") is None


def test_moving_changes_the_date_of_the_executor_and_of_the_plan(store: Store) -> None:
    plan, executors = active(store)
    due = NOW + 90 * MINUTE
    moved = store.executors.move(plan, executors[0], due)
    assert moved == replace(executors[0], due=due)
    dues = (executors[1].due, executors[2].due, due)
    assert store.plans.load(plan.id) == (replace(plan, dues=dues), (executors[1], executors[2], moved))
    assert store.listings.plans(everything=False, limit=10, after=None).items[0].next_due == executors[1].due


def test_a_moved_executor_moves_in_the_lists(store: Store) -> None:
    plan, executors = active(store)
    moved = store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    for everything in (False, True):
        assert store.listings.executors(everything=everything, limit=9, after=None).items == (*executors[1:], moved)


def test_moving_leaves_the_schedule_unsynced_until_it_is_synced(store: Store, clock: SetClock) -> None:
    plan, executors = active(store)
    clock.now = NOW + MINUTE
    moved = store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    assert store.unfinished.unsynced(NOW + MINUTE) == ()
    assert store.unfinished.unsynced(NOW + 2 * MINUTE) == (executors[0].id,)
    store.executors.mark_synced(
        executors[0].id, executors[0].due
    )  # the date before: a note of the move that came after it stays
    assert store.unfinished.unsynced(NOW + 2 * MINUTE) == (executors[0].id,)
    store.executors.mark_synced(executors[0].id, moved.due)
    store.executors.mark_synced(executors[0].id, moved.due)
    assert store.unfinished.unsynced(NOW + 2 * MINUTE) == ()


def test_moving_to_the_date_of_another_executor_keeps_both(store: Store) -> None:
    plan, executors = active(store)
    store.executors.move(plan, executors[0], executors[1].due)
    plan, loaded = store.plans.load(plan.id)
    assert plan.dues == (executors[1].due, executors[1].due, executors[2].due)
    assert [executor.id for executor in loaded] == [executor.id for executor in executors]


def test_moving_from_an_old_view_of_the_plan_is_lost(store: Store) -> None:
    plan, executors = active(store)
    store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    with pytest.raises(WriteConflict):
        store.executors.move(plan, executors[1], NOW + 91 * MINUTE)
    assert store.plans.load(plan.id)[1][0] == executors[1]


def test_moving_from_an_old_view_of_the_executor_is_lost(store: Store) -> None:
    plan, executors = active(store)
    store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    with pytest.raises(WriteConflict):
        store.executors.move(store.plans.load(plan.id)[0], executors[0], NOW + 91 * MINUTE)


def test_moving_again_as_before_is_no_error(store: Store) -> None:
    plan, executors = active(store)
    moved = store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    assert store.executors.move(plan, executors[0], NOW + 90 * MINUTE) == moved
    with pytest.raises(WriteConflict):
        store.executors.move(plan, executors[0], NOW + 91 * MINUTE)
    assert store.plans.load(plan.id)[1] == (*executors[1:], moved)


@pytest.mark.parametrize("status", ["running", "ended", "deleted"])
def test_what_is_not_scheduled_cannot_be_moved(store: Store, status: str) -> None:
    plan, executors = active(store)
    if status == "deleted":
        store.executors.soft_delete_executor(plan, executors[0], NOW)
    else:
        claimed = store.claims.claim(executors[0], run())
        if status == "ended":
            store.runs.end(claimed, DONE, NOW)
    located = store.executors.locate(executors[0].id)
    assert located
    with pytest.raises(WriteConflict):
        store.executors.move(*located, NOW + 90 * MINUTE)
    with pytest.raises(WriteConflict):
        store.executors.move(plan, executors[0], NOW + 90 * MINUTE)


def test_an_executor_of_a_deleted_plan_is_neither_moved_nor_deleted(store: Store) -> None:
    plan, executors = active(store)
    store.plans.soft_delete(plan.id, NOW)
    with pytest.raises(WriteConflict):
        store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    with pytest.raises(WriteConflict):
        store.executors.soft_delete_executor(plan, executors[0], NOW)


def test_a_deleted_executor_is_cancelled_and_out_of_the_plans_tally(store: Store) -> None:
    plan, executors = active(store)
    store.executors.soft_delete_executor(plan, executors[0], NOW + MINUTE)
    left = replace(plan, dues=plan.dues[1:], remaining=2)
    assert store.plans.load(plan.id) == (left, executors[1:])
    tombstone = replace(executors[0], status=Status.CANCELLED, finished=NOW + MINUTE, deleted=True)
    assert store.executors.locate(executors[0].id) == (left, tombstone)
    assert store.listings.executors(everything=True, limit=9, after=None).items == executors[1:]
    store.executors.mark_synced(
        executors[0].id, executors[0].due
    )  # who moved it before its deletion must not strike the note of that
    assert store.unfinished.unsynced(NOW + 2 * MINUTE) == (executors[0].id,)
    store.executors.mark_synced(executors[0].id, None)
    assert store.unfinished.unsynced(NOW + 2 * MINUTE) == ()


def test_a_deleted_executor_that_had_ended_keeps_its_record_and_has_no_schedule(store: Store) -> None:
    plan, executors = active(store)
    ended = store.runs.end(store.claims.claim(executors[0], run()), BROKEN, NOW)
    plan = store.plans.load(plan.id)[0]
    store.executors.soft_delete_executor(plan, ended, NOW + MINUTE)
    left = replace(plan, dues=plan.dues[1:])
    assert store.executors.locate(ended.id) == (left, replace(ended, deleted=True))
    assert (left.remaining, store.unfinished.unsynced(NOW + 2 * MINUTE)) == (2, ())
    assert store.listings.executors(everything=True, limit=9, after=None).items == executors[1:]


def test_burying_the_last_executor_to_run_leaves_a_plan_that_is_executed(store: Store) -> None:
    plan, executors = active(store, 2)
    store.runs.end(store.claims.claim(executors[0], run()), DONE, NOW)
    store.executors.soft_delete_executor(store.plans.load(plan.id)[0], executors[1], NOW)
    assert store.plans.load(plan.id)[0].executed
    assert store.listings.plans(everything=False, limit=9, after=None).items == ()
    assert len(store.listings.plans(everything=True, limit=9, after=None).items) == 1


def test_burying_the_only_executor_leaves_a_plan_without_any(store: Store) -> None:
    plan, executors = active(store, 1)
    store.executors.soft_delete_executor(plan, executors[0], NOW)
    left = replace(plan, dues=(), remaining=0)
    assert store.plans.load(plan.id) == (left, ())
    assert store.listings.plans(everything=True, limit=9, after=None).items == (left,)


def test_burying_an_executor_does_not_mind_that_others_have_ended_meanwhile(store: Store) -> None:
    plan, executors = active(store, 2)
    store.runs.end(store.claims.claim(executors[0], run()), DONE, NOW)
    store.executors.soft_delete_executor(plan, executors[1], NOW)
    left = store.plans.load(plan.id)[0]
    assert (left.remaining, left.running, left.dues) == (0, 0, plan.dues[:1])
    assert store.listings.plans(everything=False, limit=9, after=None).items == ()


def test_burying_an_executor_again_as_before_is_no_error(store: Store) -> None:
    plan, executors = active(store)
    store.executors.soft_delete_executor(plan, executors[0], NOW)
    store.executors.soft_delete_executor(plan, executors[0], NOW)
    assert store.plans.load(plan.id)[0].remaining == 2


def test_burying_twice_does_not_take_the_date_of_another_executor(store: Store) -> None:
    plan, executors = draft(dues=[NOW + MINUTE, NOW + MINUTE])
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    ended = store.runs.end(store.claims.claim(executors[0], run()), DONE, NOW)
    store.executors.soft_delete_executor(store.plans.load(plan.id)[0], ended, NOW)
    store.executors.soft_delete_executor(store.plans.load(plan.id)[0], ended, NOW)
    assert store.plans.load(plan.id)[0].dues == (NOW + MINUTE,)
    store.executors.soft_delete_executor(store.plans.load(plan.id)[0], executors[1], NOW)
    with pytest.raises(WriteConflict):
        store.executors.soft_delete_executor(store.plans.load(plan.id)[0], executors[1], NOW)


def test_burying_an_executor_from_an_old_view_is_lost(store: Store) -> None:
    plan, executors = active(store)
    store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    with pytest.raises(WriteConflict):
        store.executors.soft_delete_executor(plan, executors[0], NOW)
    with pytest.raises(WriteConflict):
        store.executors.soft_delete_executor(plan, executors[1], NOW)
    with pytest.raises(WriteConflict):
        store.executors.soft_delete_executor(store.plans.load(plan.id)[0], executors[0], NOW)
    assert store.plans.load(plan.id)[0].remaining == 3


def test_a_running_executor_is_not_deleted(store: Store) -> None:
    plan, executors = active(store)
    running = store.claims.claim(executors[0], run())
    with pytest.raises(WriteConflict):
        store.executors.soft_delete_executor(plan, running, NOW)
    with pytest.raises(WriteConflict):
        store.executors.soft_delete_executor(plan, executors[0], NOW)


def test_who_moved_an_executor_stays_until_another_does(store: Store) -> None:
    plan, executors = active(store)
    moved = store.executors.move(plan, executors[0], NOW + 90 * MINUTE, "ana")
    assert moved.changed_by == "ana" and store.executors.locate(moved.id) == (store.plans.load(plan.id)[0], moved)
    assert store.executors.move(plan, executors[0], NOW + 90 * MINUTE, "ana") == moved
    again = store.executors.move(store.plans.load(plan.id)[0], moved, NOW + 91 * MINUTE)
    assert again.changed_by == "ana"
    last = store.executors.move(store.plans.load(plan.id)[0], again, NOW + 92 * MINUTE, "ben")
    assert last.changed_by == "ben" and last in store.plans.load(plan.id)[1]


def test_who_deleted_an_executor_is_on_its_tombstone(store: Store) -> None:
    plan, executors = active(store)
    for _ in range(2):
        store.executors.soft_delete_executor(plan, executors[0], NOW, "ana")
    found = store.executors.locate(executors[0].id)
    assert found and (found[1].deleted_by, found[1].deleted) == ("ana", True)
