"""``ports.Runs.postpone`` and what else an undo needs of a store."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from chalicelib.control import Limit
from chalicelib.errors import HasUndos, Lost, PlanIsRunning, PlanNotFound
from chalicelib.model import Executor, Failure, Plan, Status
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
    store.add(plan, (attack, undo))
    store.commit(plan.id)
    return store.load(plan.id)[0], attack, undo


class TestPostponing:
    def test_an_undo_that_ran_is_due_again(self, store: Store) -> None:
        plan, (_first, second, _) = active(store)
        running = store.claim(replace(second, delivered=NOW, deliveries=1), run())
        plan = store.load(plan.id)[0]
        later = store.postpone(plan, running, LATER, STUCK)
        assert later == replace(
            second, delivered=NOW, deliveries=1, due=LATER, error=STUCK, attempts=1, status=Status.SCHEDULED
        )
        found, executors = store.load(plan.id)
        assert executors[-1] == later and found.dues[-1] == LATER and found.running == 0
        assert_tally_is_right(store, plan.id)
        assert store.executors(everything=False, limit=9, after=None).items[-1] == later
        assert store.claim(later, run("again")).status is Status.RUNNING

    def test_without_an_error_it_is_no_attempt(self, store: Store) -> None:
        plan, (first, *_) = active(store)
        running = store.claim(first, run())
        assert store.postpone(store.load(plan.id)[0], running, LATER, None) == replace(first, due=LATER)

    def test_its_schedule_is_unsettled(self, store: Store, clock: SetClock) -> None:
        plan, (first, *_) = active(store)
        running = store.claim(first, run())
        store.postpone(store.load(plan.id)[0], running, LATER, None)
        assert store.unsettled(NOW + MINUTE) == (first.id,)
        store.settle(first.id, LATER)
        assert store.unsettled(NOW + MINUTE) == ()

    def test_the_very_same_again_is_no_error_and_counts_once(self, store: Store) -> None:
        plan, (first, *_) = active(store)
        running = store.claim(first, run())
        plan = store.load(plan.id)[0]
        assert store.postpone(plan, running, LATER, STUCK) == store.postpone(plan, running, LATER, STUCK)
        assert_tally_is_right(store, plan.id)

    def test_only_what_runs_and_is_as_it_was(self, store: Store) -> None:
        plan, (first, second, _) = active(store)
        with pytest.raises(Lost):
            store.postpone(plan, first, LATER, STUCK)
        running = store.claim(first, run())
        stale = store.load(plan.id)[0]
        store.move(stale, second, NOW + 66 * MINUTE)
        for wrong_plan, wrong in (
            (stale, running),
            (store.load(plan.id)[0], replace(running, run=run("another"))),
        ):
            with pytest.raises(Lost):
                store.postpone(wrong_plan, wrong, LATER, STUCK)
        ended = store.end(running, DONE, NOW)
        with pytest.raises(Lost):
            store.postpone(store.load(plan.id)[0], ended, LATER, STUCK)

    def test_of_an_end_and_a_postponement_at_once_one_is_made(self, store: Store) -> None:
        plan, (first, *_) = active(store)
        running = store.claim(first, run())
        plan = store.load(plan.id)[0]
        answers = all_at_once(
            [partial(store.end, running, DONE, NOW), partial(store.postpone, plan, running, LATER, STUCK)]
        )
        assert sorted(isinstance(answer, Executor) for answer in answers) == [False, True]
        assert_tally_is_right(store, plan.id)


class TestPendingUndos:
    def test_one_is_pending_from_when_its_attack_begins_until_it_is_struck(self, store: Store) -> None:
        _, attack, undo = undoable(store)
        running = store.claim(attack, run())
        assert store.pending_undos() == ()
        store.begin(running, [], NOW.date(), NOW, {"flow": 7})
        assert store.pending_undos() == (undo.id,)
        for _ in range(2):
            store.undone(undo.id)
            assert store.pending_undos() == ()

    @pytest.mark.parametrize("limits", [(), (Limit(per_day=9),)])
    def test_what_prepared_nothing_has_none(self, limits: tuple[Limit, ...], store: Store) -> None:
        _, attack, _ = undoable(store)
        store.begin(store.claim(attack, run()), limits, NOW.date(), NOW)
        assert store.pending_undos() == ()
        found = store.locate(attack.id)
        assert found is not None and (found[1].began, found[1].prepared, found[1].to_undo) == (NOW, None, False)

    @pytest.mark.parametrize("state", [{}, [], "", 0, False])
    def test_an_empty_state_is_not_nothing(self, state: Any, store: Store) -> None:
        _, attack, undo = undoable(store)
        store.begin(store.claim(attack, run()), [Limit(per_day=9)], NOW.date(), NOW, state)
        assert store.pending_undos() == (undo.id,)
        found = store.locate(attack.id)
        assert found is not None and found[1].to_undo
        assert (found[1].prepared, type(found[1].prepared)) == (state, type(state))

    def test_to_strike_what_was_never_noted_leaves_nothing_behind(self, store: Store) -> None:
        plan, _, undo = undoable(store)
        store.undone(undo.id)
        assert len(store.executors_of(plan.id)) == 2 and store.pending_undos() == ()

    def test_what_the_pair_is_comes_back_as_it_was(self, store: Store) -> None:
        plan, attack, undo = undoable(store)
        assert store.load(plan.id) == (plan, (attack, undo)) and plan.undoable


class TestBurying:
    def test_a_plan_that_has_undos_is_buried_by_who_has_seen_to_them(self, store: Store) -> None:
        plan, attack, undo = undoable(store)
        with pytest.raises(HasUndos):
            store.bury(plan.id, NOW)
        assert store.bury(plan.id, NOW, undone=plan)[1] == (attack, undo)
        assert store.bury(plan.id, NOW, undone=plan)[1] == (attack, undo)
        with pytest.raises(PlanNotFound):
            store.load(plan.id)

    def test_not_where_one_has_ended_since(self, store: Store) -> None:
        plan, attack, _ = undoable(store)
        running = store.claim(attack, run())
        with pytest.raises(PlanIsRunning):
            store.bury(plan.id, NOW, undone=plan)
        store.end(running, DONE, NOW)
        with pytest.raises(HasUndos):
            store.bury(plan.id, NOW, undone=plan)
        store.bury(plan.id, NOW, undone=store.load(plan.id)[0])
