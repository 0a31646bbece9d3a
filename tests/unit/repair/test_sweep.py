"""What the sweep repairs, and what it leaves alone."""

import json
from datetime import timedelta

import pytest

from chalicelib.domain.model import Status
from chalicelib.domain.unavailable import Unavailable
from chalicelib.repair.sweep import PORTION
from chalicelib.runtime.logs import Lines
from tests.support.disturbed_adapters import Always, MeddledSchedules, MeddledStore, fail, lose
from tests.support.world import HandClock, World, later, plan_document, world

NOTHING = {"erased": 0, "finalized": 0, "ended": 0, "expedited": 0, "synced": 0, "failed": 0, "broken": 0}
TOMORROW = {"type": "date", "args": {"date": later(days=1)}}


@pytest.fixture
def some() -> World:
    clock = HandClock()
    return world(clock=clock, store=MeddledStore(clock), schedules=MeddledSchedules())


def before(some: World, method: str, *events: object) -> None:
    where = some.schedules if hasattr(some.schedules, method) else some.store
    where.before[method] += events  # type: ignore[union-attr]


def break_off(some: World) -> None:
    """A plan whose making breaks off, with all its schedules."""
    before(some, "commit", fail)
    before(some, "soft_delete", fail)
    with pytest.raises(Unavailable):
        some.creation.create(plan_document(later(hours=1), later(hours=2)))


def lose_the_run(some: World) -> str:
    """An executor whose run is never heard of again."""
    executor = some.executor()
    before(some, "end", fail)
    some.run(executor)
    return executor.id


def test_where_nothing_is_unfinished_nothing_is_done(some: World) -> None:
    assert some.sweep.sweep() == NOTHING
    executor, other = some.executor(), some.executor()
    some.run(executor)
    some.executors.delete(other.id)
    assert some.sweep.sweep() == NOTHING


class TestUncommittedPlans:
    def test_one_whose_client_got_no_answer_is_erased(self, some: World) -> None:
        break_off(some)
        assert len(some.schedules.dues) == 2
        some.clock.advance(seconds=121)
        assert some.sweep.sweep() == {**NOTHING, "erased": 1}
        assert some.is_empty and some.sweep.sweep() == NOTHING

    def test_one_that_may_still_be_in_the_making_is_not(self, some: World) -> None:
        before(some, "commit", lambda: some.clock.advance(seconds=29), None)
        swept: list[dict[str, int]] = []
        before(some, "put_all", lambda: swept.append(some.sweep.sweep()))
        plan, _ = some.plan(later(hours=1))
        assert swept == [NOTHING] and some.plans.get(plan.id)

    def test_one_that_cannot_be_erased_now_is_left_and_the_others_are_not(self, some: World) -> None:
        break_off(some)
        break_off(some)
        some.clock.advance(seconds=121)
        before(some, "drop_all", fail)
        assert some.sweep.sweep()["erased"] == 1
        assert some.sweep.sweep()["erased"] == 1
        assert some.is_empty

    def test_one_that_was_committed_while_its_index_lags_keeps_its_schedules(self, some: World) -> None:
        plan, executors = some.plan(later(hours=1), later(hours=2))
        some.store.unfinished.uncommitted = lambda before: (plan.id,)  # type: ignore[method-assign]
        assert some.sweep.sweep() == NOTHING
        assert some.schedules.dues.keys() == {each.id for each in executors}
        assert some.run(executors[0]) and some.plans.get(plan.id)[1][0].status is Status.SUCCEEDED

    def test_a_large_one_goes_in_portions_so_that_each_sweep_finds_less_of_it(self, some: World) -> None:
        before(some, "commit", fail)
        before(some, "soft_delete", fail)
        dates = [later(hours=1, seconds=number) for number in range(2 * PORTION + 5)]
        with pytest.raises(Unavailable):
            some.creation.create(plan_document(*dates))
        some.clock.advance(seconds=121)
        (plan_id,) = some.store.unfinished.uncommitted(some.clock.now)
        before(some, "drop_all", None, fail)
        assert some.sweep.sweep()["failed"] == 1
        assert len(some.schedules.dues) == len(some.store.unfinished.executors_of(plan_id)) == PORTION + 5
        assert some.sweep.sweep() == {**NOTHING, "erased": 1}
        assert some.is_empty


class TestBuriedPlans:
    def test_the_deletion_of_one_whose_schedules_remain_is_finished(self, some: World) -> None:
        plan, executors = some.plan(later(hours=1), later(hours=2))
        before(some, "drop_all", fail)
        some.plans.delete(plan.id)
        assert len(some.schedules.dues) == 2
        assert some.sweep.sweep() == {**NOTHING, "finalized": 1}
        assert some.schedules.dues == {} and some.sweep.sweep() == NOTHING
        assert [row.status for row in some.store.unfinished.executors_of(plan.id)] == [Status.CANCELLED] * len(
            executors
        )

    def test_one_that_fails_again_is_left_to_the_next(self, some: World) -> None:
        plan, _ = some.plan()
        before(some, "drop_all", fail, fail)
        some.plans.delete(plan.id)
        assert some.sweep.sweep()["finalized"] == 0
        assert some.sweep.sweep()["finalized"] == 1


class TestOverdueExecutors:
    def test_one_that_was_never_delivered_is_missed_after_the_grace(self, some: World) -> None:
        executor = some.executor()
        some.clock.now = executor.due + timedelta(seconds=900)
        assert some.sweep.sweep() == NOTHING
        some.clock.advance(seconds=1)
        assert some.sweep.sweep() == {**NOTHING, "ended": 1}
        swept = some.executors.get(executor.id)
        assert (swept.status, swept.finished) == (Status.MISSED, some.clock.now) and swept.error is not None
        assert "not delivered within 900 seconds of its due: nothing was attacked" in swept.error.message
        assert some.plans.get(executor.plan_id)[0].executed and some.sweep.sweep() == NOTHING

    def test_one_that_runs_is_left_alone_while_its_lease_lasts(self, some: World) -> None:
        executor_id = lose_the_run(some)
        some.clock.advance(seconds=960)
        assert some.sweep.sweep() == NOTHING
        some.clock.advance(seconds=1)
        assert some.sweep.sweep() == {**NOTHING, "ended": 1}
        swept = some.executors.get(executor_id)
        assert swept.status is Status.FAILED and swept.error is not None
        assert (swept.error.type, swept.outcome) == ("Interrupted", None)
        assert some.plans.get(swept.plan_id)[0].running == 0 and some.sweep.sweep() == NOTHING

    @pytest.mark.parametrize("event", [fail, lose])
    def test_one_that_cannot_be_ended_is_not_counted(self, event: object, some: World) -> None:
        some.executor()
        some.executor()
        some.clock.advance(days=1)
        before(some, "end", event)
        assert some.sweep.sweep()["ended"] == 1
        assert some.sweep.sweep()["ended"] == 1

    def test_nothing_is_attacked(self, some: World) -> None:
        executor = some.executor()
        some.clock.advance(hours=2)
        some.sweep.sweep()
        assert some.executors.get(executor.id).outcome is None and not some.deliveries.delivered


class TestUnsettledSchedules:
    def unsync(self, some: World) -> str:
        executor = some.executor()
        before(some, "put", fail)
        some.executors.move(executor.id, TOMORROW)
        return executor.id

    def test_one_that_its_request_may_still_finish_is_left_alone(self, some: World) -> None:
        executor_id = self.unsync(some)
        some.clock.advance(seconds=120)
        assert some.sweep.sweep() == NOTHING
        some.clock.advance(seconds=1)
        assert some.sweep.sweep() == {**NOTHING, "synced": 1}
        assert some.schedules.dues[executor_id] == some.executors.get(executor_id).due
        assert some.sweep.sweep() == NOTHING

    def test_one_that_fails_again_is_left_to_the_next(self, some: World) -> None:
        self.unsync(some)
        some.clock.advance(seconds=121)
        before(some, "put", fail)
        assert some.sweep.sweep()["synced"] == 0
        assert some.sweep.sweep()["synced"] == 1

    def test_one_whose_date_has_come_is_scheduled_at_once_while_it_may_still_run(self, some: World) -> None:
        executor_id = self.unsync(some)
        due = some.clock.now = some.executors.get(executor_id).due
        assert some.sweep.sweep() == {**NOTHING, "synced": 1}
        assert some.schedules.dues[executor_id] == due

    def test_one_that_is_too_late_to_run_is_missed_and_has_no_schedule(self, some: World) -> None:
        executor_id = self.unsync(some)
        some.clock.now = some.executors.get(executor_id).due + timedelta(seconds=901)
        assert some.sweep.sweep() == {**NOTHING, "ended": 1, "synced": 1}
        assert some.schedules.dues == {}

    def test_one_whose_plan_was_deleted_meanwhile_has_no_schedule(self, some: World) -> None:
        executor_id = self.unsync(some)
        before(some, "drop_all", fail)
        some.plans.delete(executor_id[:32])
        some.clock.advance(seconds=121)
        assert some.sweep.sweep() == {**NOTHING, "finalized": 1, "synced": 1}
        assert some.schedules.dues == {}

    def test_one_whose_rows_have_gone_has_no_schedule(self, some: World) -> None:
        executor = some.executor()
        swept = world(clock=some.clock, schedules=some.schedules)
        swept.store.rows.unsynced[executor.id] = (executor.due - timedelta(hours=2), None)
        assert swept.sweep.sweep()["synced"] == 1 and some.schedules.dues == {}


@pytest.mark.parametrize("method", ["uncommitted", "half_deleted", "overdue", "unsynced"])
def test_a_list_that_cannot_be_read_does_not_hinder_the_others(method: str, some: World) -> None:
    break_off(some)
    plan, _ = some.plan()
    before(some, "drop_all", fail)
    some.plans.delete(plan.id)
    moved = some.executor()
    before(some, "put", fail)
    some.executors.move(moved.id, {"type": "date", "args": {"date": later(days=9)}})
    some.executor()
    some.clock.advance(days=1)
    some.store.before[method].append(fail)  # type: ignore[attr-defined]
    first, second = some.sweep.sweep(), some.sweep.sweep()
    assert first.pop("failed") == 1 and sum(first.values()) == 3
    assert second.pop("failed") == 0 and sum(second.values()) == 1


def test_a_repair_that_aws_fails_is_counted_and_one_that_another_made_is_not(some: World) -> None:
    some.plan(later(hours=1), later(hours=2), later(hours=3))
    some.clock.advance(days=1)
    before(some, "end", fail, lose)
    assert some.sweep.sweep() == {**NOTHING, "ended": 1, "failed": 1}
    assert some.sweep.sweep() == {**NOTHING, "ended": 2}


def test_while_all_fails_it_says_that_nothing_was_done(some: World) -> None:
    for method in ("uncommitted", "half_deleted", "overdue", "unsynced"):
        some.store.before[method] = Always([fail])  # type: ignore[attr-defined]
    assert some.sweep.sweep() == {**NOTHING, "failed": 4}


def test_every_repair_is_a_line_of_the_log_that_says_whom_it_was_about(
    some: World, caplog: pytest.LogCaptureFixture
) -> None:
    executor = some.executor()
    some.clock.now = executor.due + timedelta(hours=1)
    some.sweep.sweep()
    (record,) = [each for each in caplog.records if each.name == "chalicelib.repair.sweep"]
    assert record.getMessage() == "the sweep has ended unfinished work"
    line = json.loads(Lines().format(record))
    assert (line["plan_id"], line["executor_id"]) == (executor.plan_id, executor.id)
