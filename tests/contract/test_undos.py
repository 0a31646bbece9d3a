"""``ports.Runs.postpone`` and what else an undo needs of a store."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from chalicelib.domain.engine_state import Limit
from chalicelib.domain.errors import HasUndos, PlanIsRunning, PlanNotFound, WriteConflict
from chalicelib.domain.model import Executor, Failure, Plan, Result, Status
from tests.contract.builders import DONE, MINUTE, NOW, SetClock, draft, run
from tests.contract.conftest import Store
from tests.contract.crowds import all_at_once
from tests.contract.test_executor_store import active
from tests.contract.test_races import assert_tally_is_right

STUCK = Failure(type="AttackFailed", message="it is stuck")
LATER = NOW + 77 * MINUTE


def undoable(store: Store) -> tuple[Plan, Executor, Executor]:
    """An active plan of an attack and its undo."""
    plan, (attack, undo) = draft(2)
    plan = replace(plan, undoable=True)
    attack, undo = replace(attack, undo=undo.id), replace(undo, undoes=attack.id)
    store.uncommitted.add(plan, (attack, undo))
    store.uncommitted.commit(plan.id)
    return store.plans.load(plan.id)[0], attack, undo


class TestWhatIsNeedless:
    """An attack that is over and has prepared nothing notes its undo, in the transaction that ends it."""

    def test_an_attack_that_ends_with_nothing_prepared_notes_its_undo(self, store: Store) -> None:
        _, attack, undo = undoable(store)
        store.runs.end(attack, Result(status=Status.SKIPPED), NOW)
        assert store.unfinished.unsynced(NOW + MINUTE) == (undo.id,)
        store.executors.mark_synced(undo.id, None)
        assert store.unfinished.unsynced(NOW + MINUTE) == ()

    def test_one_that_is_deleted_does_too(self, store: Store) -> None:
        plan, attack, undo = undoable(store)
        store.executors.soft_delete_executor(plan, attack, NOW)
        assert set(store.unfinished.unsynced(NOW + MINUTE)) == {attack.id, undo.id}

    def test_one_that_has_something_to_undo_does_not(self, store: Store) -> None:
        _, attack, undo = undoable(store)
        acting = store.runs.begin(store.claims.claim(attack, run()), [], NOW.date(), NOW, {"flow": 7})
        assert isinstance(acting, Executor)
        ended = store.runs.end(acting, DONE, NOW)
        assert store.unfinished.unsynced(NOW + MINUTE) == ()
        store.executors.soft_delete_executor(store.plans.load(attack.plan_id)[0], ended, NOW)
        assert store.unfinished.unsynced(NOW + MINUTE) == () and store.unfinished.pending_undos() == (undo.id,)


class TestPostponing:
    def test_an_undo_that_ran_is_due_again(self, store: Store) -> None:
        plan, (_first, second, _) = active(store)
        running = store.claims.claim(replace(second, delivered=NOW, deliveries=1), run())
        plan = store.plans.load(plan.id)[0]
        later = store.runs.postpone(plan, running, LATER, STUCK)
        assert later == replace(
            second, delivered=NOW, deliveries=1, due=LATER, error=STUCK, attempts=1, status=Status.SCHEDULED
        )
        found, executors = store.plans.load(plan.id)
        assert executors[-1] == later and found.dues[-1] == LATER and found.running == 0
        assert_tally_is_right(store, plan.id)
        assert store.listings.executors(everything=False, limit=9, after=None).items[-1] == later
        assert store.claims.claim(later, run("again")).status is Status.RUNNING

    def test_without_an_error_it_is_no_attempt(self, store: Store) -> None:
        plan, (first, *_) = active(store)
        running = store.claims.claim(first, run())
        assert store.runs.postpone(store.plans.load(plan.id)[0], running, LATER, None) == replace(first, due=LATER)

    def test_its_schedule_is_unsynced(self, store: Store, clock: SetClock) -> None:
        plan, (first, *_) = active(store)
        running = store.claims.claim(first, run())
        store.runs.postpone(store.plans.load(plan.id)[0], running, LATER, None)
        assert store.unfinished.unsynced(NOW + MINUTE) == (first.id,)
        store.executors.mark_synced(first.id, LATER)
        assert store.unfinished.unsynced(NOW + MINUTE) == ()

    def test_the_very_same_again_is_no_error_and_counts_once(self, store: Store) -> None:
        plan, (first, *_) = active(store)
        running = store.claims.claim(first, run())
        plan = store.plans.load(plan.id)[0]
        assert store.runs.postpone(plan, running, LATER, STUCK) == store.runs.postpone(plan, running, LATER, STUCK)
        assert_tally_is_right(store, plan.id)

    def test_only_what_runs_and_is_as_it_was(self, store: Store) -> None:
        plan, (first, second, _) = active(store)
        with pytest.raises(WriteConflict):
            store.runs.postpone(plan, first, LATER, STUCK)
        running = store.claims.claim(first, run())
        stale = store.plans.load(plan.id)[0]
        store.executors.move(stale, second, NOW + 66 * MINUTE)
        for wrong_plan, wrong in (
            (stale, running),
            (store.plans.load(plan.id)[0], replace(running, run=run("another"))),
        ):
            with pytest.raises(WriteConflict):
                store.runs.postpone(wrong_plan, wrong, LATER, STUCK)
        ended = store.runs.end(running, DONE, NOW)
        with pytest.raises(WriteConflict):
            store.runs.postpone(store.plans.load(plan.id)[0], ended, LATER, STUCK)

    def test_of_an_end_and_a_postponement_at_once_one_is_made(self, store: Store) -> None:
        plan, (first, *_) = active(store)
        running = store.claims.claim(first, run())
        plan = store.plans.load(plan.id)[0]
        answers = all_at_once(
            [partial(store.runs.end, running, DONE, NOW), partial(store.runs.postpone, plan, running, LATER, STUCK)]
        )
        assert sorted(isinstance(answer, Executor) for answer in answers) == [False, True]
        assert_tally_is_right(store, plan.id)


class TestPendingUndos:
    def test_one_is_pending_from_when_its_attack_begins_until_it_is_struck(self, store: Store) -> None:
        _, attack, undo = undoable(store)
        running = store.claims.claim(attack, run())
        assert store.unfinished.pending_undos() == ()
        store.runs.begin(running, [], NOW.date(), NOW, {"flow": 7})
        assert store.unfinished.pending_undos() == (undo.id,)
        for _ in range(2):
            store.runs.undone(undo.id)
            assert store.unfinished.pending_undos() == ()

    @pytest.mark.parametrize("limits", [(), (Limit(per_day=9),)])
    def test_what_prepared_nothing_has_none(self, limits: tuple[Limit, ...], store: Store) -> None:
        _, attack, _ = undoable(store)
        store.runs.begin(store.claims.claim(attack, run()), limits, NOW.date(), NOW)
        assert store.unfinished.pending_undos() == ()
        found = store.executors.locate(attack.id)
        assert found is not None and (found[1].began, found[1].prepared, found[1].to_undo) == (NOW, None, False)

    @pytest.mark.parametrize("state", [{}, [], "", 0, False])
    def test_an_empty_state_is_not_nothing(self, state: Any, store: Store) -> None:
        _, attack, undo = undoable(store)
        store.runs.begin(store.claims.claim(attack, run()), [Limit(per_day=9)], NOW.date(), NOW, state)
        assert store.unfinished.pending_undos() == (undo.id,)
        found = store.executors.locate(attack.id)
        assert found is not None and found[1].to_undo
        assert (found[1].prepared, type(found[1].prepared)) == (state, type(state))

    def test_to_strike_what_was_never_noted_leaves_nothing_behind(self, store: Store) -> None:
        plan, _, undo = undoable(store)
        store.runs.undone(undo.id)
        assert len(store.unfinished.executors_of(plan.id)) == 2 and store.unfinished.pending_undos() == ()

    def test_what_the_pair_is_comes_back_as_it_was(self, store: Store) -> None:
        plan, attack, undo = undoable(store)
        assert store.plans.load(plan.id) == (plan, (attack, undo)) and plan.undoable


class TestBurying:
    def test_a_plan_that_has_undos_is_deleted_by_who_has_seen_to_them(self, store: Store) -> None:
        plan, attack, undo = undoable(store)
        with pytest.raises(HasUndos):
            store.plans.soft_delete(plan.id, NOW)
        assert store.plans.soft_delete(plan.id, NOW, undone=plan)[1] == (attack, undo)
        assert store.plans.soft_delete(plan.id, NOW, undone=plan)[1] == (attack, undo)
        with pytest.raises(PlanNotFound):
            store.plans.load(plan.id)

    def test_not_where_one_has_ended_since(self, store: Store) -> None:
        plan, attack, _ = undoable(store)
        running = store.claims.claim(attack, run())
        with pytest.raises(PlanIsRunning):
            store.plans.soft_delete(plan.id, NOW, undone=plan)
        store.runs.end(running, DONE, NOW)
        with pytest.raises(HasUndos):
            store.plans.soft_delete(plan.id, NOW, undone=plan)
        store.plans.soft_delete(plan.id, NOW, undone=store.plans.load(plan.id)[0])
