"""``retry_conflicts``: a change that another was faster with is tried again while there is time."""

from random import Random

import pytest

from chalicelib.domain.errors import InvalidRequest, WriteConflict
from chalicelib.domain.unavailable import Unavailable
from chalicelib.runtime.contention import MOST_TRIES, retry_conflicts
from chalicelib.runtime.deadline import within
from tests.contract.builders import HandTimer


class Contended:
    """A change that others are faster with so many times."""

    def __init__(self, lost: int) -> None:
        self.lost, self.tries = lost, 0

    def __call__(self) -> str:
        self.tries += 1
        if self.tries <= self.lost:
            raise WriteConflict("another was faster")
        return "changed"


def test_what_nobody_contends_for_is_changed_at_once() -> None:
    pauses: list[float] = []
    assert retry_conflicts(Contended(0), "changing", pause=pauses.append) == "changed" and pauses == []


def test_it_is_tried_again_with_pauses_that_differ_and_stay_short() -> None:
    pauses: list[float] = []
    assert retry_conflicts(Contended(20), "changing", pause=pauses.append, rng=Random(7)) == "changed"
    assert len(set(pauses)) == 20 and max(pauses) <= 0.5


def test_it_ends_with_the_budget_and_says_when_to_try_again() -> None:
    timer, change = HandTimer(), Contended(10**6)
    with within(8, timer), pytest.raises(Unavailable, match="^changing the thing did not succeed just now") as raised:
        retry_conflicts(change, "changing the thing", pause=timer.sleep, rng=Random(7))
    assert raised.value.retry_after == 1 and timer.now <= 8 and change.tries > 10


def test_without_a_budget_it_ends_too() -> None:
    change = Contended(10**6)
    with pytest.raises(Unavailable):
        retry_conflicts(change, "changing", pause=lambda seconds: None)
    assert change.tries == MOST_TRIES


def test_another_error_is_raised_at_once() -> None:
    def refused() -> None:
        raise InvalidRequest("no")

    with pytest.raises(InvalidRequest):
        retry_conflicts(refused, "changing")
