"""An attack that can be undone is undone: at its time, at once when someone asks, and whoever dies on the way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from chalicelib.adapters.aws.parallel import in_parallel
from chalicelib.domain.dates import END
from chalicelib.domain.delivery import Refusal
from chalicelib.domain.engine_state import Limit
from chalicelib.domain.errors import (
    ExecutorHasEnded,
    ExecutorNotFound,
    InvalidRequest,
    NothingToUndo,
    PlanNotFound,
    UndoIsNeeded,
    UndoIsUnderWay,
)
from chalicelib.domain.model import Executor, Status
from chalicelib.domain.unavailable import Unavailable
from chalicelib.execution.undo import MOST_ATTEMPTS
from tests.support.disturbed_adapters import Always, MeddledDeliveries, MeddledSchedules, MeddledStore, fail, lose
from tests.support.world import HandClock, World, later, plan_document, world
from tests.unit.samples.attacks.valve import Valve

VALVE = {"ref": "valve:Valve", "args": {"duration": 600}}
TEN_MINUTES = timedelta(seconds=600)


@pytest.fixture(autouse=True)
def valve() -> Iterator[type[Valve]]:
    Valve.flow, Valve.stuck = 7, False
    Valve.seen.clear()
    yield Valve
    Valve.stuck = False


@pytest.fixture
def some() -> World:
    clock = HandClock()
    return world(clock=clock, store=MeddledStore(clock), schedules=MeddledSchedules(), deliveries=MeddledDeliveries())


def pair(some: World, **args: Any) -> tuple[Executor, Executor]:
    """An attack an hour from now and its undo."""
    attack, undo = some.plan(attack={"ref": "valve:Valve", "args": {**VALVE["args"], **args}})[1]  # type: ignore[dict-item]
    return attack, undo


def now(some: World, executor: Executor) -> Executor:
    return some.executors.get(executor.id)


def begun_undo(some: World) -> Executor:
    """The undo of an attack that was made."""
    attack, undo = pair(some)
    run(some, attack)
    return undo


def run(some: World, executor: Executor) -> Executor:
    recorded = some.run(now(some, executor))
    assert isinstance(recorded, Executor)
    return recorded


def crash_while_attacking(some: World, attack: Executor) -> None:
    """The attack acted, and its process died before it could say so."""
    some.store.before["end"].append(fail)  # type: ignore[attr-defined]
    assert run(some, attack).status is Status.RUNNING and Valve.flow == 0


class TornPlans:
    """Plans whose first read of a plan gives the executors as they were before."""

    def __init__(self, plans: Any, before: tuple[Executor, ...]) -> None:
        self._plans, self._before = plans, [before]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plans, name)

    def load(self, plan_id: str) -> Any:
        plan, executors = self._plans.load(plan_id)
        return plan, self._before.pop() if self._before else executors


class TestPlanning:
    def test_an_undo_is_made_and_scheduled_together_with_its_attack(self, some: World) -> None:
        plan, executors = some.plan(later(hours=1), later(hours=2), attack=VALVE)
        assert [each.name for each in executors] == [
            *("a plan 0", "a plan 0 (undo)", "a plan 1", "a plan 1 (undo)"),
        ]
        attacks, undos = executors[::2], executors[1::2]
        assert [each.undo for each in attacks] == [each.id for each in undos]
        assert [each.undoes for each in undos] == [each.id for each in attacks]
        assert [undo.due - attack.due for attack, undo in zip(attacks, undos, strict=True)] == [TEN_MINUTES] * 2
        assert some.schedules.dues == {each.id: each.due for each in executors}
        assert plan.undoable and (plan.remaining, plan.total) == (4, 4)

    def test_what_cannot_be_undone_has_none(self, some: World) -> None:
        plan, executors = some.plan()
        assert len(executors) == 1 and not plan.undoable and executors[0].undo is None

    @pytest.mark.parametrize("args", [{}, {"duration": 0}, {"duration": -5}, {"duration": 86_400 * 31}])
    def test_an_attack_that_does_not_say_how_long_it_lasts_is_refused(self, args: Any, some: World) -> None:
        with pytest.raises(InvalidRequest, match="give duration in its args"):
            some.creation.create(plan_document(later(hours=1), attack={"ref": "valve:Valve", "args": args}))
        assert some.is_empty

    def test_an_attack_whose_undo_would_lie_beyond_the_last_date_is_refused(self, some: World) -> None:
        last = f"{END - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
        in_time = f"{END - TEN_MINUTES - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
        message = f"the attack at {last} is too far ahead to be undone: give a date before 8999-12-31T23:50:00Z"
        with pytest.raises(InvalidRequest, match=message):
            some.creation.create(plan_document(last, attack=VALVE))
        assert some.is_empty
        attack, _ = some.plan(in_time, attack=VALVE)[1]
        with pytest.raises(InvalidRequest, match=message):
            some.executors.move(attack.id, {"type": "date", "args": {"date": last}})
        assert now(some, attack).due == attack.due

    def test_undos_count_as_executors_of_the_plan(self) -> None:
        some = world(max_executors=3)
        with pytest.raises(InvalidRequest, match="with their undos are more than the 3"):
            some.creation.create(plan_document(later(hours=1), later(hours=2), attack=VALVE))


class TestUndoing:
    def test_it_is_undone_at_its_time(self, some: World) -> None:
        attack, undo = pair(some)
        recorded = run(some, attack)
        assert (recorded.status, recorded.prepared, Valve.flow) == (Status.SUCCEEDED, {"flow": 7}, 0)
        assert some.store.unfinished.pending_undos() == (undo.id,)
        undone = run(some, undo)
        assert (undone.status, undone.outcome, Valve.flow) == (Status.SUCCEEDED, {"flow": 7}, 7)
        assert some.store.unfinished.pending_undos() == ()
        assert some.plans.get(attack.plan_id)[0].executed
        assert some.deliver(undone) is Refusal.ENDED and Valve.seen == ["shut", "opened"]

    def test_what_failed_half_way_is_undone_too(self, some: World) -> None:
        attack, undo = pair(some, breaks=True)
        assert run(some, attack).status is Status.FAILED
        assert run(some, undo).status is Status.SUCCEEDED and Valve.flow == 7

    def test_it_is_undone_after_the_death_of_the_attacker(self, some: World) -> None:
        attack, undo = pair(some)
        crash_while_attacking(some, attack)
        some.clock.advance(seconds=961)
        assert run(some, undo).status is Status.SUCCEEDED and Valve.flow == 7
        some.sweep.sweep()
        assert now(some, attack).status is Status.FAILED

    def test_while_the_attacker_may_still_live_it_waits(self, some: World) -> None:
        attack, undo = pair(some)
        crash_while_attacking(some, attack)
        waiting = run(some, undo)
        assert (waiting.status, waiting.attempts, Valve.flow) == (Status.SCHEDULED, 0, 0)
        assert waiting.due == some.clock.now + timedelta(seconds=60)
        some.clock.advance(seconds=961)
        assert run(some, undo).status is Status.SUCCEEDED and Valve.flow == 7

    @pytest.mark.parametrize("late", [0, 3600, 86_400])
    def test_it_is_never_too_late(self, late: int, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        some.clock.now = undo.due + timedelta(seconds=late)
        assert run(some, undo).status is Status.SUCCEEDED and Valve.flow == 7

    def test_it_asks_no_guard_no_halt_no_freeze_and_no_leash(self, some: World) -> None:
        plan = some.creation.create(
            {**plan_document(later(hours=1), attack=VALVE), "guards": {"not_on": ["2027-03-02"]}}
        )
        attack, undo = some.plans.get(plan.id)[1]
        run(some, attack)
        span = {"name": "sale", "start": later(hours=1), "end": later(days=9), "reason": "Black Friday"}
        some.engine_state.freeze(span, "anna")
        some.engine_state.pull({"halted": True, "reason": "smoke"}, "anna")
        some.clock.now = undo.due + timedelta(days=1)
        assert run(some, undo).status is Status.SUCCEEDED and Valve.flow == 7

    def test_what_prepared_nothing_has_nothing_to_undo(self, some: World) -> None:
        attack, undo = pair(some, sound=True)
        run(some, attack)
        skipped = run(some, undo)
        assert skipped.status is Status.SKIPPED and skipped.error is not None
        assert skipped.error.message == "there is nothing to undo: the attack was succeeded and had not begun"

    def test_nor_has_it_where_it_began_under_a_limit(self) -> None:
        some = world(limits=(Limit(per_day=9),))
        attack, undo = pair(some, sound=True)
        recorded = run(some, attack)
        assert (recorded.began, recorded.prepared) == (some.clock.now, None)
        with pytest.raises(NothingToUndo, match="the attack prepared nothing"):
            some.executors.revert(attack.id)
        skipped = run(some, undo)
        assert (skipped.status, skipped.attempts, skipped.error and skipped.error.message) == (
            *(Status.SKIPPED, 0),
            "there is nothing to undo: the attack was succeeded and had prepared nothing",
        )
        some.plans.delete(attack.plan_id)
        assert some.deliveries.early == [] and Valve.seen == ["shut"]

    def test_nor_while_such_an_attack_still_runs(self) -> None:
        clock = HandClock()
        some = world(limits=(Limit(per_day=9),), clock=clock, store=MeddledStore(clock))
        attack, undo = pair(some, sound=True)
        crash_while_attacking(some, attack)
        assert run(some, undo).status is Status.SKIPPED and Valve.seen == ["shut"]

    def test_an_empty_state_is_one_to_undo(self) -> None:
        some = world(limits=(Limit(per_day=9),))
        attack, undo = pair(some, blank=True)
        assert run(some, attack).prepared == {}
        assert run(some, undo).status is Status.SUCCEEDED and Valve.seen == ["shut", "opened"]

    def test_what_was_blocked_has_nothing_to_undo(self, some: World) -> None:
        attack, undo = pair(some)
        some.engine_state.pull({"halted": True, "reason": "smoke"}, "anna")
        assert run(some, attack).status is Status.SKIPPED
        assert run(some, undo).status is Status.SKIPPED and Valve.seen == []

    def test_what_was_missed_has_nothing_to_undo(self, some: World) -> None:
        attack, undo = pair(some)
        some.clock.now = attack.due + timedelta(seconds=1000)
        some.sweep.sweep()
        assert now(some, attack).status is Status.MISSED
        assert run(some, undo).status is Status.SKIPPED and Valve.seen == []

    def test_a_leashed_attack_prepares_nothing(self) -> None:
        some = world(leashed=True)
        attack, undo = pair(some)
        assert run(some, attack).status is Status.SKIPPED and some.store.unfinished.pending_undos() == ()
        assert run(some, undo).status is Status.SKIPPED and Valve.seen == []


class TestTryingAgain:
    def test_an_attempt_is_several_tries(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        Valve.stuck = True
        waiting = run(some, undo)
        assert (waiting.status, waiting.attempts) == (Status.SCHEDULED, 1)
        assert waiting.error is not None and waiting.error.message == "the valve is stuck"
        assert waiting.due == some.clock.now + timedelta(seconds=60)
        assert some.clock.now == undo.due + timedelta(seconds=10)  # two pauses between three tries
        assert some.plans.get(undo.plan_id)[0].running == 0

    def test_the_sweep_gives_it_a_schedule_again_until_it_succeeds(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        Valve.stuck = True
        waiting = run(some, undo)
        some.schedules.drop_all([undo.id])  # it has fired
        some.clock.now = waiting.due + timedelta(seconds=181)
        assert some.sweep.sweep()["ended"] == 1
        again = now(some, undo)
        assert again.due == some.clock.now + timedelta(seconds=60) and some.schedules.dues[undo.id] == again.due
        Valve.stuck = False
        undone = run(some, again)
        assert (undone.status, undone.attempts, Valve.flow) == (Status.SUCCEEDED, 1, 7)

    def test_it_gives_up_loudly(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        Valve.stuck = True
        for _ in range(MOST_ATTEMPTS - 1):
            assert run(some, undo).status is Status.SCHEDULED
        given_up = run(some, undo)
        assert given_up.status is Status.FAILED and given_up.error is not None
        assert given_up.error.type == "GaveUp"
        assert given_up.error.message == "the undo was tried 12 times and is given up: the valve is stuck"
        assert some.store.unfinished.pending_undos() == ()
        assert some.publisher.published[-1].error == given_up.error

    def test_an_undo_that_dies_is_tried_again(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        some.store.before["end"].append(fail)  # type: ignore[attr-defined]
        assert run(some, undo).status is Status.RUNNING
        some.clock.advance(seconds=961)
        some.sweep.sweep()
        again = now(some, undo)
        assert (again.status, again.attempts, again.run) == (Status.SCHEDULED, 1, None)
        assert some.schedules.dues[undo.id] == again.due == some.clock.now + timedelta(seconds=60)
        assert run(some, again).status is Status.SUCCEEDED

    def test_one_that_dies_too_often_is_given_up_by_the_sweep(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        for _ in range(MOST_ATTEMPTS):
            some.store.before["end"].append(fail)  # type: ignore[attr-defined]
            run(some, undo)
            some.clock.advance(seconds=961)
            some.sweep.sweep()
        given_up = now(some, undo)
        assert given_up.error is not None and (given_up.status, given_up.error.type) == (Status.FAILED, "GaveUp")

    def test_one_that_was_never_delivered_is_due_again_and_never_missed(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        some.clock.now = undo.due + timedelta(seconds=120)
        assert some.sweep.sweep()["ended"] == 0
        some.clock.now = undo.due + timedelta(hours=2)
        assert some.sweep.sweep()["ended"] == 1
        assert now(some, undo).due == some.clock.now + timedelta(seconds=60)
        assert run(some, undo).status is Status.SUCCEEDED

    def test_where_its_attack_cannot_be_read_it_is_tried_again(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        some.store.before["locate"] += [None, fail]  # type: ignore[attr-defined]
        assert (run(some, undo).status, now(some, undo).attempts) == (Status.SCHEDULED, 1)

    def test_a_postponement_that_never_gets_through_is_left_to_the_sweep(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        Valve.stuck = True
        some.store.before["postpone"] = Always([lose])  # type: ignore[attr-defined]
        assert run(some, undo).status is Status.RUNNING
        some.store.before["postpone"] = []  # type: ignore[attr-defined]
        some.clock.advance(seconds=961)
        some.sweep.sweep()
        assert now(some, undo).status is Status.SCHEDULED


class TestAtOnce:
    def test_a_person_asks_for_it_by_the_attack_or_by_the_undo(self, some: World) -> None:
        for which in (0, 1):
            both = pair(some)
            run(some, both[0])
            assert some.executors.revert(both[which].id).id == both[1].id
            undone = some.deliver_early()
            assert isinstance(undone, Executor) and (undone.status, Valve.flow) == (Status.SUCCEEDED, 7)

    def test_to_run_an_undo_is_to_ask_for_it(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        assert some.executors.run(undo.id).id == undo.id
        assert isinstance(some.deliver_early(), Executor) and Valve.flow == 7

    def test_there_has_to_be_something_to_undo(self, some: World) -> None:
        attack, undo = pair(some)
        for executor in (attack, undo):
            with pytest.raises(NothingToUndo, match="the attack has not begun"):
                some.executors.revert(executor.id)
        with pytest.raises(NothingToUndo):
            some.executors.run(undo.id)
        run(some, attack)
        run(some, undo)
        with pytest.raises(NothingToUndo, match="its undo is succeeded"):
            some.executors.revert(attack.id)
        with pytest.raises(NothingToUndo, match="is not one that can be undone"):
            some.executors.revert(some.executor().id)
        with pytest.raises(ExecutorHasEnded):
            some.executors.run(undo.id)

    def test_halting_the_engine_undoes_all_that_was_begun(self, some: World) -> None:
        begun, waiting = pair(some), pair(some)
        run(some, begun[0])
        some.engine_state.pull({"halted": True, "reason": "smoke"}, "anna")
        assert [each.id for each in some.deliveries.early] == [begun[1].id]
        assert isinstance(some.deliver_early(), Executor) and Valve.flow == 7
        assert now(some, waiting[1]).status is Status.SCHEDULED

    def test_the_lever_is_pulled_though_the_undo_cannot_be_handed_over(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        some.deliveries.before["deliver_early"].append(fail)  # type: ignore[attr-defined]
        assert some.engine_state.pull({"halted": True, "reason": "smoke"}, "anna").halted
        assert run(some, undo).status is Status.SUCCEEDED

    def test_one_that_cannot_be_handed_over_hinders_no_other(self, some: World) -> None:
        undos = [begun_undo(some) for _ in range(3)]
        some.store.before["locate"].append(fail)  # type: ignore[attr-defined]
        some.deliveries.before["deliver_early"].append(fail)  # type: ignore[attr-defined]
        some.engine_state.pull({"halted": True, "reason": "smoke"}, "anna")
        assert [each.id for each in some.deliveries.early] == [undos[2].id]

    def test_several_are_handed_over_at_the_same_time(self) -> None:
        """Each waits until the others are being handed over too."""
        together = Barrier(3, timeout=20)
        deliveries = MeddledDeliveries()
        deliveries.before["deliver_early"] = Always([together.wait])
        some = world(deliveries=deliveries)
        for _ in range(3):
            begun_undo(some)
        early_undo = replace(some.engine_state.early_undo, at_once=partial(in_parallel, width=3))
        assert early_undo.revert_all("anna") == 3

    def test_where_the_pending_ones_cannot_be_read_the_lever_is_pulled_all_the_same(self, some: World) -> None:
        begun_undo(some)
        some.store.before["pending_undos"].append(fail)  # type: ignore[attr-defined]
        assert some.engine_state.pull({"halted": True, "reason": "smoke"}, "anna").halted
        assert some.deliveries.early == []

    def test_a_note_of_what_is_undone_already_is_struck(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        some.store.before["undone"].append(fail)  # type: ignore[attr-defined]
        run(some, undo)
        assert some.store.unfinished.pending_undos() == (undo.id,)
        some.engine_state.pull({"halted": True, "reason": "smoke"}, "anna")
        assert some.deliveries.early == [] and some.store.unfinished.pending_undos() == ()

    def test_a_person_runs_the_attack_before_its_time_and_the_undo_moves_with_it(self, some: World) -> None:
        attack, undo = pair(some)
        some.executors.run(attack.id)
        moved = now(some, undo)
        assert moved.due == some.clock.now + TEN_MINUTES and some.schedules.dues[undo.id] == moved.due
        some.deliver_early()
        assert run(some, undo).status is Status.SUCCEEDED and Valve.flow == 7


class TestWhileHalted:
    """The sweep expedites the undos that halting could not hand over, which invokes nothing."""

    def halt(self, some: World) -> None:
        some.engine_state.pull({"halted": True, "reason": "smoke"}, "anna")

    def test_an_attack_that_would_begin_after_the_halt_does_not_and_leaves_nothing_to_undo(self, some: World) -> None:
        attack, _ = pair(some)
        some.store.before["begin"].append(lambda: self.halt(some))  # type: ignore[attr-defined]
        assert run(some, attack).status is Status.SKIPPED
        assert some.deliveries.early == [] and Valve.flow == 7
        assert some.sweep.sweep()["expedited"] == 0

    def test_one_that_the_halt_could_not_hand_over_is_undone_soon(self, some: World) -> None:
        undo = begun_undo(some)
        some.deliveries.before["deliver_early"].append(fail)  # type: ignore[attr-defined]
        self.halt(some)
        assert some.deliveries.early == [] and Valve.flow == 0
        assert some.sweep.sweep()["expedited"] == 1
        soon = some.clock.now + timedelta(seconds=60)
        assert now(some, undo).due == soon and some.schedules.dues[undo.id] == soon
        assert some.sweep.sweep()["expedited"] == 0
        assert run(some, undo).status is Status.SUCCEEDED and Valve.flow == 7

    def test_one_that_could_not_be_handed_over_is_too_and_another_failure_is_left_to_the_next_sweep(
        self, some: World
    ) -> None:
        executors = some.plan(later(minutes=60), later(minutes=61), attack=VALVE)[1]
        for attack in executors[:2]:
            run(some, attack)
        undos = executors[2:]
        some.deliveries.before["deliver_early"] = Always([fail])  # type: ignore[attr-defined]
        self.halt(some)
        some.store.before["move"].append(fail)  # type: ignore[attr-defined]
        first = some.sweep.sweep()
        assert (first["expedited"], first["failed"]) == (1, 1)
        some.clock.advance(seconds=1)
        assert some.sweep.sweep()["expedited"] == 1
        assert all(now(some, undo).due <= some.clock.now + timedelta(seconds=60) for undo in undos)

    def test_one_whose_schedule_could_not_be_moved_is_synced_later(self, some: World) -> None:
        undo = begun_undo(some)
        some.deliveries.before["deliver_early"].append(fail)  # type: ignore[attr-defined]
        self.halt(some)
        some.schedules.before["put"].append(fail)  # type: ignore[attr-defined]
        assert some.sweep.sweep()["failed"] == 1
        assert run(some, undo).status is Status.SUCCEEDED and Valve.flow == 7

    def test_without_a_halt_and_after_it_dates_stay(self, some: World) -> None:
        undo = begun_undo(some)
        some.sweep.sweep()
        assert now(some, undo).due == undo.due
        some.deliveries.before["deliver_early"].append(fail)  # type: ignore[attr-defined]
        self.halt(some)
        some.engine_state.pull({"halted": False}, "anna")
        some.sweep.sweep()
        assert now(some, undo).due == undo.due

    def test_a_note_of_one_that_has_ended_is_struck(self, some: World) -> None:
        undo = begun_undo(some)
        some.store.before["undone"].append(fail)  # type: ignore[attr-defined]
        run(some, undo)
        some.store.before["pending_undos"].append(fail)  # type: ignore[attr-defined]
        self.halt(some)
        assert some.store.unfinished.pending_undos() == (undo.id,)
        assert some.sweep.sweep()["expedited"] == 0 and some.store.unfinished.pending_undos() == ()


class TestMoving:
    @pytest.mark.parametrize("hours", [0.5, 5])
    def test_the_undo_moves_with_its_attack(self, hours: float, some: World) -> None:
        attack, undo = pair(some)
        moved = some.executors.move(attack.id, {"type": "date", "args": {"date": later(hours=hours)}})
        assert now(some, undo).due == moved.due + TEN_MINUTES
        assert some.schedules.dues == {attack.id: moved.due, undo.id: moved.due + TEN_MINUTES}

    @pytest.mark.parametrize("hours", [0.5, 5])
    def test_where_only_the_attack_could_be_moved_the_sweep_moves_the_undo(self, hours: float, some: World) -> None:
        attack, undo = pair(some)
        some.store.after["move"].append(lambda: some.store.before["move"].append(fail))  # type: ignore[attr-defined]
        moved = some.executors.move(attack.id, {"type": "date", "args": {"date": later(hours=hours)}})
        assert now(some, undo).due == undo.due
        some.clock.advance(seconds=121)
        some.sweep.sweep()
        assert now(some, undo).due == moved.due + TEN_MINUTES
        assert some.schedules.dues == {attack.id: moved.due, undo.id: moved.due + TEN_MINUTES}

    def test_an_undo_that_comes_before_its_attack_waits_for_it(self, some: World) -> None:
        attack, undo = pair(some)
        some.executors.move(undo.id, {"type": "date", "args": {"date": later(minutes=5)}})
        waiting = run(some, undo)
        assert (waiting.status, waiting.due, waiting.attempts) == (Status.SCHEDULED, attack.due + TEN_MINUTES, 0)
        run(some, attack)
        assert run(some, undo).status is Status.SUCCEEDED and Valve.flow == 7


class TestDeleting:
    def test_a_plan_whose_attacks_have_not_begun_goes_at_once(self, some: World) -> None:
        attack, _ = pair(some)
        some.plans.delete(attack.plan_id)
        assert some.schedules.dues == {} and some.deliveries.early == []

    def test_a_plan_goes_once_what_it_began_is_undone(self, some: World) -> None:
        attack, _undo = pair(some)
        run(some, attack)
        some.deliveries.after["deliver_early"].append(some.deliver_early)  # type: ignore[attr-defined]
        some.plans.delete(attack.plan_id)
        assert Valve.flow == 7
        with pytest.raises(PlanNotFound):
            some.plans.get(attack.plan_id)

    def test_where_that_takes_too_long_the_plan_stays_and_the_undo_is_under_way(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        with pytest.raises(UndoIsUnderWay):
            some.plans.delete(attack.plan_id)
        assert some.deliveries.early[0].id == undo.id
        some.deliver_early()
        some.plans.delete(attack.plan_id)
        assert Valve.flow == 7

    def test_an_attack_that_ends_meanwhile_is_seen_to(self, some: World) -> None:
        attack, _undo = pair(some)
        some.deliveries.after["deliver_early"].append(some.deliver_early)  # type: ignore[attr-defined]
        some.store.before["soft_delete"] += [None, lambda: run(some, attack)]  # type: ignore[attr-defined]
        some.plans.delete(attack.plan_id)
        assert Valve.seen == ["shut", "opened"]

    def test_an_attack_that_was_deleted_is_undone_all_the_same(self, some: World) -> None:
        attack, _undo = pair(some)
        run(some, attack)
        some.executors.delete(attack.id)
        assert isinstance(some.deliver_early(), Executor) and Valve.flow == 7

    def test_nor_is_its_undo_lost_where_the_plan_is_deleted_after_it(self, some: World) -> None:
        attack, undo = pair(some)
        run(some, attack)
        some.executors.delete(attack.id)
        with pytest.raises(UndoIsUnderWay):
            some.plans.delete(attack.plan_id)
        assert isinstance(some.deliver_early(), Executor) and Valve.flow == 7
        some.plans.delete(attack.plan_id)
        with pytest.raises(PlanNotFound):
            some.plans.get(attack.plan_id)
        assert some.deliver(undo) is Refusal.DELETED and Valve.seen == ["shut", "opened"]

    def test_a_plan_that_was_read_in_pieces_is_read_again_before_it_is_deleted(self, some: World) -> None:
        """An executor's row as it was before its attack ended, its plan's as it is after."""
        attack, _ = pair(some)
        before = some.plans.get(attack.plan_id)[1]
        run(some, attack)
        some.plans = replace(some.plans, plans=TornPlans(some.store.plans, before))
        with pytest.raises(UndoIsUnderWay):
            some.plans.delete(attack.plan_id)
        assert isinstance(some.deliver_early(), Executor) and Valve.flow == 7

    def test_an_undo_that_has_nothing_to_undo_is_deleted_with_its_attack(self, some: World) -> None:
        attack, undo = pair(some)
        some.executors.delete(attack.id, "anna")
        plan, executors = some.plans.get(attack.plan_id)
        assert executors == () and plan.executed and some.schedules.dues == {}
        with pytest.raises(ExecutorNotFound):
            some.executors.get(undo.id)
        rows = some.store.unfinished.executors_of(plan.id)
        assert {(row.id, row.deleted, row.deleted_by) for row in rows} <= {(undo.id, True, "anna")} | {
            (attack.id, True, "anna")
        }
        assert some.deliver(undo) is Refusal.DELETED

    @pytest.mark.parametrize("method", ["soft_delete_executor", "end"])
    @pytest.mark.parametrize("event", [fail, lose])
    def test_where_it_cannot_be_deleted_at_once_the_sweep_does_it(self, some: World, event: Any, method: str) -> None:
        attack, undo = pair(some)
        some.store.before[method] += [None, event] if method == "soft_delete_executor" else [event]  # type: ignore[attr-defined]
        some.schedules.before["drop_all"] += [fail, fail]  # type: ignore[attr-defined]
        some.executors.delete(attack.id)
        some.clock.advance(seconds=121)
        some.sweep.sweep()
        some.sweep.sweep()
        assert some.plans.get(attack.plan_id)[1] == () and some.schedules.dues == {}
        assert some.deliver(undo) is Refusal.DELETED

    @pytest.mark.parametrize("how", ["skipped", "missed", "failed before it acted", "succeeded without a trace"])
    def test_the_undo_of_an_attack_that_left_nothing_to_undo_ends_with_the_next_sweep(
        self, some: World, how: str
    ) -> None:
        args = {"duration": 30 * 86_400, "spared": "prepare, bare" if how == "failed before it acted" else ""}
        attack, undo = pair(some, **args, sound=how == "succeeded without a trace")
        if how == "skipped":
            some.engine_state.pull({"halted": True, "reason": "smoke"}, "anna")
        if how == "missed":
            some.clock.now = attack.due + timedelta(days=1)
        else:
            run(some, attack)
            assert now(some, attack).status.executed and now(some, undo).status is Status.SCHEDULED
            some.clock.advance(seconds=121)
        some.sweep.sweep()
        assert now(some, attack).status.executed
        ended = now(some, undo)
        assert ended.status is Status.SKIPPED and ended.error is not None and ended.error.type == "NothingToUndo"
        assert some.plans.get(attack.plan_id)[0].executed and undo.id not in some.schedules.dues
        some.executors.delete(undo.id)
        assert some.sweep.sweep()["synced"] == 0

    def test_one_that_has_something_to_undo_is_left_to_its_date(self, some: World) -> None:
        undo = begun_undo(some)
        some.clock.advance(seconds=121)
        some.sweep.sweep()
        assert now(some, undo) == undo and some.schedules.dues[undo.id] == undo.due
        assert run(some, undo).status is Status.SUCCEEDED and Valve.flow == 7

    def test_a_person_may_delete_an_undo_once_there_is_nothing_to_undo(self, some: World) -> None:
        attack, undo = pair(some, sound=True)
        with pytest.raises(UndoIsNeeded, match="delete the attack instead, which deletes its undo too$"):
            some.executors.delete(undo.id)
        run(some, attack)
        some.executors.delete(undo.id)
        assert some.plans.get(attack.plan_id)[0].executed and undo.id not in some.schedules.dues

    def test_an_undo_is_not_deleted_before_it_is_done(self, some: World) -> None:
        attack, undo = pair(some)
        with pytest.raises(UndoIsNeeded):
            some.executors.delete(undo.id)
        run(some, attack)
        with pytest.raises(UndoIsNeeded):
            some.executors.delete(undo.id)
        run(some, undo)
        some.executors.delete(undo.id)

    def test_where_its_undo_cannot_be_handed_over_an_attack_is_not_deleted(self, some: World) -> None:
        attack, _undo = pair(some)
        run(some, attack)
        some.deliveries.before["deliver_early"].append(fail)  # type: ignore[attr-defined]
        with pytest.raises(Unavailable):
            some.executors.delete(attack.id)
        assert now(some, attack).status is Status.SUCCEEDED

    def test_of_a_plans_undos_one_that_cannot_be_handed_over_hinders_no_other(self, some: World) -> None:
        plan, executors = some.plan(later(hours=1), later(hours=2), attack=VALVE)
        for attack in executors[::2]:
            run(some, attack)
        some.deliveries.before["deliver_early"].append(fail)  # type: ignore[attr-defined]
        with pytest.raises(Unavailable):
            some.plans.delete(plan.id)
        assert [each.id for each in some.deliveries.early] == [executors[3].id]
