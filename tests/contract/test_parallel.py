"""Many requests at once: bounded, in order, and over when the call is."""

from threading import Event, Lock

import pytest

from chalicelib.adapters.aws.parallel import in_parallel
from chalicelib.domain.errors import WriteConflict


def test_answers_come_in_the_order_of_the_things() -> None:
    assert in_parallel(lambda number: number * number, range(50), width=8) == [number**2 for number in range(50)]


def test_one_thing_or_none_needs_no_thread() -> None:
    assert in_parallel(str, [], width=8) == []
    assert in_parallel(str, [7], width=8) == ["7"]


def test_no_more_than_the_width_are_under_way() -> None:
    under_way, most, lock, all_in = 0, 0, Lock(), Event()

    def request(_: int) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
            if under_way == 4:
                all_in.set()
        all_in.wait(30)
        with lock:
            under_way -= 1

    in_parallel(request, range(40), width=4)
    assert most == 4


def test_after_a_failure_the_rest_is_not_begun_and_the_failure_is_raised() -> None:
    begun: list[int] = []
    failing = Event()

    def request(number: int) -> None:
        begun.append(number)
        if number == 1:
            failing.set()
            raise WriteConflict("one")
        failing.wait(30)

    with pytest.raises(WriteConflict, match="one"):
        in_parallel(request, range(10_000), width=2)
    assert len(begun) < 100


def test_an_error_that_nobody_foresaw_is_raised_too() -> None:
    with pytest.raises(ZeroDivisionError):
        in_parallel(lambda number: 1 // number, range(3), width=2)
