"""Garbage is not looked for while a function is put together, and is afterwards."""

import gc
from collections.abc import Iterator

import pytest

from chalicelib.runtime.gc_freeze import nothing_is_garbage


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def test_nothing_is_looked_for_inside_and_all_of_it_is_set_apart() -> None:
    with nothing_is_garbage():
        assert not gc.isenabled()
    assert gc.isenabled() and gc.get_freeze_count() > 0


def test_so_it_is_where_composing_fails() -> None:
    with pytest.raises(KeyError), nothing_is_garbage():
        raise KeyError("a setting")
    assert gc.isenabled()


def test_it_wraps_a_function() -> None:
    @nothing_is_garbage()
    def composed() -> bool:
        return gc.isenabled()

    assert not composed() and gc.isenabled()


def test_one_inside_another_changes_nothing() -> None:
    with nothing_is_garbage():
        with nothing_is_garbage():
            pass
        assert not gc.isenabled()


def test_who_has_switched_it_off_keeps_it_off() -> None:
    gc.disable()
    with nothing_is_garbage():
        pass
    assert not gc.isenabled()
