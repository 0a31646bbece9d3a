"""``ports.Controls``: what people have set for the whole engine, and who did."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from chalicelib.domain.engine_state import AuditEntry, Control, Freeze
from chalicelib.domain.errors import WriteConflict
from tests.contract.builders import MINUTE, NOW
from tests.contract.conftest import Store
from tests.contract.crowds import all_at_once

FREEZE = Freeze(id="f1", name="sale", start=NOW, end=NOW + 60 * MINUTE, reason="Black Friday")
HALTED = Control(halted=True, reason="smoke", refuse_plans=True, by="anna", at=NOW, freezes=(FREEZE,), version=1)


def act(action: str, seconds: float = 0) -> AuditEntry:
    return AuditEntry(
        at=NOW + timedelta(seconds=seconds), by="anna", action=action, details={"reason": "smoke", "share": 0.5}
    )


def test_an_engine_that_nobody_touched_is_not_halted(store: Store) -> None:
    assert store.controls.control() == Control()
    assert store.controls.history(limit=5, after=None).items == ()


def test_what_was_set_holds_at_once_and_is_in_the_history(store: Store) -> None:
    store.controls.steer(Control(), HALTED, act("halted"))
    assert store.controls.control() == HALTED
    assert store.controls.history(limit=5, after=None).items == (act("halted"),)
    let_go = Control(by="bert", at=NOW + MINUTE, version=2)
    store.controls.steer(HALTED, let_go, act("let go", 60))
    assert store.controls.control() == let_go
    assert store.controls.history(limit=5, after=None).items == (act("let go", 60), act("halted"))


def test_setting_the_very_same_again_is_no_error_and_one_entry(store: Store) -> None:
    store.controls.steer(Control(), HALTED, act("halted"))
    store.controls.steer(Control(), HALTED, act("halted"))
    assert len(store.controls.history(limit=5, after=None).items) == 1


def test_who_did_not_see_the_last_change_is_refused(store: Store) -> None:
    store.controls.steer(Control(), HALTED, act("halted"))
    with pytest.raises(WriteConflict):
        store.controls.steer(Control(), replace(HALTED, by="bert"), act("halted", 1))
    assert store.controls.control() == HALTED and len(store.controls.history(limit=5, after=None).items) == 1


def test_of_ten_changes_at_once_one_is_made(store: Store) -> None:
    changes = [
        partial(store.controls.steer, Control(), replace(HALTED, by=f"{n}"), act("halted", n)) for n in range(10)
    ]
    answers = all_at_once(changes)
    assert sum(answer is None for answer in answers) == 1
    assert sum(isinstance(answer, WriteConflict) for answer in answers) == 9
    assert len(store.controls.history(limit=20, after=None).items) == 1


def test_the_history_has_pages_newest_first(store: Store) -> None:
    known = Control()
    for number in range(5):
        control = replace(known, version=known.version + 1)
        store.controls.steer(known, control, act(f"act {number}", number / 1000))
        known = control
    first = store.controls.history(limit=2, after=None)
    second = store.controls.history(limit=2, after=first.next_position)
    third = store.controls.history(limit=2, after=second.next_position)
    assert [each.action for page in (first, second, third) for each in page.items] == [
        f"act {n}" for n in (4, 3, 2, 1, 0)
    ]
    assert third.next_position is None
