"""Compute with the hours in which windows are open: those of one day, and time that counts only while they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.domain.hours import Span, Window

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class OpenHours:
    """Windows taken together. Hours belong to the day on which they open, also those after midnight."""

    windows: tuple[Window, ...]

    def of(self, day: date) -> tuple[Span, ...]:
        """Return the spans that open on that day, in order; not those that a window of the day before covers."""
        return without(self._opened(day), self._opened(day - _DAY))

    def between(self, begin: datetime, end: datetime, most: timedelta) -> timedelta:
        """Return how long it is open from one instant to another; counting stops at ``most``."""
        zone, found = self.windows[0].zone, timedelta()
        day, last = begin.astimezone(zone).date() - _DAY, end.astimezone(zone).date() + _DAY
        while day <= last and found < most:
            found += length(within(self.of(day), begin, end))
            day += _DAY
        return min(found, most)

    def _opened(self, day: date) -> tuple[Span, ...]:
        return union(span for window in self.windows for span in window.of(day))


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in order, those that overlap or touch as one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(found)


def without(spans: Sequence[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """Return what is left of the spans outside the taken ones. Both are in order and do not overlap."""
    left: list[Span] = []
    for begin, end in spans:
        for taken_begin, taken_end in taken:
            if begin < taken_begin < end:
                left.append((begin, taken_begin))
            if taken_begin < end and begin < taken_end:
                begin = min(taken_end, end)
        if begin < end:
            left.append((begin, end))
    return tuple(left)


def within(spans: Iterable[Span], begin: datetime, end: datetime) -> tuple[Span, ...]:
    """Return the parts of the spans from ``begin`` up to ``end``."""
    parts = ((max(opens, begin), min(closes, end)) for opens, closes in spans)
    return tuple(part for part in parts if part[0] < part[1])


def length(spans: Iterable[Span]) -> timedelta:
    """Return how long the spans are in all."""
    return sum((end - begin for begin, end in spans), timedelta())


def instant_at(second: int, spans: Iterable[Span]) -> datetime:
    """Return the instant at which that many seconds of the spans have passed. Raises ``ValueError`` for too many."""
    for begin, end in spans:
        seconds = int((end - begin).total_seconds())
        if second < seconds:
            return begin + second * _SECOND
        second -= seconds
    raise ValueError("the spans are shorter than that")
