"""Many who change the engine at once: all of it is stored, and nobody makes the halt lever wait."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Event, Lock
from typing import Any

import pytest

from chalicelib.domain.engine_state import AuditEntry, Control, Lever
from chalicelib.domain.errors import WriteConflict
from chalicelib.runtime.deadline import within
from tests.contract.builders import MINUTE, NOW
from tests.contract.conftest import Store
from tests.contract.crowds import all_at_once
from tests.contract.test_controls import FREEZE
from tests.support.world import HandClock, world

CLIENTS, EACH = 10, 4
LEVER = Lever(halted=True, reason="smoke", refuse_plans=True, by="anna", at=NOW)


class Ticking(HandClock):
    """A clock that no two readers find at the same instant: an act's place in the history is its time."""

    def __init__(self) -> None:
        super().__init__(NOW, timedelta(microseconds=1))
        self._lock = Lock()

    def __call__(self) -> Any:
        with self._lock:
            return super().__call__()


def freezes(number: int) -> list[dict[str, str]]:
    start, end = (f"{NOW + minutes * MINUTE:%Y-%m-%dT%H:%M:%SZ}" for minutes in (60, 120))
    return [{"name": f"{number}-{n}", "start": start, "end": end, "reason": "sale"} for n in range(EACH)]


def test_forty_freezes_of_ten_clients_at_once_are_all_stored(store: Store) -> None:
    engine_state = world(clock=Ticking(), store=store).engine_state  # type: ignore[arg-type]

    def post(documents: Sequence[dict[str, str]]) -> None:
        for document in documents:
            with within(22):  # as the API gives it
                engine_state.freeze(document, "anna")

    answers = all_at_once([partial(post, freezes(number)) for number in range(CLIENTS)])
    assert answers == [None] * CLIENTS
    stored = store.controls.control()
    assert {each.name for each in stored.freezes} == {f"{m}-{n}" for m in range(CLIENTS) for n in range(EACH)}
    assert (len(stored.freezes), stored.version) == (CLIENTS * EACH, CLIENTS * EACH)
    assert len(store.controls.history(limit=100, after=None).items) == CLIENTS * EACH


def test_the_halt_lever_is_pulled_at_the_first_try_while_others_freeze(store: Store) -> None:
    """Each pull is one write: it has no version to lose by."""
    clock, halted = Ticking(), Event()
    engine_state = world(clock=clock, store=store).engine_state  # type: ignore[arg-type]

    def freeze(number: int) -> int:
        made = 0
        while not (halted.is_set() and made) and made < 12:
            with within(22):
                engine_state.freeze({**freezes(number)[0], "name": f"{number}-{made}"}, "bert")
            made += 1
        return made

    def halt() -> None:
        for number in range(5):
            act = AuditEntry(at=clock(), by="anna", action="halted", details={"n": number})
            store.controls.pull(LEVER, act)
        halted.set()

    answers = all_at_once([halt, *(partial(freeze, number) for number in range(4))])
    assert answers[0] is None
    control = store.controls.control()
    assert (control.halted, control.reason, control.by) == (True, "smoke", "anna")
    assert len(control.freezes) == sum(answers[1:]) and control.version == sum(answers[1:]) + 5


def test_a_pull_leaves_the_freezes_as_they_are(store: Store) -> None:
    act = AuditEntry(at=NOW, by="bert", action="froze", details={})
    store.controls.steer(Control(), Control(freezes=(FREEZE,), version=1), act)
    store.controls.pull(LEVER, AuditEntry(at=NOW + MINUTE, by="anna", action="halted", details={}))
    assert store.controls.control() == LEVER.of(Control(freezes=(FREEZE,), version=2))


def test_a_freeze_leaves_the_lever_as_it_is(store: Store) -> None:
    store.controls.pull(LEVER, AuditEntry(at=NOW, by="anna", action="halted", details={}))
    known = store.controls.control()
    assert known == LEVER.of(Control(version=1))
    let_go = Lever(halted=False, reason=None, refuse_plans=False, by="carl", at=NOW)
    store.controls.pull(let_go, AuditEntry(at=NOW + MINUTE, by="carl", action="let go on", details={}))
    act = AuditEntry(at=NOW + 2 * MINUTE, by="bert", action="froze", details={})
    with pytest.raises(WriteConflict):
        store.controls.steer(known, LEVER.of(Control(freezes=(FREEZE,), version=2)), act)
    known = store.controls.control()
    store.controls.steer(known, replace(known, freezes=(FREEZE,), version=3), act)
    assert store.controls.control() == let_go.of(Control(freezes=(FREEZE,), version=3))
