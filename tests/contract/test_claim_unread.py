"""``ports.Runs.claim_unread``: what was told of an executor is believed as far as the table says the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.control import Act, Control, Freeze
from chalicelib.model import Executor, Mode, Plan, Run, Status, Terms
from tests.contract.builders import ATTACK, DONE, MINUTE, NOW, draft, run
from tests.contract.conftest import Store
from tests.contract.test_executor_store import active

TERMS = Terms(attack=ATTACK)
OWN = {"ref": "a:A", "args": {"text": "naïve 名 \ud800", "share": 1e-7, "large": 10**30, "none": None}}


def freeze(start: int, end: int) -> Freeze:
    return Freeze(id=f"{start}", name="sale", start=NOW + start * MINUTE, end=NOW + end * MINUTE, reason="Black Friday")


def steered(store: Store, **given: Any) -> Control:
    control = Control(version=store.control().version + 1, **given)
    store.steer(store.control(), control, Act(at=NOW, by="ana", action="steered", details={}))
    return control


def stored(
    store: Store, executor: Callable[[Executor], Executor] = lambda it: it, **plan: Any
) -> tuple[Plan, Executor]:
    """The first of three executors of an active plan."""
    made, executors = draft()
    made, executors = replace(made, **plan), tuple(map(executor, executors))
    store.add(made, executors)
    store.commit(made.id)
    return store.load(made.id)[0], executors[0]


def is_left_alone(store: Store, executor: Executor, terms: Terms = TERMS, by: Run | None = None) -> bool:
    """Whether a claim by what was told does nothing but show what there is."""
    before = store.locate(executor.id)
    seen = store.claim_unread(executor, terms, by or run())
    return seen == (before, store.control()) and store.locate(executor.id) == before


def test_an_executor_that_is_as_told_runs_and_its_plan_knows(store: Store) -> None:
    plan, executors = active(store)
    told = replace(executors[0], delivered=NOW, deliveries=1)
    running = store.claim_unread(told, TERMS, run())
    assert running == replace(told, status=Status.RUNNING, run=run())
    assert store.locate(told.id) == (replace(plan, running=1), running)
    assert store.end(running, DONE, NOW).status is Status.SUCCEEDED
    assert store.load(plan.id)[0] == replace(plan, remaining=2)


@pytest.mark.parametrize("last", [False, True])
def test_whether_it_is_the_last_is_only_a_guess(store: Store, last: bool) -> None:
    for size in (1, 2):
        plan, executors = active(store, size)
        running = store.claim_unread(executors[0], TERMS, run(), last=last)
        assert isinstance(running, Executor)
        assert store.end(running, DONE, NOW).status is Status.SUCCEEDED
        assert store.load(plan.id)[0] == replace(plan, remaining=size - 1)
        assert len(store.plans(everything=False, limit=9, after=None).items) == (size > 1)


def test_an_attack_of_its_own_is_compared_with_its_own_row(store: Store) -> None:
    _, executor = stored(store, lambda it: replace(it, attack=OWN))
    assert is_left_alone(store, replace(executor, attack={**OWN, "ref": "b:B"}))
    assert is_left_alone(store, replace(executor, attack=None))
    running = store.claim_unread(executor, Terms(attack=OWN), run())
    assert running == replace(executor, status=Status.RUNNING, run=run())
    assert store.locate(executor.id) is not None and store.locate(executor.id)[1] == running  # type: ignore[index]


def test_who_moved_it_is_part_of_what_is_told(store: Store) -> None:
    plan, executors = active(store)
    moved = store.move(plan, executors[0], NOW + 90 * MINUTE, "ana")
    assert is_left_alone(store, executors[0])
    assert is_left_alone(store, replace(moved, changed_by=None))
    assert is_left_alone(store, replace(moved, changed_by="ben"))
    running = store.claim_unread(moved, TERMS, run())
    assert isinstance(running, Executor) and running.changed_by == "ana"
    assert store.end(running, DONE, NOW) == store.end(running, DONE, NOW)


@pytest.mark.parametrize(
    "forged",
    [
        lambda it: replace(it, name="other"),
        lambda it: replace(it, due=it.due + MINUTE),
        lambda it: replace(it, attack=ATTACK),
        lambda it: replace(it, status=Status.RUNNING),
        lambda it: replace(it, changed_by="ana"),
        lambda it: replace(it, id=f"{it.plan_id}-0999"),
        lambda it: replace(it, id=f"{'f' * 32}-0000", plan_id="f" * 32),
    ],
    ids=["name", "date", "attack", "status", "who changed it", "executor", "plan"],
)
def test_an_executor_that_is_otherwise_than_told_is_left_alone(
    store: Store, forged: Callable[[Executor], Executor]
) -> None:
    _, executors = active(store)
    assert is_left_alone(store, forged(executors[0]))


@pytest.mark.parametrize(
    "terms",
    [
        Terms(attack={"ref": "a:A", "args": {}}),
        Terms(attack={**ATTACK, "args": {}}),
        Terms(attack=ATTACK, mode=Mode.DRY_RUN),
        Terms(attack=ATTACK, guards={"probability": 0}),
    ],
)
def test_a_plan_that_is_otherwise_than_told_is_left_alone(store: Store, terms: Terms) -> None:
    _, executors = active(store)
    assert is_left_alone(store, executors[0], terms)


@pytest.mark.parametrize("given", [{"mode": Mode.DRY_RUN}, {"guards": {"probability": 0}}, {"guards": {}}])
def test_what_a_plan_asks_besides_is_part_of_what_is_told(store: Store, given: dict[str, Any]) -> None:
    for attack in (None, OWN):
        plan, executor = stored(store, lambda it: replace(it, attack=attack), **given)  # noqa: B023
        assert is_left_alone(store, executor, Terms(attack=attack or ATTACK))
        running = store.claim_unread(executor, replace(plan.terms, attack=attack or ATTACK), run())
        assert isinstance(running, Executor) and running.status is Status.RUNNING


@pytest.mark.parametrize("given", [{"undo": "0" * 32 + "-0001"}, {"undoes": "0" * 32 + "-0001"}])
def test_what_has_an_undo_or_is_one_has_to_be_read(store: Store, given: dict[str, str]) -> None:
    _, executor = stored(store, lambda it: replace(it, **given))  # type: ignore[arg-type]
    assert is_left_alone(store, executor)
    assert is_left_alone(store, replace(executor, undo=None, undoes=None))


@pytest.mark.parametrize(
    "given",
    [
        {"halted": True, "reason": "smoke"},
        {"freezes": (freeze(-1, 1),)},
        {"freezes": (freeze(0, 1),)},
        {"freezes": (freeze(-9, -8), freeze(-1, 1), freeze(8, 9))},
    ],
    ids=["halted", "frozen", "frozen from now on", "frozen between two freezes"],
)
def test_while_the_engine_is_held_it_has_to_be_read(store: Store, given: dict[str, Any]) -> None:
    _, executors = active(store)
    steered(store, **given)
    assert is_left_alone(store, executors[0])


def test_a_halt_that_is_over_and_a_freeze_of_another_time_hold_nothing(store: Store) -> None:
    plan, executors = active(store, 4)
    apart = (freeze(-9, 0), freeze(1, 9))
    states: list[dict[str, Any]] = [{}, {"freezes": apart[1:]}, {"freezes": apart[:1]}, {"freezes": apart}]
    for executor, given in zip(executors, states, strict=True):
        steered(store, halted=True, reason="smoke", freezes=(freeze(-1, 1),))
        assert is_left_alone(store, executor)
        steered(store, **given)
        assert isinstance(store.claim_unread(executor, TERMS, run(executor.id)), Executor), given
    assert store.load(plan.id)[0].running == 4


def test_of_what_was_never_committed_deleted_or_has_run_nothing_is_claimed(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    assert is_left_alone(store, executors[0])
    store.commit(plan.id)
    store.bury_executor(store.load(plan.id)[0], executors[1], NOW)
    assert is_left_alone(store, executors[1])
    store.end(store.claim(executors[0], run()), DONE, NOW)
    assert is_left_alone(store, executors[0])
    store.bury(plan.id, NOW)
    assert is_left_alone(store, executors[2])
    store.inter(plan.id, NOW)
    assert is_left_alone(store, executors[2])


def test_claimed_twice_it_is_the_firsts(store: Store) -> None:
    plan, executors = active(store)
    first = store.claim_unread(executors[0], TERMS, run("one"))
    assert is_left_alone(store, executors[0], by=run("two"))
    assert is_left_alone(store, executors[0], by=run("one", started=NOW + MINUTE))
    assert store.claim_unread(executors[0], TERMS, run("one")) == first
    assert store.load(plan.id)[0].running == 1


def test_deliveries_counted_in_between_hinder_nothing_and_are_all_counted(store: Store) -> None:
    _, executors = active(store)
    told = replace(executors[0], delivered=NOW, deliveries=1)
    store.refused(told.id, "one")
    assert isinstance(store.claim_unread(told, TERMS, run()), Executor)
    store.refused(told.id, "two")
    again = store.claim_unread(told, TERMS, run())
    assert isinstance(again, Executor) and store.end(again, DONE, NOW) == store.end(again, DONE, NOW)
    assert store.load(told.plan_id)[1][0].deliveries == 3
