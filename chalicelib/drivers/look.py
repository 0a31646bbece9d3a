"""Act and look: every attack and undo puts on record only what it has seen.

A cloud accepts a call before it has done it, and a lost answer says nothing about the effect. So an attack acts, and
then looks until the effect is there, until it can no longer come, or until the time is up::

    look = Look(seconds=60, pause=self.pause)
    seen = look.act("queue-1", "paused", act=pause_it, see=read_state, is_so=lambda state: state == "paused")
    return {"state": seen.value, "seconds": seen.seconds}
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from chalicelib.domain.attack_failures import AttackFailed

T = TypeVar("T")

_FIRST_GAP = 0.5
_GROWTH = 1.5
_LARGEST_GAP = 10.0


class AnswerLost(AttackFailed):
    """A call that may have taken effect: the connection broke, or the answer cannot be read."""


@dataclass(frozen=True, slots=True)
class Observed(Generic[T]):
    """The last value that a look saw, and how many seconds after the beginning.

    ``is_so`` is true where it is what the attack asked for, ``is_final`` where it can no longer become that.
    """

    value: T
    seconds: float
    is_so: bool
    is_final: bool = False


class Look:
    """A limit of time for all looks of one attack or undo."""

    def __init__(
        self,
        seconds: float,
        *,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin now. ``pause`` waits so many seconds; ``clock`` returns seconds from any start, and never goes back."""
        self.limit = seconds
        self._pause, self._clock = pause, clock
        self._began, self._paused = clock(), 0.0

    @property
    def seconds(self) -> float:
        """Return the seconds since the beginning. Pauses count where the clock stands still, so every look ends."""
        return round(max(self._clock() - self._began, self._paused), 1)

    def until(
        self,
        see: Callable[[], T],
        is_so: Callable[[T], bool],
        never: Callable[[Sequence[T]], bool] = lambda values: False,
    ) -> Observed[T]:
        """Look at once, and again after growing gaps, and return what was seen last.

        ``never`` gets all values so far, oldest first and without repeats, and returns True where the effect can no
        longer come. A look whose answer is lost is made again. Raises ``AnswerLost`` where no look succeeded in time,
        and any other ``AttackFailed`` of ``see`` at once.
        """
        values: list[T] = []
        lost: AnswerLost | None = None
        for _ in self._gaps():
            try:
                value = see()
            except AnswerLost as failure:
                lost = failure
                continue
            if not values or values[-1] != value:
                values.append(value)
            if is_so(value):
                return Observed(value, self.seconds, is_so=True)
            if never(values):
                return Observed(value, self.seconds, is_so=False, is_final=True)
        if not values and lost:
            raise lost
        return Observed(values[-1], self.seconds, is_so=False)

    def act(
        self,
        thing: str,
        done: str,
        *,
        act: Callable[[], object],
        see: Callable[[], T],
        is_so: Callable[[T], bool],
        never: Callable[[Sequence[T]], bool] = lambda values: False,
        show: Callable[[T], str] = str,
    ) -> Observed[T]:
        """Act, look until the effect is there, and return what was seen.

        ``thing`` and ``done`` are words for the sentence of a failure, such as "i-1" and "started"; ``show`` renders a
        value. An error of ``act`` is raised at once, except ``AnswerLost``: then a look decides. Raises
        ``AttackFailed``, with the state and the seconds as its outcome, where the effect is not seen.
        """
        lost: AnswerLost | None = None
        try:
            act()
        except AnswerLost as failure:
            lost = failure
        try:
            seen = self.until(see, is_so, never)
        except AttackFailed as failure:
            said = f"{lost}, and what became of it" if lost else f"{thing} was {done}, and what became of it"
            raise AttackFailed(f"{said} is not known: {failure}", **failure.outcome) from failure
        if seen.is_so:
            return seen
        if seen.is_final:
            what = f"{thing} is {show(seen.value)} {seen.seconds:.0f} seconds after it was {done}, and stays so"
        else:
            what = f"{thing} is still {show(seen.value)} {seen.seconds:.0f} seconds after it was {done}"
        raise AttackFailed(f"{lost}; {what}" if lost else what, state=show(seen.value), seconds=seen.seconds) from lost

    def _gaps(self) -> Iterator[None]:
        """Yield for each look: at once, then after growing gaps, the last one when the time is up."""
        yield
        gap = _FIRST_GAP
        while (left := self.limit - max(self._clock() - self._began, self._paused)) > 0:
            wait = min(gap, left)
            self._pause(wait)
            self._paused += wait
            gap = min(gap * _GROWTH, _LARGEST_GAP)
            yield
