"""What a schedule carries, what is made of it when it is delivered, and when the table is asked all the same."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from chalicelib.adapters.delivery import payload, scheduled_payload
from chalicelib.adapters.memory.store import MemoryStore
from chalicelib.appointment import Delivery, Refusal, delivery
from chalicelib.carried import LARGEST, Carried, carried_by, carried_of
from chalicelib.control import Control
from chalicelib.model import Executor, Mode, Plan, Run, Status, Terms
from chalicelib.ports.stores import Seen
from tests.contract.builders import ATTACK, MINUTE, NOW, draft
from tests.unit.meddled import Meddled, MeddledStore, lose
from tests.unit.test_payload import JSON
from tests.unit.world import HandClock, World, later, odd_document, world

OTHER = {"ref": "note:Note", "args": {"target": "another"}}


def delivered(event: str) -> Delivery:
    found = delivery(json.loads(event), "request", 900)
    assert found
    return found


class Refusing(MemoryStore):
    """Whose claims all take effect and seem not to: as where an answer was lost and another write met the next try."""

    def claim_unread(self, executor: Executor, terms: Terms, run: Run, *, last: bool = False) -> Executor | Seen:
        super().claim_unread(executor, terms, run, last=last)
        return self.locate_due(executor.id)


class Noting(Meddled, MemoryStore):
    """Which notes how executors were claimed."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__(clock)
        self.claims: list[str] = []
        for name in ("claim", "claim_now", "claim_unread"):
            self.before[name] = Noted(self.claims, name)  # type: ignore[assignment]


class Noted(list[Any]):
    def __init__(self, claims: list[str], name: str) -> None:
        super().__init__([lambda: claims.append(name)])

    def pop(self, index: Any = 0) -> Any:
        return self[index]


@pytest.fixture
def some() -> World:
    clock = HandClock()
    return world(clock=clock, store=Noting(clock), grace_seconds=60)


def claims(some: World) -> list[str]:
    found: list[str] = some.store.claims  # type: ignore[attr-defined]
    return found


class TestWhatIsCarried:
    def test_a_schedule_carries_the_executor_and_its_attack(self) -> None:
        plan, (first, second, third) = draft(3)
        own = replace(first, attack=OTHER, changed_by="ana")
        event = json.loads(scheduled_payload(plan, own))
        assert event == {
            **json.loads(payload(own)),
            "carries": {"name": first.name, "attack": OTHER, "own": True, "changed_by": "ana"},
        }
        assert json.loads(scheduled_payload(plan, second))["carries"] == {"name": second.name, "attack": ATTACK}
        carried = json.loads(scheduled_payload(plan, third))["carries"]
        assert carried == {"name": third.name, "attack": ATTACK, "last": True}

    def test_what_is_carried_is_told_again(self) -> None:
        plan, executors = draft(3)
        for executor in (*executors, replace(executors[0], attack=OTHER, changed_by="ana")):
            found = delivered(scheduled_payload(plan, executor))
            assert found.carried == carried_by(plan, executor) is not None
            assert found.carried.told(found.executor_id, found.due) == (
                executor,
                Terms(attack=executor.attack or ATTACK),
            )

    @pytest.mark.parametrize(
        ("of_plan", "of_executor"),
        [
            ({"mode": Mode.DRY_RUN}, {}),
            ({"guards": {"probability": 0.5}}, {}),
            ({"guards": {}}, {}),
            ({}, {"undo": "0" * 32 + "-0001"}),
            ({}, {"undoes": "0" * 32 + "-0001"}),
            ({"attack": {"ref": "a:A", "args": {"text": "x" * LARGEST}}}, {}),
            ({}, {"attack": {"ref": "a:A", "args": {"text": "\u540d" * (LARGEST // 6)}}}),
        ],
    )
    def test_where_something_is_to_be_judged_undone_or_too_large_nothing_is_carried(
        self, of_plan: dict[str, Any], of_executor: dict[str, Any]
    ) -> None:
        plan, (executor,) = draft(1)
        plan, executor = replace(plan, **of_plan), replace(executor, **of_executor)
        assert scheduled_payload(plan, executor) == payload(executor)

    def test_of_several_at_one_instant_none_is_taken_to_be_the_last(self) -> None:
        plan, executors = draft(dues=[NOW, NOW + MINUTE, NOW + MINUTE])
        assert [carried_by(plan, each).last for each in executors] == [False] * 3  # type: ignore[union-attr]
        moved = replace(executors[0], due=NOW + 2 * MINUTE)
        assert carried_by(plan, moved).last  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        "changed",
        [
            *({"name": name} for name in (None, 5, ["a"])),
            *(
                {"attack": attack}
                for attack in (None, "a", [], {}, {"ref": "a:A"}, {"args": {}}, {"ref": 5, "args": {}})
            ),
            *({"own": own} for own in (None, 1, "true")),
            *({"last": last} for last in (None, 1, "true")),
            *({"changed_by": by} for by in (5, ["ana"])),
            {"attack": {"ref": "a:A", "args": {"share": float("nan")}}},
            {"attack": {"ref": "a:A", "args": {"text": "x" * LARGEST}}},
        ],
    )
    def test_an_event_that_carries_anything_else_is_as_one_that_carries_nothing(self, changed: Any) -> None:
        plan, (executor,) = draft(1)
        event = json.loads(scheduled_payload(plan, executor))
        event["carries"] |= changed
        assert delivered(json.dumps(event)) == delivered(payload(executor))

    @given(JSON)
    def test_nothing_that_is_carried_breaks_it(self, document: Any) -> None:
        assert carried_of(document) is None


class TestWhenItIsDelivered:
    def test_what_is_due_is_claimed_by_it_without_a_look(self, some: World) -> None:
        executor = some.executor()
        some.store.before["locate_due"].append(unwanted)  # type: ignore[attr-defined]
        recorded = some.run(executor)
        assert isinstance(recorded, Executor) and recorded.status is Status.SUCCEEDED
        assert recorded == some.engine.executor(executor.id)
        assert claims(some) == ["claim_unread"]

    @pytest.mark.parametrize("late", [-6, 61, 86_400])
    def test_what_is_early_or_late_is_looked_at_first(self, late: int, some: World) -> None:
        executor = some.executor()
        some.clock.now = executor.due + timedelta(seconds=late)
        some.deliver(executor)
        assert claims(some) == []

    def test_what_a_person_runs_now_is_looked_at_first(self, some: World) -> None:
        executor = some.executor()
        carried = some.schedules.carried[executor.id]
        now = Delivery(
            executor_id=executor.id, due=executor.due, request_id="r", seconds=9, now=True, by="ana", carried=carried
        )
        assert isinstance(some.execution.execute(now), Executor)
        assert claims(some) == ["claim_now"]

    @pytest.mark.parametrize(
        "forged",
        [
            lambda it: replace(it, attack=OTHER),
            lambda it: replace(it, attack=OTHER, own=True),
            lambda it: replace(it, own=True),
            lambda it: replace(it, name="another"),
            lambda it: replace(it, changed_by="ana"),
        ],
        ids=["attack", "attack of its own", "own", "name", "who changed it"],
    )
    def test_what_is_otherwise_than_the_table_says_is_not_believed(
        self, forged: Callable[[Carried], Carried], some: World
    ) -> None:
        executor = some.executor()
        carried = some.schedules.carried[executor.id]
        assert carried
        some.clock.now = executor.due
        recorded = some.execution.execute(
            Delivery(executor_id=executor.id, due=executor.due, request_id="r", seconds=900, carried=forged(carried))
        )
        assert isinstance(recorded, Executor)
        assert (recorded.outcome, recorded.name, recorded.changed_by) == ({"noted": "node-1"}, executor.name, None)
        assert recorded == some.engine.executor(executor.id)
        assert claims(some) == ["claim_unread", "claim"]

    def test_what_was_carried_before_a_guard_was_there_to_judge_is_judged(self, some: World) -> None:
        """The plan's row was changed by hand: the table is asked, not what the schedule says of it."""
        executor = some.executor()
        plan = some.store._plans[executor.plan_id]
        some.store._plans[executor.plan_id] = replace(plan, guards={"probability": 0})
        recorded = some.run(executor)
        assert isinstance(recorded, Executor) and recorded.status is Status.SKIPPED
        assert claims(some) == ["claim_unread"]

    def test_a_halted_engine_attacks_nothing_whatever_is_carried(self, some: World) -> None:
        first, second = some.plan(later(hours=1), later(hours=2))[1]
        some.steering.pull({"halted": True, "reason": "smoke"}, "ana")
        recorded = some.run(first)
        assert isinstance(recorded, Executor) and recorded.error is not None
        assert (recorded.status, recorded.error.type) == (Status.SKIPPED, "Halted")
        some.steering.pull({"halted": False}, "ana")
        recorded = some.run(second)
        assert isinstance(recorded, Executor) and recorded.status is Status.SUCCEEDED

    def test_an_executors_own_attack_is_made(self, some: World) -> None:
        own = {"ref": "note:Note", "args": {"target": "node-2"}}
        plan = some.engine.create_plan(odd_document("both attacks", attack=own))
        outcomes = [some.run(each).outcome for each in some.engine.plan(plan.id)[1]]  # type: ignore[union-attr]
        assert outcomes == [{"noted": "node-1"}, {"noted": "node-2"}]
        assert claims(some) == ["claim_unread"] * 2

    def test_what_was_moved_carries_who_did(self, some: World) -> None:
        executor = some.executor()
        body = {"type": "date", "args": {"date": later(hours=3)}}
        moved = some.engine.move_executor(executor.id, body, "ana")
        some.clock.now = executor.due
        assert some.deliver(executor) is Refusal.MOVED
        recorded = some.run(moved)
        assert isinstance(recorded, Executor) and recorded.changed_by == "ana"
        assert claims(some) == ["claim_unread"] * 2

    def test_a_claim_that_took_effect_though_it_seemed_not_to_is_acted_upon(self) -> None:
        clock = HandClock()
        some = world(clock=clock, store=Refusing(clock))
        executor = some.executor()
        recorded = some.run(executor)
        assert isinstance(recorded, Executor) and recorded.status is Status.SUCCEEDED
        assert some.deliver(executor) is Refusal.ENDED

    def test_one_that_a_person_runs_now_is_judged_again_even_so(self) -> None:
        clock = HandClock()
        some = world(clock=clock, store=MeddledStore(clock))
        executor = some.executor()
        some.steering.pull({"halted": True, "reason": "smoke"}, "ana")
        some.store.after["claim_now"].append(lose)  # type: ignore[attr-defined]
        some.engine.run_executor(executor.id)
        assert some.deliver_early() is Refusal.RUNNING

    def test_an_undo_is_not_taken_for_an_attack(self) -> None:
        clock = HandClock()
        some = world(clock=clock, store=MeddledStore(clock))
        attack, undo = some.plan(attack={"ref": "valve:Valve", "args": {"duration": 600}})[1]
        assert isinstance(some.run(attack), Executor)
        some.store.after["claim"].append(lose)  # type: ignore[attr-defined]
        assert some.run(undo) is Refusal.RUNNING


class TestQuiet:
    def test_an_untouched_engine_is_quiet(self) -> None:
        assert Control().is_quiet(NOW) and Control().frozen is None

    def test_a_plan_has_its_terms(self) -> None:
        plan: Plan = replace(draft(1)[0], mode=Mode.DRY_RUN, guards={"max_targets": 1})
        assert plan.terms == Terms(attack=plan.attack, mode=Mode.DRY_RUN, guards={"max_targets": 1})


def unwanted() -> None:
    raise AssertionError("it was looked at")
