"""Looking until it is so: bounded in time and requests, on a clock that the test moves."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.look import AnswerLost, Look


class Clock:
    """Time that passes by pauses, and by ``cost`` seconds with each look."""

    def __init__(self, cost: float = 0.0) -> None:
        self.now, self.cost, self.pauses = 0.0, cost, list[float]()

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)

    def look(self, seconds: float) -> Look:
        return Look(seconds, pause=self.pause, clock=lambda: self.now)

    def shows(self, states: Sequence[str | Exception]) -> Callable[[], str]:
        left: Iterator[str | Exception] = iter(states)
        last: list[str | Exception] = []

        def see() -> str:
            self.now += self.cost
            last.append(next(left, last[-1] if last else "nothing"))
            if isinstance(last[-1], Exception):
                raise last[-1]
            return last[-1]

        return see


def test_what_is_so_at_once_is_looked_at_once() -> None:
    clock = Clock()
    seen = clock.look(60).until(clock.shows(["running"]), lambda state: state == "running")
    assert (seen.value, seen.seconds, seen.is_so, clock.pauses) == ("running", 0, True, [])


def test_the_gaps_grow_and_the_last_look_is_at_the_end() -> None:
    clock = Clock()
    seen = clock.look(60).until(clock.shows(["pending"]), lambda state: False)
    assert (seen.value, seen.seconds, seen.is_so, seen.is_final) == ("pending", 60, False, False)
    assert clock.pauses[:-1] == sorted(clock.pauses[:-1])
    assert sum(clock.pauses) == 60
    assert len(clock.pauses) < 15


def test_a_state_that_never_becomes_the_other_ends_the_look() -> None:
    clock = Clock()
    judged: list[list[str]] = []

    def never(states: Sequence[str]) -> bool:
        judged.append(list(states))
        return len(states) > 1 and states[-1] == "stopped"

    shown = clock.shows(["stopped", "stopped", "pending", "stopped"])
    seen = clock.look(60).until(shown, lambda state: state == "running", never)
    assert (seen.value, seen.is_final) == ("stopped", True)
    assert judged[-1] == ["stopped", "pending", "stopped"]


def test_a_look_whose_answer_is_lost_is_made_again() -> None:
    clock = Clock()
    shown = clock.shows([AnswerLost("reset"), AnswerLost("reset"), "running"])
    assert clock.look(60).until(shown, lambda state: state == "running").is_so


def test_where_no_look_succeeds_the_last_failure_is_raised() -> None:
    clock = Clock()
    with pytest.raises(AnswerLost, match="reset"):
        clock.look(60).until(clock.shows([AnswerLost("reset")]), lambda state: True)
    assert clock.now == 60


def test_a_look_that_is_refused_ends_it_at_once() -> None:
    clock = Clock()
    with pytest.raises(AttackFailed, match="^i-1 was started, and what became of it is not known: denied$"):
        clock.look(60).act(
            *("i-1", "started"), act=lambda: None, see=clock.shows([AttackFailed("denied")]), is_so=lambda state: True
        )
    assert clock.pauses == []


def _fails(failure: Exception) -> Callable[[], None]:
    def act() -> None:
        raise failure

    return act


def test_what_is_refused_is_not_looked_at() -> None:
    clock = Clock()
    with pytest.raises(AttackFailed, match="^denied$"):
        clock.look(60).act(
            *("i-1", "started"), act=_fails(AttackFailed("denied")), see=clock.shows(["running"]), is_so=bool
        )


def test_of_an_answer_that_is_lost_a_look_decides() -> None:
    clock = Clock()
    lost = _fails(AnswerLost("the connection was reset"))
    look = clock.look(60)
    assert look.act("i-1", "started", act=lost, see=clock.shows(["running"]), is_so=lambda now: now == "running").is_so
    with pytest.raises(
        AttackFailed, match="^the connection was reset; i-1 is still stopped 60 seconds after it was started$"
    ) as failure:
        look.act("i-1", "started", act=lost, see=clock.shows(["stopped"]), is_so=lambda now: now == "running")
    assert failure.value.outcome == {"state": "stopped", "seconds": 60}
    assert not isinstance(failure.value, AnswerLost)


def test_several_looks_share_the_time() -> None:
    clock = Clock()
    look = clock.look(60)
    look.until(clock.shows(["a"]), lambda state: False)
    pauses = len(clock.pauses)
    assert not look.until(clock.shows(["b"]), lambda state: False).is_so
    assert len(clock.pauses) == pauses


@given(
    seconds=st.floats(0, 900),
    cost=st.floats(0, 20),
    states=st.lists(st.sampled_from(["pending", "stopped", "running", AnswerLost("x")]), max_size=40),
)
def test_every_look_ends_within_its_time_and_says_so_only_of_what_was_seen(
    seconds: float, cost: float, states: list[str | Exception]
) -> None:
    clock, asked = Clock(cost), list[str]()
    shown = clock.shows(states or ["pending"])

    def see() -> str:
        asked.append(shown())
        return asked[-1]

    try:
        seen = clock.look(seconds).until(see, lambda state: state == "running")
    except AnswerLost:
        assert asked == []
    else:
        assert seen.value == asked[-1]
        assert seen.is_so == (asked[-1] == "running")
        assert seen.seconds == round(clock.now, 1)
    assert clock.now <= seconds + cost + 0.001
    assert len(clock.pauses) <= 10 + seconds / 10


@given(seconds=st.floats(0, 900))
def test_a_look_ends_though_the_clock_stands_still(seconds: float) -> None:
    pauses: list[float] = []
    seen = Look(seconds, pause=pauses.append, clock=lambda: 0.0).until(lambda: "x", lambda state: False)
    assert seen.seconds == pytest.approx(seconds, abs=0.1)
    assert sum(pauses) == pytest.approx(seconds)
