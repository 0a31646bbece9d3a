"""A plan from its document to its schedules, and what is left where it fails on the way: nothing."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from chalicelib.adapters.memory.schedules import MemorySchedules
from chalicelib.domain.delivery import Refusal
from chalicelib.domain.errors import EngineError, InvalidRequest, PlanNotFound
from chalicelib.domain.model import Executor, Plan, PlanState, Status
from chalicelib.domain.unavailable import InDoubt, Unavailable
from tests.support.disturbed_adapters import Always, MeddledDeliveries, MeddledSchedules, MeddledStore, fail, lose
from tests.support.world import NOW, HandClock, World, later, odd_document, plan_document, world

THREE = plan_document(later(hours=1), later(hours=2), later(hours=3))


class SchedulesFull(MemorySchedules):
    """There is room for so many schedules and no more."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    def put_all(self, plan: Plan, executors: Sequence[Executor]) -> None:
        super().put_all(plan, executors[: self._room])
        if len(executors) > self._room:
            fail()


def meddled(clock: HandClock | None = None) -> tuple[World, MeddledStore, MeddledSchedules]:
    clock = clock or HandClock()
    store, schedules = MeddledStore(clock), MeddledSchedules()
    return world(clock=clock, store=store, schedules=schedules), store, schedules


def test_a_plan_is_active_and_has_one_schedule_for_each_executor(new: World) -> None:
    plan = new.creation.create(THREE)
    stored, executors = new.plans.get(plan.id)
    assert stored == plan and plan.state is PlanState.ACTIVE
    assert new.schedules.dues == {each.id: each.due for each in executors}
    assert [each.due for each in executors] == [NOW + timedelta(hours=hour) for hour in (1, 2, 3)]
    assert new.plans.list(everything=False, limit=10, after=None).items == (plan,)
    assert new.executors.list(everything=False, limit=10, after=None).items == executors
    assert not new.deliveries.delivered


def test_a_dry_run_is_the_same_plan_and_leaves_nothing() -> None:
    drawn, executors = world().creation.draw(odd_document("times", number=5))
    other = world()
    made = other.creation.create(odd_document("times", number=5))
    assert (made.dues, made.name, made.created) == (drawn.dues, drawn.name, drawn.created)
    assert [each.name for each in executors] == [each.name for each in other.plans.get(made.id)[1]]
    dry = world()
    dry.creation.draw(THREE)
    assert dry.is_empty


@pytest.mark.parametrize(
    "document",
    [
        {},
        plan_document(),
        plan_document(later(seconds=0)),
        plan_document(later(hours=1), later(hours=-1)),
        plan_document("garbage"),
        plan_document(later(hours=1), attack={"ref": "nope:Nope"}),
        plan_document(later(hours=1), name=""),
        odd_document("raise"),
        odd_document("exit"),
        odd_document("answer"),
        odd_document("times", number=1001),
        odd_document("both attacks", attack={"ref": "note:Note", "args": {}}),
    ],
)
def test_a_refused_document_leaves_nothing(document: object, new: World) -> None:
    for ask in (new.creation.create, new.creation.draw):
        with pytest.raises(EngineError):
            ask(document)
    assert new.is_empty


def test_an_operator_can_make_the_largest_plan_smaller() -> None:
    small = world(max_executors=2)
    with pytest.raises(InvalidRequest, match="it planned 3 attacks, a plan has at most 2"):
        small.creation.create(THREE)


@pytest.mark.parametrize("room", [0, 1, 2])
def test_where_a_schedule_fails_nothing_is_left(room: int) -> None:
    full = world(schedules=SchedulesFull(room))
    with pytest.raises(Unavailable):
        full.creation.create(THREE)
    assert full.is_empty


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("method", ["add", "commit"])
@pytest.mark.parametrize("event", [fail, lose])
def test_where_the_table_fails_nothing_is_left_unless_the_plan_stands(when: str, method: str, event: object) -> None:
    some, store, _ = meddled()
    getattr(store, when)[method].append(event)
    if (when, method, event) == ("after", "commit", fail):
        assert some.plans.get(some.creation.create(THREE).id)[0].remaining == 3
        return
    with pytest.raises(Unavailable):
        some.creation.create(THREE)
    assert some.schedules.dues == {} and not some.store.unfinished.uncommitted(NOW + timedelta(days=1))
    assert some.is_empty or event is lose


def test_a_plan_whose_commit_is_in_doubt_is_taken_back_before_its_client_is_answered() -> None:
    some, store, _ = meddled()
    store.after["commit"].append(fail)
    store.before["load"].append(fail)
    with pytest.raises(Unavailable):
        some.creation.create(THREE)
    assert some.is_empty and not store.unfinished.half_deleted()


def test_what_runs_already_cannot_be_taken_back() -> None:
    some, store, _ = meddled()

    def run_and_fail() -> None:
        plan = store.listings.plans(everything=True, limit=1, after=None).items[0]
        executor = store.unfinished.executors_of(plan.id)[0]
        some.clock.now = executor.due
        store.before["end"].append(fail)
        some.deliver(executor)
        fail()

    store.after["commit"].append(run_and_fail)
    store.before["load"].append(fail)
    with pytest.raises(Unavailable):
        some.creation.create(THREE)
    assert some.plans.list(everything=True, limit=1, after=None).items[0].running == 1


@pytest.mark.parametrize("method", ["drop_all", "erase", "soft_delete"])
def test_what_cannot_be_undone_now_the_sweep_removes_when_its_request_is_surely_dead(method: str) -> None:
    some, store, schedules = meddled()
    schedules.after["put_all"].append(fail)
    (schedules if method == "drop_all" else store).before[method].append(fail)
    with pytest.raises(Unavailable):
        some.creation.create(THREE)
    (plan_id,) = store.unfinished.uncommitted(NOW + timedelta(days=1))
    with pytest.raises(PlanNotFound):
        some.plans.get(plan_id)
    some.clock.advance(seconds=120)
    assert some.sweep.sweep()["erased"] == 0
    some.clock.advance(seconds=1)
    assert some.sweep.sweep()["erased"] == 1
    assert some.is_empty
    assert some.sweep.sweep()["erased"] == 0


def test_the_same_document_can_be_posted_again_after_a_failure() -> None:
    some, store, _ = meddled()
    store.before["commit"].append(fail)
    with pytest.raises(Unavailable):
        some.creation.create(THREE)
    plan = some.creation.create(THREE)
    assert set(some.schedules.dues) == {each.id for each in some.plans.get(plan.id)[1]}


def test_what_is_delivered_before_the_commit_waits_and_is_delivered_after_it() -> None:
    some, store, _ = meddled()
    refused: list[object] = []

    def time_passes() -> None:
        some.clock.advance(seconds=30)
        (plan_id,) = store.unfinished.uncommitted(some.clock.now)
        refused.extend(
            some.deliver(each) for each in store.unfinished.executors_of(plan_id) if each.due <= some.clock.now
        )

    store.before["commit"].append(time_passes)
    plan = some.creation.create(plan_document(later(seconds=10), later(seconds=30), later(seconds=31)))
    assert refused == [Refusal.UNCOMMITTED] * 2
    assert [each.due for each in some.deliveries.delivered] == [NOW + timedelta(seconds=each) for each in (10, 30)]
    for executor in some.deliveries.delivered:
        some.deliver(executor)
    statuses = [each.status for each in some.plans.get(plan.id)[1]]
    assert statuses == [Status.SUCCEEDED, Status.SUCCEEDED, Status.SCHEDULED]


def test_a_clock_that_goes_on_while_the_plan_is_made_makes_what_fell_due_be_delivered() -> None:
    clock = HandClock(step=timedelta(seconds=7))
    some = world(clock=clock)
    some.creation.create(plan_document(later(seconds=5), later(seconds=60)))
    assert [each.due for each in some.deliveries.delivered] == [NOW + timedelta(seconds=5)]


def test_deliveries_that_fail_do_not_hinder_the_plan() -> None:
    deliveries = MeddledDeliveries()
    deliveries.before["deliver_all"].append(fail)
    some = world(clock=HandClock(step=timedelta(seconds=7)), deliveries=deliveries)
    plan = some.creation.create(plan_document(later(seconds=5), later(seconds=6)))
    assert plan.state is PlanState.ACTIVE and deliveries.delivered == []


def test_while_all_fails_the_client_gets_an_answer_and_nothing_else_breaks() -> None:
    some, store, schedules = meddled()
    for method in ("add", "soft_delete", "erase", "finalize_deletion"):
        store.before[method] = Always([fail])
    schedules.before["drop_all"] = Always([fail])
    with pytest.raises(Unavailable):
        some.creation.create(THREE)
    assert some.schedules.dues == {}


def test_where_nothing_answers_after_the_commit_the_answer_says_that_it_is_not_known() -> None:
    some, store, _schedules = meddled()
    store.after["commit"].append(fail)
    store.before["load"].append(fail)
    store.before["soft_delete"].append(fail)
    with pytest.raises(InDoubt, match="whether making the plan succeeded is not known.*look with GET in 5 seconds"):
        some.creation.create(plan_document(later(hours=1)))
    (plan,) = some.plans.list(everything=True, limit=9, after=None).items
    assert plan.total == 1


def test_a_commit_in_doubt_that_can_be_taken_back_leaves_nothing() -> None:
    some, store, schedules = meddled()
    store.after["commit"].append(fail)
    store.before["load"].append(fail)
    with pytest.raises(Unavailable, match="making the plan did not succeed just now"):
        some.creation.create(plan_document(later(hours=1)))
    assert some.plans.list(everything=True, limit=9, after=None).items == () and schedules.dues == {}
