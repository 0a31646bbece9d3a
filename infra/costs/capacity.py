"""What so many units a second do with a demand that is higher for a while: the rest waits, and is tried again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True, kw_only=True)
class Strain:
    """``peak`` is the most that was asked for in a second, in second ``at``; ``delayed`` how much was not served in
    the second it was asked for, of ``total``; ``longest`` how many seconds the queue took when it was longest."""

    limit: float
    peak: float = 0
    at: int = 0
    total: float = 0
    delayed: float = 0
    longest: int = 0

    @property
    def share(self) -> float:
        """The peak in parts of the limit: from 1 on, something waits."""
        return self.peak / self.limit


def strain(limit: float, asked: Mapping[int, float]) -> Strain:
    """A queue before ``limit`` units a second. ``asked`` is by second; what is not in it is nothing. No burst is
    allowed for, though DynamoDB may give one: it is not promised."""
    at = longest = 0
    peak = total = delayed = waiting = 0.0
    last = None
    for second in sorted(asked):
        if last is not None:
            waiting = max(0.0, waiting - (second - last - 1) * limit)
        new = asked[second]
        if new > peak:
            peak, at = new, second
        total += new
        waiting = max(0.0, waiting + new - limit)
        delayed += min(new, waiting)
        longest = max(longest, ceil(waiting / limit))
        last = second
    return Strain(limit=limit, peak=peak, at=at, total=total, delayed=delayed, longest=longest)


def together(strains: Iterable[Strain]) -> Strain:
    """Of several that have the same limit, each its own: the worst peak and wait, the sum of the rest."""
    each = list(strains)
    worst = max(each, key=lambda one: one.peak)
    return Strain(
        limit=worst.limit,
        peak=worst.peak,
        at=worst.at,
        total=sum(one.total for one in each),
        delayed=sum(one.delayed for one in each),
        longest=max(one.longest for one in each),
    )
