"""Nothing is attacked once a halt was answered, nor in a freeze, however slow the look-ups before the attack are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from threading import Event
from typing import Any

import pytest

from chalicelib.adapters.memory.alarms import MemoryAlarms
from chalicelib.adapters.memory.publisher import MemoryPublisher
from chalicelib.adapters.memory.vault import MemoryVault
from chalicelib.domain.delivery import Refusal
from chalicelib.domain.engine_state import AuditEntry, Control, Freeze, Limit
from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.events import Happened
from chalicelib.domain.model import Executor, Status
from tests.contract.builders import MINUTE, NOW, run
from tests.contract.conftest import Store
from tests.contract.crowds import all_at_once
from tests.contract.test_executor_store import active
from tests.support.world import HandClock, World, plan_document, world
from tests.unit.samples.attacks.slow import Slow

HALT = {"halted": True, "reason": "smoke"}


def freeze(start: int, end: int) -> Freeze:
    return Freeze(id=f"{start}", name="sale", start=NOW + start * MINUTE, end=NOW + end * MINUTE, reason="Black Friday")


def steered(store: Store, **given: Any) -> Control:
    known = store.controls.control()
    control = Control(version=known.version + 1, **given)
    store.controls.steer(known, control, AuditEntry(at=NOW, by="ana", action="steered", details={}))
    return control


STOPPED = [{"halted": True, "reason": "smoke", "by": "ana", "at": NOW}, {"freezes": (freeze(-5, 5),)}]
BETWEEN = (freeze(-99, -98), freeze(98, 99))


class TestTheStore:
    @pytest.mark.parametrize("state", STOPPED, ids=["halted", "frozen"])
    def test_what_was_judged_before_a_halt_is_not_claimed_after_it(
        self, store: Store, state: Mapping[str, Any]
    ) -> None:
        plan, executors = active(store)
        judged = store.controls.control()
        steered(store, **state)
        with pytest.raises(WriteConflict):
            store.claims.claim(executors[0], run(), judged)
        with pytest.raises(WriteConflict):
            store.claims.claim_now(plan, executors[1], run(), "ana", judged)
        assert store.plans.load(plan.id) == (plan, executors)

    def test_what_no_halt_concerns_is_claimed_under_one(self, store: Store) -> None:
        """Undos, and what a person runs only to have it skipped."""
        plan, executors = active(store)
        steered(store, halted=True, reason="smoke", by="ana", at=NOW)
        assert store.claims.claim(executors[0], run()).status is Status.RUNNING
        assert store.claims.claim_now(plan, executors[1], run("run-2"), "ana").status is Status.RUNNING

    def test_between_two_freezes_is_claimed_what_was_judged_by_them(self, store: Store) -> None:
        _, executors = active(store)
        judged = steered(store, freezes=BETWEEN)
        assert store.claims.claim(executors[0], run(), judged).status is Status.RUNNING

    @pytest.mark.parametrize("freezes", [(freeze(1, 2),), (freeze(-2, 0),)], ids=["to come", "over"])
    def test_a_freeze_of_another_time_hinders_no_claim(self, store: Store, freezes: tuple[Freeze, ...]) -> None:
        _, executors = active(store)
        judged = store.controls.control()
        steered(store, freezes=freezes)
        assert store.claims.claim(executors[0], run(), judged).status is Status.RUNNING

    @pytest.mark.parametrize("prepared", [None, {"flow": 7}], ids=["limited", "prepared"])
    @pytest.mark.parametrize("state", STOPPED, ids=["halted", "frozen"])
    def test_what_was_claimed_before_a_halt_does_not_begin_after_it(
        self, store: Store, state: Mapping[str, Any], prepared: Any
    ) -> None:
        _, executors = active(store)
        running, limits = store.claims.claim(executors[0], run()), [Limit(per_day=1)]
        control = steered(store, **state)
        assert store.runs.begin(running, limits, NOW.date(), NOW, prepared) == control
        assert store.executors.locate(running.id) == (store.plans.load(running.plan_id)[0], running)
        assert store.unfinished.pending_undos() == ()
        steered(store)
        assert isinstance(store.runs.begin(running, limits, NOW.date(), NOW, prepared), Executor)

    def test_between_two_freezes_an_attack_begins(self, store: Store) -> None:
        _, executors = active(store)
        running = store.claims.claim(executors[0], run())
        steered(store, freezes=BETWEEN)
        assert isinstance(store.runs.begin(running, [Limit(per_day=1)], NOW.date(), NOW), Executor)

    def test_a_halt_is_reported_before_a_limit(self, store: Store) -> None:
        _, executors = active(store)
        first, second = (store.claims.claim(each, run(each.id)) for each in executors[:2])
        limits = [Limit(per_day=1)]
        assert isinstance(store.runs.begin(first, limits, NOW.date(), NOW), Executor)
        control = steered(store, halted=True, reason="smoke", by="ana", at=NOW)
        assert store.runs.begin(second, limits, NOW.date(), NOW) == control

    def test_of_claims_that_meet_a_halt_none_is_asked_for_after_its_answer(self, store: Store) -> None:
        _, executors = active(store, 12)
        judged, halted = store.controls.control(), Event()
        after: list[str] = []

        def claim(executor: Executor) -> Executor:
            asked_after = halted.is_set()
            claimed = store.claims.claim(executor, run(executor.id), judged)
            if asked_after:
                after.append(claimed.id)
            return claimed

        def halt() -> None:
            steered(store, halted=True, reason="smoke", by="ana", at=NOW)
            halted.set()

        answers = all_at_once([halt, *(partial(claim, each) for each in executors[:6])])
        assert answers[0] is None and after == []
        assert all(isinstance(answer, Executor | WriteConflict) for answer in answers[1:])
        for late in executors[6:]:
            with pytest.raises(WriteConflict):
                claim(late)


class SlowAlarms(MemoryAlarms):
    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        Slow.meanwhile.get("alarms", bool)()
        return super().states(names)


class SlowVault(MemoryVault):
    def open(self, plan_id: str, sealed: str) -> str:
        Slow.meanwhile.get("secrets", bool)()
        return super().open(plan_id, sealed)


class SlowPublisher(MemoryPublisher):
    def publish(self, events: Any) -> None:
        if any(event.happened is Happened.EXECUTOR_STARTED for event in events):
            Slow.meanwhile.get("event", bool)()
        super().publish(events)


@pytest.fixture
def meanwhile() -> Iterator[dict[str, Callable[[], object]]]:
    Slow.acted = 0
    Slow.meanwhile.clear()
    yield Slow.meanwhile
    Slow.meanwhile.clear()


@pytest.fixture
def some(store: Store) -> World:
    return world(
        clock=HandClock(NOW),
        store=store,  # type: ignore[arg-type]
        alarms=SlowAlarms(),
        vault=SlowVault(),
        publisher=SlowPublisher(),
    )


LOOK_UPS: dict[str, dict[str, Any]] = {
    "alarms": {"guards": {"alarms": ["fine"]}},
    "secrets": {"attack": {"ref": "slow:Slow", "args": {"secret": "hunter2"}}},
    "resolve": {"guards": {"min_healthy": 1}},
    "prepare": {"attack": {"ref": "slow:SlowAndUndone", "args": {"duration": 600}}},
    "prepare, in vain": {"attack": {"ref": "slow:SlowAndUndone", "args": {"duration": 600, "sound": True}}},
    "event": {},
}


def due(some: World, **given: Any) -> Executor:
    """An attack whose time has come, of a plan that asks for what is given."""
    some.alarms.raised["fine"] = "OK"
    soon = f"{NOW + MINUTE:%Y-%m-%dT%H:%M:%SZ}"
    document = {**plan_document(soon, attack={"ref": "slow:Slow", "args": {}}), **given}
    executor = some.plans.get(some.creation.create(document).id)[1][0]
    some.clock.now = executor.due
    return executor


def takes_long(some: World, then: Callable[[], object]) -> Callable[[], object]:
    def happens() -> None:
        some.clock.advance(seconds=5)
        then()

    return happens


@pytest.mark.parametrize("look_up", LOOK_UPS)
def test_an_attack_does_not_begin_after_a_halt_that_was_answered_during_a_slow_look_up(
    some: World, meanwhile: dict[str, Callable[[], object]], look_up: str
) -> None:
    executor = due(some, **LOOK_UPS[look_up])
    meanwhile[look_up.partition(",")[0]] = takes_long(some, lambda: some.engine_state.pull(HALT, "ana"))
    recorded = some.deliver(executor)
    assert isinstance(recorded, Executor) and recorded.error is not None
    assert (recorded.status, recorded.error.type, recorded.began) == (Status.SKIPPED, "Halted", None)
    assert Slow.acted == 0 and recorded == some.executors.get(executor.id)


@pytest.mark.parametrize("look_up", LOOK_UPS)
def test_an_attack_does_not_begin_in_a_freeze_that_starts_during_a_slow_look_up(
    some: World, meanwhile: dict[str, Callable[[], object]], look_up: str
) -> None:
    executor = due(some, **LOOK_UPS[look_up])
    start, end = (f"{executor.due + seconds * MINUTE / 60:%Y-%m-%dT%H:%M:%SZ}" for seconds in (3, 900))
    some.engine_state.freeze({"name": "sale", "start": start, "end": end, "reason": "Black Friday"}, "ana")
    meanwhile[look_up.partition(",")[0]] = takes_long(some, lambda: None)
    recorded = some.deliver(executor)
    assert isinstance(recorded, Executor) and recorded.error is not None
    assert (recorded.status, recorded.error.type) == (Status.SKIPPED, "Frozen") and Slow.acted == 0


@pytest.mark.parametrize("look_up", LOOK_UPS)
def test_an_attack_begins_after_a_slow_look_up_where_nothing_stops_the_engine(
    some: World, meanwhile: dict[str, Callable[[], object]], look_up: str
) -> None:
    executor = due(some, **LOOK_UPS[look_up])
    meanwhile[look_up.partition(",")[0]] = takes_long(some, lambda: None)
    recorded = some.deliver(executor)
    assert isinstance(recorded, Executor) and recorded.status is Status.SUCCEEDED and Slow.acted == 1


def test_an_undo_runs_while_the_engine_is_halted(some: World, meanwhile: dict[str, Callable[[], object]]) -> None:
    attack = due(some, **LOOK_UPS["prepare"])
    assert isinstance(some.deliver(attack), Executor)
    some.engine_state.pull(HALT, "ana")
    undo = some.executors.get(attack.undo or "")
    recorded = some.run(undo)
    assert not isinstance(recorded, Refusal) and recorded.status is Status.SUCCEEDED
