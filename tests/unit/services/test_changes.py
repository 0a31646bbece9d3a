"""Renaming, moving and deleting, against others who do the same, and with failures between table and schedule."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import (
    Conflict,
    ExecutorHasEnded,
    ExecutorIsRunning,
    ExecutorNotFound,
    InvalidRequest,
    NotFound,
    PlanIsRunning,
    PlanNotFound,
)
from chalicelib.domain.model import Executor, Status
from chalicelib.domain.unavailable import Unavailable
from tests.support.disturbed_adapters import Always, MeddledSchedules, MeddledStore, fail, lose
from tests.support.world import NOW, HandClock, World, later, plan_document, world

UNKNOWN_PLAN = "0123456789abcdef" * 2
UNKNOWN = f"{UNKNOWN_PLAN}-0000"
SHAPELESS = ["", "x", "0" * 33, "../" + "0" * 32, UNKNOWN + "\n", "ñ" * 32, "0" * 5000]


def to(date: str) -> dict[str, Any]:
    return {"type": "date", "args": {"date": date}}


TOMORROW = to(later(days=1))


@pytest.fixture
def some() -> World:
    clock = HandClock()
    return world(clock=clock, store=MeddledStore(clock), schedules=MeddledSchedules())


def start(some: World, executor: Executor) -> None:
    """The executor's run begins and is never heard of again."""
    some.store.before["end"].append(fail)  # type: ignore[attr-defined]
    some.run(executor)


def unsynced(some: World) -> tuple[str, ...]:
    return some.store.unfinished.unsynced(some.clock.now + timedelta(days=1))


class TestRenaming:
    def test_a_plan_bears_its_new_name_at_once(self, some: World) -> None:
        plan, _ = some.plan()
        renamed = some.plans.rename(plan.id, {"name": "other"})
        assert renamed.name == "other" and some.plans.get(plan.id)[0] == renamed

    def test_the_name_is_judged_before_the_id_is_looked_up(self, some: World) -> None:
        with pytest.raises(InvalidRequest):
            some.plans.rename(UNKNOWN_PLAN, {"name": ""})

    @pytest.mark.parametrize("plan_id", [UNKNOWN_PLAN, *SHAPELESS])
    def test_an_unknown_plan_is_not_found(self, plan_id: str, some: World) -> None:
        with pytest.raises(PlanNotFound):
            some.plans.rename(plan_id, {"name": "other"})


class TestMoving:
    def test_row_schedule_and_plan_move_together(self, some: World) -> None:
        plan, (first, second) = some.plan(later(hours=1), later(hours=2))
        moved = some.executors.move(first.id, TOMORROW)
        stored, executors = some.plans.get(plan.id)
        assert moved.due == NOW + timedelta(days=1) == some.schedules.dues[first.id]
        assert executors == (second, moved) and stored.dues == (second.due, moved.due)
        assert stored.next_due == second.due and not unsynced(some)

    def test_to_the_date_it_has_already(self, some: World) -> None:
        executor = some.executor(later(days=1))
        assert some.executors.move(executor.id, TOMORROW) == replace(executor, changed_by="anyone")
        assert some.schedules.dues == {executor.id: executor.due}

    @pytest.mark.parametrize("executor_id", [UNKNOWN, UNKNOWN_PLAN, *SHAPELESS])
    def test_an_unknown_executor_is_not_found_once_the_date_is_good(self, executor_id: str, some: World) -> None:
        with pytest.raises(InvalidRequest):
            some.executors.move(executor_id, to(later(hours=-1)))
        with pytest.raises(ExecutorNotFound):
            some.executors.move(executor_id, TOMORROW)

    def test_what_runs_or_has_run_cannot_be_moved(self, some: World) -> None:
        _, (first, second) = some.plan(later(hours=1), later(hours=2))
        some.run(first)
        with pytest.raises(
            ExecutorHasEnded, match=r"has ended \(succeeded\) and cannot be moved or run: post a new plan"
        ):
            some.executors.move(first.id, TOMORROW)
        start(some, second)
        with pytest.raises(ExecutorIsRunning, match="is running: wait"):
            some.executors.move(second.id, TOMORROW)

    @pytest.mark.parametrize("method", ["put", "locate", "mark_synced"])
    def test_a_move_whose_schedule_fails_stands_and_the_sweep_follows(self, method: str, some: World) -> None:
        executor = some.executor()
        where: Any = some.schedules if method == "put" else some.store
        where.before[method] += [None, fail] if method == "locate" else [fail]
        moved = some.executors.move(executor.id, TOMORROW)
        assert some.executors.get(executor.id) == moved and unsynced(some) == (executor.id,)
        some.clock.advance(seconds=121)
        assert some.sweep.sweep()["synced"] == 1
        assert some.schedules.dues == {executor.id: moved.due} and not unsynced(some)

    def test_a_move_that_another_overtakes_is_decided_anew(self, some: World) -> None:
        _, (first, second) = some.plan(later(hours=1), later(hours=2))
        other = some.store.before["move"]  # type: ignore[attr-defined]
        other.append(lambda: some.executors.move(second.id, to(later(days=2))))
        moved = some.executors.move(first.id, TOMORROW)
        assert some.schedules.dues == {first.id: moved.due, second.id: NOW + timedelta(days=2)}
        assert some.plans.get(first.plan_id)[0].dues == (moved.due, NOW + timedelta(days=2))

    def test_a_move_that_meets_a_run_is_refused(self, some: World) -> None:
        executor = some.executor()
        some.store.before["move"].append(lambda: start(some, executor))  # type: ignore[attr-defined]
        with pytest.raises(ExecutorIsRunning):
            some.executors.move(executor.id, TOMORROW)

    def test_a_move_that_never_gets_through_says_when_to_try_again(self, some: World) -> None:
        executor = some.executor()
        some.store.before["move"] = Always([lose])  # type: ignore[attr-defined]
        with pytest.raises(Unavailable) as raised:
            some.executors.move(executor.id, TOMORROW)
        assert raised.value.retry_after == 1 and some.executors.get(executor.id) == executor


class TestTwoAtOnce:
    """Who changes the row last may come to the schedule first."""

    def meanwhile(self, some: World, method: str, what: Callable[[], object]) -> None:
        some.schedules.before[method].append(what)  # type: ignore[attr-defined]

    def agree(self, some: World, executor: Executor) -> None:
        now = some.executors.get(executor.id)
        assert some.schedules.dues == {executor.id: now.due} and not unsynced(some)

    def test_two_moves(self, some: World) -> None:
        executor = some.executor()
        self.meanwhile(some, "put", lambda: some.executors.move(executor.id, to(later(days=2))))
        some.executors.move(executor.id, TOMORROW)
        self.agree(some, executor)
        assert some.schedules.dues == {executor.id: NOW + timedelta(days=2)}

    def test_three_moves(self, some: World) -> None:
        executor = some.executor()
        for days in (2, 3):
            self.meanwhile(some, "put", lambda days=days: some.executors.move(executor.id, to(later(days=days))))
        some.executors.move(executor.id, TOMORROW)
        self.agree(some, executor)

    def test_a_move_and_a_deletion(self, some: World) -> None:
        executor = some.executor()
        self.meanwhile(some, "put", lambda: some.executors.delete(executor.id))
        some.executors.move(executor.id, TOMORROW)
        assert some.schedules.dues == {} and not unsynced(some)

    def test_a_move_and_the_deletion_of_the_plan(self, some: World) -> None:
        executor = some.executor()
        self.meanwhile(some, "put", lambda: some.plans.delete(executor.plan_id))
        some.executors.move(executor.id, TOMORROW)
        assert some.schedules.dues == {}

    def test_a_sweep_and_a_move(self, some: World) -> None:
        executor = some.executor()
        self.meanwhile(some, "put", fail)
        some.executors.move(executor.id, TOMORROW)
        some.clock.advance(seconds=121)
        self.meanwhile(some, "put", lambda: some.executors.move(executor.id, to(later(days=2))))
        some.sweep.sweep()
        self.agree(some, executor)

    def test_a_row_that_comes_to_no_rest_is_left_to_the_sweep(self, some: World) -> None:
        executor = some.executor()
        days = iter(range(2, 100))

        def other() -> None:
            plan, row = some.store.executors.locate(executor.id) or pytest.fail()
            some.store.executors.move(plan, row, NOW + timedelta(days=next(days)))

        some.schedules.after["put"] = Always([other])  # type: ignore[attr-defined]
        some.executors.move(executor.id, TOMORROW)
        assert unsynced(some) == (executor.id,)
        some.schedules.after["put"] = []  # type: ignore[attr-defined]
        some.clock.advance(seconds=121)
        some.sweep.sweep()
        self.agree(some, executor)


class TestDeletingAnExecutor:
    def test_it_is_gone_with_its_schedule_and_from_its_plan(self, some: World) -> None:
        plan, (first, second) = some.plan(later(hours=1), later(hours=2))
        some.executors.delete(first.id)
        stored, executors = some.plans.get(plan.id)
        assert executors == (second,) and (stored.total, stored.remaining, stored.next_due) == (1, 1, second.due)
        assert some.schedules.dues == {second.id: second.due} and not unsynced(some)
        for ask in (some.executors.get, some.executors.delete):
            with pytest.raises(ExecutorNotFound, match=f"^executor not found {first.id}$"):
                ask(first.id)

    def test_the_last_one_leaves_a_plan_that_is_spent(self, some: World) -> None:
        executor = some.executor()
        some.executors.delete(executor.id)
        plan, executors = some.plans.get(executor.plan_id)
        assert executors == () and plan.executed and plan.next_due is None
        assert some.plans.list(everything=False, limit=1, after=None).items == ()
        assert some.plans.list(everything=True, limit=1, after=None).items == (plan,)

    def test_what_runs_is_not_deleted_but_what_has_run_is(self, some: World) -> None:
        _, (first, second) = some.plan(later(hours=1), later(hours=2))
        some.run(first)
        some.executors.delete(first.id)
        assert some.plans.get(first.plan_id)[0].remaining == 1
        start(some, second)
        with pytest.raises(ExecutorIsRunning):
            some.executors.delete(second.id)

    def test_what_has_run_stays_on_record_behind_its_tombstone(self, some: World) -> None:
        executor = some.executor()
        some.run(executor)
        some.executors.delete(executor.id)
        (row,) = some.store.unfinished.executors_of(executor.plan_id)
        assert row.deleted and row.status is Status.SUCCEEDED and row.outcome == {"noted": "node-1"}

    @pytest.mark.parametrize("method", ["drop_all", "mark_synced"])
    def test_a_deletion_whose_schedule_fails_stands_and_the_sweep_follows(self, method: str, some: World) -> None:
        executor = some.executor()
        where: Any = some.schedules if method == "drop_all" else some.store
        where.before[method].append(fail)
        some.executors.delete(executor.id)
        with pytest.raises(ExecutorNotFound):
            some.executors.get(executor.id)
        some.clock.advance(seconds=121)
        assert some.sweep.sweep()["synced"] == 1
        assert some.schedules.dues == {} and not unsynced(some)

    @pytest.mark.parametrize("executor_id", [UNKNOWN, UNKNOWN_PLAN, *SHAPELESS])
    def test_an_unknown_executor_is_not_found(self, executor_id: str, some: World) -> None:
        for ask in (some.executors.get, some.executors.delete):
            with pytest.raises(ExecutorNotFound):
                ask(executor_id)

    def test_a_deletion_that_another_overtakes_is_decided_anew(self, some: World) -> None:
        executor = some.executor()
        other = some.store.before["soft_delete_executor"]  # type: ignore[attr-defined]
        other.append(lambda: some.executors.move(executor.id, TOMORROW))
        some.executors.delete(executor.id)
        assert some.schedules.dues == {}


class TestDeletingAPlan:
    def test_it_is_gone_with_its_executors_and_their_schedules(self, some: World) -> None:
        plan, executors = some.plan(later(hours=1), later(hours=2))
        keep = some.executor()
        some.run(executors[0])
        some.plans.delete(plan.id)
        assert some.schedules.dues.keys() - {executors[0].id} == {keep.id} and not some.store.unfinished.half_deleted()
        assert [each.id for each in some.executors.list(everything=True, limit=9, after=None).items] == [keep.id]
        some.clock.advance(microseconds=1)
        for ask in (some.plans.get, some.plans.delete):
            with pytest.raises(PlanNotFound, match=f"^plan not found {plan.id}$"):
                ask(plan.id)
        for executor in executors:
            with pytest.raises(ExecutorNotFound):
                some.executors.get(executor.id)

    def test_not_while_one_of_them_runs(self, some: World) -> None:
        plan, executors = some.plan(later(hours=1), later(hours=2))
        start(some, executors[0])
        with pytest.raises(PlanIsRunning, match="delete it when that has ended"):
            some.plans.delete(plan.id)
        assert executors[1].id in some.schedules.dues

    @pytest.mark.parametrize("method", ["drop_all", "finalize_deletion"])
    def test_a_deletion_that_breaks_off_stands_and_the_sweep_follows(self, method: str, some: World) -> None:
        plan, _ = some.plan(later(hours=1), later(hours=2))
        where: Any = some.schedules if method == "drop_all" else some.store
        where.before[method].append(fail)
        some.plans.delete(plan.id)
        with pytest.raises(PlanNotFound):
            some.plans.get(plan.id)
        assert some.sweep.sweep()["finalized"] == 1
        assert some.is_empty and some.sweep.sweep()["finalized"] == 0
        assert {row.status for row in some.store.unfinished.executors_of(plan.id)} == {Status.CANCELLED}

    def test_a_deletion_that_does_not_begin_changes_nothing(self, some: World) -> None:
        plan, (executor,) = some.plan()
        some.store.before["soft_delete"].append(fail)  # type: ignore[attr-defined]
        with pytest.raises(Unavailable):
            some.plans.delete(plan.id)
        assert some.plans.get(plan.id) == (plan, (executor,)) and executor.id in some.schedules.dues

    @pytest.mark.parametrize("plan_id", [UNKNOWN_PLAN, *SHAPELESS])
    def test_an_unknown_plan_is_not_found(self, plan_id: str, some: World) -> None:
        for ask in (some.plans.get, some.plans.delete):
            with pytest.raises(PlanNotFound):
                ask(plan_id)


def test_what_is_still_being_made_is_not_found_and_cannot_be_changed(some: World) -> None:
    found: list[BaseException] = []

    def look() -> None:
        (plan_id,) = some.store.unfinished.uncommitted(NOW + timedelta(days=1))
        (executor,) = some.store.unfinished.executors_of(plan_id)
        for ask in (
            lambda: some.plans.get(plan_id),
            lambda: some.plans.delete(plan_id),
            lambda: some.plans.rename(plan_id, {"name": "x"}),
            lambda: some.executors.get(executor.id),
            lambda: some.executors.move(executor.id, TOMORROW),
            lambda: some.executors.delete(executor.id),
        ):
            with pytest.raises(NotFound) as raised:
                ask()
            found.append(raised.value)

    some.store.before["commit"].append(look)  # type: ignore[attr-defined]
    some.creation.create(plan_document(later(hours=1)))
    assert len(found) == 6


def test_conflicts_are_of_one_kind() -> None:
    assert all(issubclass(each, Conflict) for each in (PlanIsRunning, ExecutorIsRunning, ExecutorHasEnded))
