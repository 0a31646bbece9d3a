"""Which events the life of plans and executors publishes: each once, after it is on record."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.memory.publisher import MemoryPublisher
from chalicelib.domain.delivery import Delivery
from chalicelib.domain.errors import InvalidRequest, PlanIsRunning
from chalicelib.domain.events import Happened, LifecycleEvent, target
from chalicelib.domain.model import Executor, Failure
from chalicelib.domain.unavailable import Unavailable
from chalicelib.repair.dead_letters import GivenUp
from tests.support.disturbed_adapters import Always, MeddledSchedules, MeddledStore, fail, lose
from tests.support.world import NOW, HandClock, World, later, plan_document, world


@pytest.fixture
def some() -> World:
    clock = HandClock()
    return world(clock=clock, store=MeddledStore(clock), schedules=MeddledSchedules())


def new_events(some: World) -> list[LifecycleEvent]:
    """What was published since the last look."""
    assert isinstance(some.publisher, MemoryPublisher)
    published = list(some.publisher.published)
    some.publisher.published.clear()
    return published


def happened(some: World) -> list[Happened]:
    return [event.happened for event in new_events(some)]


def misbehaving(some: World, how: str) -> Executor:
    return some.executor(attack={"ref": "misbehaving:Misbehaving", "args": {"how": how}})


class TestPlans:
    def test_a_plan_that_was_made_is_published_with_the_number_of_its_executors(self, some: World) -> None:
        plan, _ = some.plan(later(hours=1), later(hours=2), name="Monday chaos")
        assert new_events(some) == [
            LifecycleEvent(
                happened=Happened.PLAN_CREATED,
                at=plan.created,
                plan_id=plan.id,
                name="Monday chaos",
                attack="note:Note",
                executors=2,
                by="anyone",
            )
        ]

    def test_a_dry_run_and_a_refused_plan_are_not_published(self, some: World) -> None:
        some.creation.draw(plan_document(later(hours=1)))
        with pytest.raises(InvalidRequest):
            some.creation.create({})
        assert new_events(some) == []

    def test_one_whose_creation_failed_is_not_published(self, some: World) -> None:
        assert isinstance(some.store, MeddledStore)
        some.store.before["commit"] += [fail]
        with pytest.raises(Unavailable):
            some.creation.create(plan_document(later(hours=1)))
        assert new_events(some) == []

    def test_a_deletion_is_published_once(self, some: World) -> None:
        plan, _ = some.plan()
        new_events(some)
        some.clock.advance(minutes=1, microseconds=7)
        some.plans.delete(plan.id)
        [event] = new_events(some)
        assert (event.happened, event.plan_id) == (Happened.PLAN_DELETED, plan.id)
        assert event.at == NOW + timedelta(minutes=1)

    def test_one_that_is_refused_is_not(self, some: World) -> None:
        assert isinstance(some.store, MeddledStore)
        plan, (executor,) = some.plan()
        some.store.before["end"] += [fail]
        some.run(executor)
        new_events(some)
        with pytest.raises(PlanIsRunning):
            some.plans.delete(plan.id)
        assert new_events(some) == []


class TestExecutors:
    def test_a_run_is_published_when_it_starts_and_when_it_has_ended(self, some: World) -> None:
        plan, (executor,) = some.plan(name="Monday chaos")
        new_events(some)
        some.clock.now = executor.due + timedelta(seconds=20)
        some.deliver(executor)
        started, ended = new_events(some)
        assert started == LifecycleEvent(
            happened=Happened.EXECUTOR_STARTED,
            at=some.clock.now,
            plan_id=plan.id,
            name=executor.name,
            attack="note:Note",
            executor_id=executor.id,
            due=executor.due,
        )
        assert ended.happened is Happened.EXECUTOR_SUCCEEDED and ended.executor_id == executor.id

    def test_the_start_is_published_when_it_is_on_record_and_before_the_attack(self) -> None:
        seen: list[Any] = []

        class Looking(MemoryPublisher):
            def publish(self, events: Sequence[LifecycleEvent]) -> None:
                super().publish(events)
                for event in events:
                    if event.executor_id:
                        seen.append((event.happened, some.executors.get(event.executor_id).status))

        some = world(publisher=Looking())
        some.run(some.executor())
        assert seen == [("Executor Started", "running"), ("Executor Succeeded", "succeeded")]

    def test_a_failure_is_published_with_its_error(self, some: World) -> None:
        executor = misbehaving(some, "fail")
        new_events(some)
        recorded = some.run(executor)
        assert isinstance(recorded, Executor)
        started, failed = new_events(some)
        assert started.error is None
        assert failed.happened is Happened.EXECUTOR_FAILED and failed.error == recorded.error is not None

    def test_what_came_too_late_is_published_as_missed(self, some: World) -> None:
        executor = some.executor()
        new_events(some)
        some.clock.now = executor.due + timedelta(hours=1)
        some.deliver(executor)
        [event] = new_events(some)
        assert event.happened is Happened.EXECUTOR_MISSED
        assert event.error is not None and event.error.type == "Missed"

    def test_what_is_blocked_is_published_as_skipped_and_never_as_started(self, some: World) -> None:
        executor = some.executor()
        new_events(some)
        some.engine_state.pull({"halted": True, "reason": "an incident"}, "somebody")
        recorded = some.run(executor)
        assert isinstance(recorded, Executor) and recorded.error is not None
        [event] = new_events(some)
        assert (event.happened, event.error) == (Happened.EXECUTOR_SKIPPED, recorded.error)

    def test_a_delivery_that_does_nothing_is_not_published(self, some: World) -> None:
        executor = some.executor()
        some.run(executor)
        new_events(some)
        some.run(executor)
        some.execution.execute(Delivery(executor_id="0" * 32 + "-0000", due=NOW, request_id="r", seconds=9))
        assert new_events(some) == []

    def test_one_that_was_lost_to_another_is_reported_by_that_one_alone(self, some: World) -> None:
        assert isinstance(some.store, MeddledStore)
        executor = some.executor()
        new_events(some)
        some.store.before["claim"] += [lose]
        some.run(executor)
        assert happened(some) == [Happened.EXECUTOR_STARTED, Happened.EXECUTOR_SUCCEEDED]

    def test_a_run_that_cannot_be_recorded_is_published_by_the_sweep_that_ends_it(self, some: World) -> None:
        assert isinstance(some.store, MeddledStore)
        executor = some.executor()
        new_events(some)
        some.store.before["end"] += [fail]
        some.run(executor)
        assert happened(some) == [Happened.EXECUTOR_STARTED]
        some.clock.advance(hours=1)
        some.sweep.sweep()
        [event] = new_events(some)
        assert (event.happened, event.attack) == (Happened.EXECUTOR_FAILED, "note:Note")
        assert event.error is not None and event.error.type == "Interrupted"

    def test_what_the_sweep_finds_missed_is_reported_together(self) -> None:
        requests: list[int] = []

        class Counting(MemoryPublisher):
            def publish(self, events: Sequence[LifecycleEvent]) -> None:
                super().publish(events)
                requests.append(len(events))

        some = world(publisher=Counting())
        some.plan(later(hours=1), later(hours=2), later(hours=3))
        requests.clear()
        some.clock.advance(hours=10)
        some.sweep.sweep()
        assert requests == [3]
        some.sweep.sweep()
        assert requests == [3, 0]

    def test_a_repair_that_fails_is_not_reported(self, some: World) -> None:
        assert isinstance(some.store, MeddledStore)
        some.executor()
        new_events(some)
        some.clock.advance(hours=10)
        some.store.before["end"] = Always([fail])
        some.sweep.sweep()
        assert new_events(some) == []

    def test_what_aws_gave_up_on_is_reported(self, some: World) -> None:
        executor = some.executor()
        new_events(some)
        some.clock.now = executor.due
        appointment = Delivery(executor_id=executor.id, due=executor.due, request_id="", seconds=0)
        some.undelivered.end(GivenUp(delivery=appointment, reason="Scheduler says no"))
        some.undelivered.end(GivenUp(delivery=appointment, reason="Scheduler says no"))
        [event] = new_events(some)
        assert event.happened is Happened.EXECUTOR_FAILED
        assert isinstance(event.error, Failure) and event.error.type == "Undelivered"


class TestTargets:
    @pytest.mark.parametrize(
        ("outcome", "named"),
        [
            ({"target": "db-1", "instance_id": "i-1"}, "db-1"),
            ({"candidates": 3, "instance_id": "i-1", "state": "terminated"}, "i-1"),
            ({"method": "GET", "endpoint": "http://10.0.0.1/"}, "http://10.0.0.1/"),
            ({"target": 5, "endpoint": "x"}, "x"),
            ({"target": "x" * 1000}, "x" * 256),
            ({"target": ""}, None),
            ({"candidates": 0}, None),
            ({}, None),
            (None, None),
        ],
    )
    def test_the_outcome_names_what_was_chosen(self, outcome: Any, named: str | None) -> None:
        assert target(outcome) == named

    def test_an_executor_is_published_with_the_target_of_its_outcome(self, some: World) -> None:
        some.run(misbehaving(some, "hit"))
        assert [event.target for event in new_events(some)] == [None, None, "node-7"]
