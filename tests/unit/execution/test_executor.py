"""From the delivery of an executor to the record of what became of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from math import ceil
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.config.settings import LEAST_GRACE
from chalicelib.domain.delivery import Delivery, Refusal, delivery
from chalicelib.domain.errors import ExecutorHasEnded, ExecutorIsRunning
from chalicelib.domain.model import Executor, Failure, Status
from chalicelib.domain.unavailable import Unavailable
from tests.support.disturbed_adapters import Always, MeddledSchedules, MeddledStore, fail, lose
from tests.support.world import NOW, HandClock, World, later, odd_document, world
from tests.unit.planning.test_json_body import JSON

ID = "0123456789abcdef" * 2 + "-0000"
TOMORROW = {"type": "date", "args": {"date": later(days=1)}}


@pytest.fixture
def some() -> World:
    clock = HandClock()
    return world(clock=clock, store=MeddledStore(clock), schedules=MeddledSchedules())


def ended(some: World, how: str) -> Executor:
    """How an attack that ends in that way is put on record."""
    executor = some.executor(attack={"ref": "misbehaving:Misbehaving", "args": {"how": how}})
    recorded = some.run(executor)
    assert isinstance(recorded, Executor) and recorded == some.executors.get(executor.id)
    return recorded


class TestEvents:
    def test_an_event_names_the_executor_and_the_appointment(self) -> None:
        event = {"executor_id": ID, "due": "2027-03-01T09:00:00Z"}
        assert delivery(event, "r", 5.5) == Delivery(executor_id=ID, due=NOW, request_id="r", seconds=5.5)
        assert delivery({**event, "carries": {"attack": {}}}, "r", 5.5) == delivery(event, "r", 5.5)
        early = delivery({**event, "now": True}, "r", 5.5)
        assert early == Delivery(executor_id=ID, due=NOW, request_id="r", seconds=5.5, now=True)
        wanted = delivery({**event, "now": True, "by": "ana"}, "r", 5.5)
        assert wanted == Delivery(executor_id=ID, due=NOW, request_id="r", seconds=5.5, now=True, by="ana")

    @pytest.mark.parametrize(
        "event",
        [
            *(None, [], "x", 3, {}, {"executor_id": ID}, {"due": "2027-03-01T09:00:00Z"}),
            {"executor_id": ID[:-1], "due": "2027-03-01T09:00:00Z"},
            {"executor_id": 5, "due": "2027-03-01T09:00:00Z"},
            *({"executor_id": ID, "due": due} for due in (5, None, "", "2027-03-01", "2027-13-01T09:00:00Z")),
            *({"executor_id": ID, "due": due} for due in ("2027-03-01T09:00:00", "2027-03-01T09:00:00+00:00")),
            *({"executor_id": ID, "due": "2027-03-01T09:00:00Z", "now": now} for now in (None, 1, "true", [])),
            *({"executor_id": ID, "due": "2027-03-01T09:00:00Z", "by": by} for by in (1, "", [], "a" * 2049)),
        ],
    )
    def test_anything_else_is_no_delivery(self, event: Any) -> None:
        assert delivery(event, "r", 5) is None

    @given(JSON)
    def test_no_event_breaks_it(self, event: Any) -> None:
        assert delivery(event, "r", 5) is None


class TestRuns:
    def test_what_is_due_is_attacked_once_and_put_on_record(self, some: World) -> None:
        plan, (first, second) = some.plan(later(hours=1), later(hours=2))
        some.clock.now = first.due + timedelta(seconds=3, microseconds=5)
        recorded = some.deliver(first, "request-9")
        assert isinstance(recorded, Executor) and recorded.run is not None
        assert (recorded.status, recorded.outcome, recorded.error) == (Status.SUCCEEDED, {"noted": "node-1"}, None)
        assert recorded.run.id.startswith("request-9.") and recorded.run.request_id == "request-9"
        assert (recorded.delivered, recorded.deliveries) == (recorded.run.started, 1)
        assert recorded.run.started == recorded.finished == first.due + timedelta(seconds=3)
        stored, executors = some.plans.get(plan.id)
        assert executors == (recorded, second)
        assert (stored.remaining, stored.running, stored.next_due) == (1, 0, second.due)

    def test_the_lease_outlives_the_function_in_whole_seconds(self, some: World) -> None:
        executor = some.executor()
        some.clock.now = executor.due
        some.execution.execute(Delivery(executor_id=executor.id, due=executor.due, request_id="r", seconds=1.2))
        run = some.executors.get(executor.id).run
        assert run is not None and run.lease_until == executor.due + timedelta(seconds=62)

    def test_an_executors_own_attack_comes_before_the_plans(self, some: World) -> None:
        own = {"ref": "note:Note", "args": {"target": "node-2"}}
        plan = some.creation.create(odd_document("both attacks", attack=own))
        outcomes = [some.run(each).outcome for each in some.plans.get(plan.id)[1]]  # type: ignore[union-attr]
        assert outcomes == [{"noted": "node-1"}, {"noted": "node-2"}]

    def test_two_deliveries_of_one_request_are_two_runs(self, some: World) -> None:
        runs = [some.run(some.executor()).run for _ in range(2)]  # type: ignore[union-attr]
        assert runs[0].id != runs[1].id  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("how", "outcome", "type", "message"),
        [
            ("fail", {"candidates": 0}, "AttackFailed", "no node matches"),
            ("fail without words", None, "AttackFailed", "no message was given"),
            ("fail in its own way", None, "OwnFailure", "no quorum"),
            (
                "fail unspeakably",
                {"node": "a Unspeakable that cannot be written as text"},
                "AttackFailed",
                "no node matches",
            ),
            ("raise", None, "KeyError", "'nodes'"),
            (
                "raise unspeakably",
                None,
                "UnspeakableError",
                "a UnspeakableError that cannot be written as text",
            ),
            ("answer", None, "APIError", "no such team"),
            ("exit", None, "SystemExit", "3"),
            ("?", None, "AssertionError", "not one of its ways"),
        ],
    )
    def test_no_error_of_an_attack_passes(self, how: str, outcome: Any, type: str, message: str, some: World) -> None:
        recorded = ended(some, how)
        assert (recorded.status, recorded.outcome) == (Status.FAILED, outcome)
        assert recorded.error == Failure(type=type, message=message)

    def test_an_outcome_is_bounded(self, some: World) -> None:
        assert ended(some, "nothing").outcome is None
        assert set(ended(some, "much").outcome or ()) == {"truncated", "bytes"}

    def test_the_seed_on_record_gives_the_attacks_choice_again(self, some: World) -> None:
        for _ in range(2):
            recorded = ended(some, "chance")
            assert recorded.run is not None and recorded.outcome is not None
            again = some.execution.attacks.get("misbehaving:Misbehaving")({"how": "chance"})
            again.rng = Random(recorded.run.seed)
            assert again.run() == recorded.outcome["result"]

    def test_an_attack_whose_plugin_is_gone_fails_and_says_so(self, some: World) -> None:
        executor = some.executor()
        some.clock.now = executor.due
        other = world(clock=some.clock, store=some.store, attacks=some.planners)  # type: ignore[arg-type]
        recorded = other.deliver(executor)
        assert isinstance(recorded, Executor) and recorded.error is not None
        assert recorded.status is Status.FAILED and "note:Note not found" in recorded.error.message


def running(some: World, executor: Executor) -> None:
    some.store.before["end"].append(fail)  # type: ignore[attr-defined]
    some.run(executor)


class TestRefusals:
    @pytest.mark.parametrize(
        ("before", "refused"),
        [
            (lambda some, executor: some.executors.delete(executor.id), Refusal.DELETED),
            (lambda some, executor: some.plans.delete(executor.plan_id), Refusal.DELETED),
            (lambda some, executor: some.executors.move(executor.id, TOMORROW), Refusal.MOVED),
            (lambda some, executor: some.run(executor), Refusal.ENDED),
            (running, Refusal.RUNNING),
        ],
    )
    def test_what_may_not_run_any_more_says_why(
        self, before: Callable[[World, Executor], object], refused: Refusal, some: World
    ) -> None:
        executor = some.executor()
        before(some, executor)
        some.clock.now = executor.due
        (row,) = some.store.unfinished.executors_of(executor.plan_id)
        assert some.deliver(executor) is refused
        assert some.store.unfinished.executors_of(executor.plan_id) == (replace(row, deliveries=row.deliveries + 1),)

    def test_a_refusal_that_cannot_be_counted_is_a_refusal(self, some: World) -> None:
        executor = some.executor()
        some.store.before["refused"].append(fail)  # type: ignore[attr-defined]
        assert some.deliver(executor) is Refusal.EARLY
        assert some.executors.get(executor.id).deliveries == 0

    def test_what_was_never_there_is_unknown(self, some: World) -> None:
        unknown = Delivery(executor_id=ID, due=NOW, request_id="r", seconds=5)
        assert some.execution.execute(unknown) is Refusal.UNKNOWN

    @pytest.mark.parametrize("early", [0.25, 1, 59, 60])
    def test_a_delivery_that_is_at_most_a_minute_early_waits_for_its_date(self, some: World, early: float) -> None:
        executor = some.executor()
        some.clock.now = executor.due - timedelta(seconds=early)
        recorded = some.deliver(executor)
        assert isinstance(recorded, Executor) and recorded.run is not None and some.clock.now == executor.due
        assert (recorded.status, recorded.run.started) == (Status.SUCCEEDED, executor.due)
        left = timedelta(seconds=ceil(900 - early) + 60)
        assert recorded.run.lease_until == executor.due + left, "the lease is that of the time that is left"

    def test_a_pause_that_ends_a_moment_too_soon_is_no_reason_to_miss_the_attack(self, some: World) -> None:
        executor = some.executor()
        some.execution = replace(some.execution, pause=lambda seconds: some.clock.advance(seconds=seconds * 0.999))
        some.clock.now = executor.due - timedelta(seconds=59)
        recorded = some.deliver(executor)
        assert isinstance(recorded, Executor) and recorded.status is Status.SUCCEEDED

    def test_one_that_is_earlier_is_refused_at_once(self, some: World) -> None:
        executor = some.executor()
        some.clock.now = executor.due - timedelta(seconds=61)
        assert some.deliver(executor) is Refusal.EARLY
        assert some.clock.now == executor.due - timedelta(seconds=61)

    @pytest.mark.parametrize("early", range(0, 150, 7))
    def test_no_attack_runs_before_its_date(self, some: World, early: int) -> None:
        executor = some.executor()
        some.clock.now = executor.due - timedelta(seconds=early)
        recorded = some.deliver(executor)
        if isinstance(recorded, Executor):
            assert recorded.run is not None and recorded.run.started >= executor.due

    @pytest.mark.parametrize("change", ["move", "delete", "halt"])
    def test_what_changes_while_it_waits_counts(self, some: World, change: str) -> None:
        executor = some.executor()

        def happens(seconds: float) -> None:
            some.clock.advance(seconds=seconds)
            if change == "halt":
                some.engine_state.pull({"halted": True, "reason": "smoke"}, "ana")
            else:
                getattr(some.executors, change)(executor.id, *([TOMORROW] if change == "move" else []))

        some.execution = replace(some.execution, pause=happens)
        some.clock.now = executor.due - timedelta(seconds=30)
        answer = some.deliver(executor)
        if isinstance(answer, Executor):
            assert (change, answer.status) == ("halt", Status.SKIPPED)
        else:
            assert answer is {"move": Refusal.MOVED, "delete": Refusal.DELETED}[change]

    def test_what_was_moved_runs_at_its_new_date_only(self, some: World) -> None:
        executor = some.executor()
        moved = some.executors.move(executor.id, TOMORROW)
        some.clock.now = moved.due
        assert some.deliver(executor) is Refusal.MOVED
        assert isinstance(some.deliver(moved), Executor)

    def test_a_schedule_that_fired_as_of_old_and_deleted_itself_is_put_again_by_the_next_sweep(
        self, some: World
    ) -> None:
        executor = some.executor()
        moved = some.executors.move(executor.id, TOMORROW)
        some.schedules.drop_all([executor.id])  # as Scheduler does once it has fired
        some.clock.now = executor.due + timedelta(seconds=3)
        assert some.deliver(executor) is Refusal.MOVED
        some.clock.now = executor.due + timedelta(seconds=121)
        assert some.sweep.sweep()["synced"] == 1
        assert some.schedules.dues == {executor.id: moved.due}
        assert some.sweep.sweep()["synced"] == 0

    @pytest.mark.parametrize("seconds", [60, 119, 300])
    def test_it_is_not_missed_where_its_new_date_passes_before_that_sweep(self, seconds: int) -> None:
        some = world(grace_seconds=LEAST_GRACE)
        executor = some.executor()
        soon = later(seconds=(executor.due - NOW).total_seconds() + seconds)
        moved = some.executors.move(executor.id, {"type": "date", "args": {"date": soon}})
        some.schedules.drop_all([executor.id])
        some.clock.now = executor.due
        assert some.deliver(executor) is Refusal.MOVED
        some.clock.now = executor.due + timedelta(seconds=120)
        assert some.sweep.sweep()["synced"] == 0  # a moment too soon: the next one comes five minutes later
        some.clock.now += timedelta(seconds=300)
        assert some.sweep.sweep()["synced"] == 1
        assert some.schedules.dues == {executor.id: moved.due}
        some.clock.now += timedelta(seconds=120)
        recorded = some.deliver(moved)
        assert isinstance(recorded, Executor) and recorded.status is Status.SUCCEEDED

    def test_nor_is_it_lost_where_it_fires_between_the_two_steps_of_the_move(self, some: World) -> None:
        executor = some.executor()
        some.clock.now = executor.due
        refused: list[object] = []
        some.schedules.before["put"].append(lambda: refused.append(some.deliver(executor)))  # type: ignore[attr-defined]
        moved = some.executors.move(executor.id, TOMORROW)
        assert refused == [Refusal.MOVED]
        some.schedules.drop_all([executor.id])  # it had been put again before Scheduler deleted what had fired
        some.clock.now = executor.due + timedelta(seconds=121)
        assert some.sweep.sweep()["synced"] == 1
        assert some.schedules.dues == {executor.id: moved.due}
        assert some.sweep.sweep()["synced"] == 0

    def test_where_that_cannot_be_noted_the_delivery_comes_again(self, some: World) -> None:
        executor = some.executor()
        some.executors.move(executor.id, TOMORROW)
        some.clock.now = executor.due
        some.store.before["refused_as_moved"].append(fail)  # type: ignore[attr-defined]
        with pytest.raises(Unavailable):
            some.deliver(executor)
        assert some.deliver(executor) is Refusal.MOVED

    def test_a_second_delivery_does_nothing(self, some: World) -> None:
        executor = some.executor()
        recorded = some.run(executor)
        assert some.deliver(executor) is Refusal.ENDED
        assert isinstance(recorded, Executor)
        assert some.executors.get(executor.id) == replace(recorded, deliveries=2)


class TestRunningNow:
    def test_what_a_person_runs_is_due_at_once_and_its_schedule_goes_with_the_sweep(self, some: World) -> None:
        plan, (first, second) = some.plan(later(hours=1), later(hours=2))
        some.clock.advance(seconds=90)
        asked = some.executors.run(second.id)
        assert asked == second
        recorded = some.deliver_early()
        assert isinstance(recorded, Executor) and recorded.run is not None
        assert (recorded.status, recorded.due) == (Status.SUCCEEDED, NOW + timedelta(seconds=90))
        stored, executors = some.plans.get(plan.id)
        assert executors == (recorded, first) and (stored.remaining, stored.next_due) == (1, first.due)
        some.clock.advance(seconds=121)
        assert some.sweep.sweep()["synced"] == 1
        assert some.schedules.dues == {first.id: first.due}

    def test_asked_for_twice_it_runs_once(self, some: World) -> None:
        executor = some.executor()
        some.executors.run(executor.id)
        some.executors.run(executor.id)
        assert isinstance(some.deliver_early(), Executor)
        assert some.deliver_early() is Refusal.ENDED
        assert some.run(executor) is Refusal.ENDED

    def test_what_was_moved_since_runs_at_its_new_date(self, some: World) -> None:
        executor = some.executor()
        some.executors.run(executor.id)
        some.executors.move(executor.id, TOMORROW)
        assert some.deliver_early() is Refusal.MOVED

    def test_what_is_overdue_already_is_not_missed(self) -> None:
        some = world(grace_seconds=60)
        executor = some.executor()
        some.clock.now = executor.due + timedelta(seconds=61)
        some.executors.run(executor.id)
        recorded = some.deliver_early()
        assert isinstance(recorded, Executor) and recorded.status is Status.SUCCEEDED

    def test_what_runs_or_has_run_is_a_conflict(self, some: World) -> None:
        executor = some.executor()
        running(some, executor)
        with pytest.raises(ExecutorIsRunning):
            some.executors.run(executor.id)
        some.clock.advance(seconds=961)
        some.sweep.sweep()
        with pytest.raises(ExecutorHasEnded):
            some.executors.run(executor.id)
        assert some.deliveries.early == []


class TestLateness:
    def test_within_the_grace_it_runs(self) -> None:
        some = world(grace_seconds=60)
        executor = some.executor()
        some.clock.now = executor.due + timedelta(seconds=60)
        recorded = some.deliver(executor)
        assert isinstance(recorded, Executor) and recorded.status is Status.SUCCEEDED

    def test_after_it_the_executor_is_missed_and_nothing_is_attacked(self) -> None:
        some = world(grace_seconds=60)
        executor = some.executor()
        some.clock.now = executor.due + timedelta(seconds=61)
        recorded = some.deliver(executor)
        assert isinstance(recorded, Executor) and recorded.error is not None
        assert (recorded.status, recorded.run, recorded.outcome) == (Status.MISSED, None, None)
        assert (recorded.delivered, recorded.deliveries) == (recorded.finished, 1)
        assert recorded.error.message.startswith("it was delivered 61 seconds after it was due, more than the 60")
        assert some.plans.get(executor.plan_id)[0].executed

    def test_what_is_ended_by_another_meanwhile_is_not_ended_again(self, some: World) -> None:
        executor = some.executor()
        some.clock.now = executor.due + timedelta(days=1)
        some.store.before["end"].append(some.sweep.sweep)  # type: ignore[attr-defined]
        assert some.deliver(executor) is Refusal.ENDED


class TestFailures:
    def test_before_the_claim_the_delivery_may_come_again(self, some: World) -> None:
        executor = some.executor()
        for method in ("locate_due", "claim"):
            some.store.before[method].append(fail)  # type: ignore[attr-defined]
            with pytest.raises(Unavailable):
                some.run(executor)
            assert some.executors.get(executor.id).status is Status.SCHEDULED
        assert isinstance(some.deliver(executor), Executor)

    def test_a_claim_that_another_took_is_not_taken_again(self, some: World) -> None:
        executor = some.executor()
        some.store.before["claim"].append(lambda: running(some, executor))  # type: ignore[attr-defined]
        assert some.run(executor) is Refusal.RUNNING

    def test_a_claim_that_meets_a_deletion_is_refused(self, some: World) -> None:
        executor = some.executor()
        delete = some.executors.delete
        some.store.before["claim"].append(lambda: delete(executor.id))  # type: ignore[attr-defined]
        assert some.run(executor) is Refusal.DELETED

    def test_a_claim_that_was_lost_for_nothing_is_tried_again(self, some: World) -> None:
        executor = some.executor()
        some.store.before["claim"] += [lose, lose]  # type: ignore[attr-defined]
        assert isinstance(some.run(executor), Executor)

    def test_a_claim_that_never_succeeds_is_delivered_again_rather_than_forgotten(self, some: World) -> None:
        executor = some.executor()
        some.store.before["claim"] = Always([lose])  # type: ignore[attr-defined]
        with pytest.raises(Unavailable):
            some.run(executor)
        assert some.executors.get(executor.id).status is Status.SCHEDULED

    @pytest.mark.parametrize("event", [fail, lose])
    def test_a_record_that_cannot_be_written_is_left_to_the_sweep(self, event: Callable[[], None], some: World) -> None:
        executor = some.executor()
        some.store.before["end"].append(event)  # type: ignore[attr-defined]
        recorded = some.run(executor)
        assert isinstance(recorded, Executor) and recorded.status is Status.RUNNING
        assert some.deliver(executor) is Refusal.RUNNING
        some.clock.advance(seconds=961)
        assert some.sweep.sweep()["ended"] == 1
        swept = some.executors.get(executor.id)
        assert swept.status is Status.FAILED and swept.error is not None and swept.error.type == "Interrupted"

    def test_a_claim_whose_answer_is_lost_is_never_attacked_twice(self, some: World) -> None:
        executor = some.executor()
        some.store.after["claim"].append(fail)  # type: ignore[attr-defined]
        with pytest.raises(Unavailable):
            some.run(executor)
        assert some.deliver(executor) is Refusal.RUNNING

    @given(st.permutations(["first", "second", "third"]))
    def test_whoever_delivers_first_runs_it(self, requests: list[str]) -> None:
        some = world()
        executor = some.executor()
        some.clock.now = executor.due
        answers = [some.deliver(executor, request) for request in requests]
        assert isinstance(answers[0], Executor) and answers[1:] == [Refusal.ENDED] * 2
        assert answers[0].run is not None and answers[0].run.id.startswith(requests[0])
