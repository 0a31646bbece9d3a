"""``ports.Runs``: the life of an executor from delivery to record."""

from dataclasses import replace

import pytest

from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.model import Result, Status
from tests.contract.builders import BROKEN, DONE, MINUTE, NOW, draft, run
from tests.contract.conftest import Store
from tests.contract.test_executor_store import active


def test_a_claimed_executor_runs_and_its_plan_knows(store: Store) -> None:
    plan, executors = active(store)
    running = store.claims.claim(executors[0], run())
    assert running == replace(executors[0], status=Status.RUNNING, run=run())
    assert store.executors.locate(running.id) == (replace(plan, running=1), running)
    assert store.listings.executors(everything=False, limit=9, after=None).items == (running, *executors[1:])


def test_claiming_twice_succeeds_once(store: Store) -> None:
    _, executors = active(store)
    store.claims.claim(executors[0], run("one"))
    with pytest.raises(WriteConflict):
        store.claims.claim(executors[0], run("two"))
    assert store.plans.load(executors[0].plan_id)[0].running == 1


def test_the_very_same_claim_again_is_no_error_and_counts_once(store: Store) -> None:
    _, executors = active(store)
    assert store.claims.claim(executors[0], run("one")) == store.claims.claim(executors[0], run("one"))
    assert store.plans.load(executors[0].plan_id)[0].running == 1


def test_a_claim_of_the_same_name_at_another_time_is_lost(store: Store) -> None:
    _, executors = active(store)
    store.claims.claim(executors[0], run("one"))
    with pytest.raises(WriteConflict):
        store.claims.claim(executors[0], run("one", started=NOW + MINUTE))


def test_an_ended_executor_cannot_be_claimed_again_not_even_by_its_own_run(store: Store) -> None:
    _, executors = active(store)
    ended = store.runs.end(store.claims.claim(executors[0], run()), DONE, NOW)
    for executor in (executors[0], ended):
        with pytest.raises(WriteConflict):
            store.claims.claim(executor, run())


def test_a_claim_of_an_uncommitted_plan_is_lost(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    with pytest.raises(WriteConflict):
        store.claims.claim(executors[0], run())


def test_a_claim_of_a_deleted_plan_is_lost(store: Store) -> None:
    plan, executors = active(store)
    store.plans.soft_delete(plan.id, NOW)
    with pytest.raises(WriteConflict):
        store.claims.claim(executors[0], run())
    store.plans.finalize_deletion(plan.id, NOW)
    with pytest.raises(WriteConflict):
        store.claims.claim(executors[0], run())


def test_a_claim_of_a_deleted_executor_is_lost(store: Store) -> None:
    plan, executors = active(store)
    store.executors.soft_delete_executor(plan, executors[0], NOW)
    with pytest.raises(WriteConflict):
        store.claims.claim(executors[0], run())


def test_a_claim_for_the_date_before_a_move_is_lost(store: Store) -> None:
    plan, executors = active(store)
    moved = store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    with pytest.raises(WriteConflict):
        store.claims.claim(executors[0], run())
    assert store.claims.claim(moved, run()).status is Status.RUNNING


def test_a_claim_of_what_never_was_is_lost(store: Store) -> None:
    _, executors = draft()
    with pytest.raises(WriteConflict):
        store.claims.claim(executors[0], run())


def test_the_delivery_that_is_claimed_goes_on_record_with_it(store: Store) -> None:
    _, executors = active(store)
    delivered = replace(executors[0], delivered=NOW, deliveries=1)
    running = store.claims.claim(delivered, run())
    assert running == replace(delivered, status=Status.RUNNING, run=run())
    ended = store.runs.end(running, DONE, NOW + MINUTE)
    assert store.executors.locate(ended.id) == (store.plans.load(ended.plan_id)[0], ended)
    assert (ended.delivered, ended.deliveries) == (NOW, 1)


def test_the_delivery_of_what_is_missed_goes_on_record_with_it(store: Store) -> None:
    plan, executors = active(store, 2)
    for executor in executors:  # the last one of a plan is another write than the others
        late = replace(executor, delivered=NOW, deliveries=1)
        missed = store.runs.end(late, Result(status=Status.MISSED), NOW)
        assert store.runs.end(late, Result(status=Status.MISSED), NOW) == missed
        assert store.executors.locate(missed.id) == (store.plans.load(plan.id)[0], missed)
        assert (missed.delivered, missed.deliveries, missed.run) == (NOW, 1, None)


def test_deliveries_that_did_nothing_are_counted_each_once(store: Store) -> None:
    _, executors = active(store)
    for delivery_id in ("one", "one", "two", "two"):
        store.claims.refused(executors[0].id, delivery_id)
    found = store.executors.locate(executors[0].id)
    assert found is not None and found[1] == replace(executors[0], deliveries=2)


def test_a_delivery_of_an_earlier_date_notes_that_the_schedule_may_be_gone(store: Store) -> None:
    plan, executors = active(store)
    moved = store.executors.move(plan, executors[0], NOW + 50 * MINUTE)
    store.executors.mark_synced(moved.id, moved.due)
    assert store.unfinished.unsynced(NOW + MINUTE) == ()
    for delivery_id in ("one", "one", "two"):
        store.claims.refused_as_moved(moved, delivery_id, NOW - MINUTE)
    assert store.unfinished.unsynced(NOW) == (moved.id,)
    found = store.executors.locate(moved.id)
    assert found is not None and found[1] == replace(moved, deliveries=2)
    store.executors.mark_synced(moved.id, moved.due)  # who moved it does not strike a note that was made meanwhile
    store.executors.mark_synced(moved.id, moved.due, noted_before=NOW - MINUTE)
    assert store.unfinished.unsynced(NOW) == (moved.id,)
    store.executors.mark_synced(moved.id, moved.due, noted_before=NOW)
    assert store.unfinished.unsynced(NOW + MINUTE) == ()


def test_it_notes_nothing_of_what_was_moved_again_or_has_run_since(store: Store) -> None:
    plan, executors = active(store)
    moved = store.executors.move(plan, executors[0], NOW + 50 * MINUTE)
    again = store.executors.move(store.plans.load(plan.id)[0], moved, NOW + 70 * MINUTE)
    store.executors.mark_synced(again.id, again.due)
    running = store.claims.claim(executors[1], run())
    for stale in (moved, executors[1]):
        store.claims.refused_as_moved(stale, "one", NOW - MINUTE)
    assert store.unfinished.unsynced(NOW + MINUTE) == ()
    assert set(store.plans.load(plan.id)[1]) == {again, running, executors[2]}


def test_a_delivery_of_what_never_was_leaves_nothing_behind(store: Store) -> None:
    plan, _ = active(store)
    store.claims.refused(f"{plan.id}-0999", "one")
    assert len(store.unfinished.executors_of(plan.id)) == 3
    assert store.executors.locate(f"{plan.id}-0999") is None


def test_a_delivery_counted_in_between_hinders_neither_claim_nor_record(store: Store) -> None:
    _, executors = active(store)
    store.claims.refused(executors[0].id, "one")
    running = store.claims.claim(replace(executors[0], delivered=NOW, deliveries=1), run())
    store.claims.refused(executors[0].id, "two")
    assert store.claims.claim(replace(executors[0], delivered=NOW, deliveries=1), run()) == running
    ended = store.runs.end(running, DONE, NOW)
    store.claims.refused(executors[0].id, "three")
    assert store.runs.end(running, DONE, NOW) == ended
    found = store.executors.locate(executors[0].id)
    assert found is not None and found[1] == replace(ended, deliveries=4)


def test_what_is_claimed_before_its_time_is_due_at_once_and_its_schedule_unsynced(store: Store) -> None:
    plan, executors = active(store)
    running = store.claims.claim_now(plan, replace(executors[2], delivered=NOW, deliveries=1), run())
    assert running == replace(executors[2], status=Status.RUNNING, due=NOW, run=run(), delivered=NOW, deliveries=1)
    dues = (NOW, executors[0].due, executors[1].due)
    assert store.plans.load(plan.id) == (replace(plan, running=1, dues=dues), (running, *executors[:2]))
    assert store.listings.executors(everything=False, limit=9, after=None).items == (running, *executors[:2])
    assert store.unfinished.unsynced(NOW + MINUTE) == (running.id,)
    store.executors.mark_synced(running.id, None)
    assert store.unfinished.unsynced(NOW + MINUTE) == ()
    store.runs.end(running, DONE, NOW)
    assert store.plans.load(plan.id)[0].next_due == executors[0].due


def test_the_very_same_early_claim_again_is_no_error_and_counts_once(store: Store) -> None:
    plan, executors = active(store)
    assert store.claims.claim_now(plan, executors[1], run()) == store.claims.claim_now(plan, executors[1], run())
    assert store.plans.load(plan.id)[0].running == 1
    with pytest.raises(WriteConflict):
        store.claims.claim_now(plan, executors[1], run("another"))


def test_an_early_claim_of_what_has_changed_is_lost(store: Store) -> None:
    plan, executors = active(store, 4)
    store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    with pytest.raises(WriteConflict):  # the executor
        store.claims.claim_now(plan, executors[0], run())
    with pytest.raises(WriteConflict):  # the plan's dates
        store.claims.claim_now(plan, executors[1], run())
    plan, executors = store.plans.load(plan.id)
    store.executors.soft_delete_executor(plan, executors[0], NOW)
    with pytest.raises(WriteConflict):
        store.claims.claim_now(store.plans.load(plan.id)[0], executors[0], run())
    claimed = store.claims.claim(executors[1], run())
    with pytest.raises(WriteConflict):
        store.claims.claim_now(store.plans.load(plan.id)[0], claimed, run())
    assert store.plans.load(plan.id)[0].running == 1


@pytest.mark.parametrize("result", [DONE, BROKEN, Result(status=Status.SKIPPED, outcome={})])
def test_the_result_of_a_run_is_put_on_record(store: Store, result: Result) -> None:
    plan, executors = active(store)
    ended = store.runs.end(store.claims.claim(executors[0], run()), result, NOW + MINUTE)
    assert ended == replace(
        executors[0],
        status=result.status,
        run=run(),
        finished=NOW + MINUTE,
        outcome=result.outcome,
        error=result.error,
    )
    assert store.executors.locate(ended.id) == (replace(plan, remaining=2, running=0), ended)
    assert store.listings.executors(everything=False, limit=9, after=None).items == executors[1:]
    assert store.listings.executors(everything=True, limit=9, after=None).items == (ended, *executors[1:])


def test_what_never_ran_ends_without_touching_the_count_of_runs(store: Store) -> None:
    plan, executors = active(store)
    store.claims.claim(executors[1], run())
    missed = store.runs.end(executors[0], Result(status=Status.MISSED), NOW + MINUTE)
    assert missed == replace(executors[0], status=Status.MISSED, finished=NOW + MINUTE)
    assert store.plans.load(plan.id)[0] == replace(plan, remaining=2, running=1)


def test_the_last_end_makes_the_plan_executed(store: Store) -> None:
    plan, executors = active(store, 2)
    store.runs.end(store.claims.claim(executors[0], run("one")), DONE, NOW)
    assert store.listings.plans(everything=False, limit=9, after=None).items == (replace(plan, remaining=1),)
    store.runs.end(store.claims.claim(executors[1], run("two")), DONE, NOW)
    done = replace(plan, remaining=0)
    assert store.plans.load(plan.id)[0] == done
    assert store.listings.plans(everything=False, limit=9, after=None).items == ()
    assert store.listings.plans(everything=True, limit=9, after=None).items == (done,)


def test_ending_twice_alike_is_no_error_and_counts_once(store: Store) -> None:
    _, executors = active(store)
    running = store.claims.claim(executors[0], run())
    assert store.runs.end(running, DONE, NOW) == store.runs.end(running, DONE, NOW)
    plan = store.plans.load(running.plan_id)[0]
    assert (plan.remaining, plan.running) == (2, 0)


def test_ending_twice_differently_is_lost(store: Store) -> None:
    _, executors = active(store)
    running = store.claims.claim(executors[0], run())
    ended = store.runs.end(running, DONE, NOW)
    with pytest.raises(WriteConflict):
        store.runs.end(running, BROKEN, NOW)
    with pytest.raises(WriteConflict):
        store.runs.end(ended, BROKEN, NOW)
    assert store.executors.locate(running.id) == (store.plans.load(running.plan_id)[0], ended)


def test_another_run_than_the_one_that_claimed_cannot_end_it(store: Store) -> None:
    _, executors = active(store)
    running = store.claims.claim(executors[0], run("one"))
    with pytest.raises(WriteConflict):
        store.runs.end(replace(running, run=run("two")), DONE, NOW)
    with pytest.raises(WriteConflict):
        store.runs.end(executors[0], Result(status=Status.MISSED), NOW)


def test_ending_for_the_date_before_a_move_is_lost(store: Store) -> None:
    plan, executors = active(store)
    store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    with pytest.raises(WriteConflict):
        store.runs.end(executors[0], Result(status=Status.MISSED), NOW)


def test_nothing_ends_under_a_plan_that_is_uncommitted_or_deleted(store: Store) -> None:
    plan, executors = draft()
    with pytest.raises(WriteConflict):
        store.runs.end(executors[0], Result(status=Status.MISSED), NOW)
    store.uncommitted.add(plan, executors)
    with pytest.raises(WriteConflict):
        store.runs.end(executors[0], Result(status=Status.MISSED), NOW)
    store.uncommitted.commit(plan.id)
    store.plans.soft_delete(plan.id, NOW)
    with pytest.raises(WriteConflict):
        store.runs.end(executors[0], Result(status=Status.MISSED), NOW)


def test_who_ran_an_executor_before_its_time_is_on_record(store: Store) -> None:
    plan, executors = active(store)
    for _ in range(2):
        running = store.claims.claim_now(plan, executors[0], run(), "ana")
        assert running.changed_by == "ana" and running in store.plans.load(plan.id)[1]
    moved = store.executors.move(store.plans.load(plan.id)[0], executors[1], NOW + 90 * MINUTE, "ben")
    assert store.claims.claim_now(store.plans.load(plan.id)[0], moved, run(), None).changed_by == "ben"
