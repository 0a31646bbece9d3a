"""Ten million deliveries in little memory: of each only its second, its shard and the size of its plan are kept, as one
number, by day; counting a day's numbers is quick."""

from array import array
from collections import Counter
from collections.abc import Iterator

from infra.costs.load import DAY, Posted

KINDS = 8
"""Sizes of plans that can be told apart, at most."""


Seen = tuple[int, int, int, int]
"""So many of the same: the second of the day, the shard, the place of the size among the year's, how many."""


class ByDay:
    """What happens on each day: deliveries, and rows that are written when plans are made."""

    def __init__(self, days: int, shards: int) -> None:
        self._width = shards * KINDS
        self._delivered = [array("I") for _ in range(days)]
        self._made: list[Counter[int]] = [Counter() for _ in range(days)]
        self._schedules: list[Counter[int]] = [Counter() for _ in range(days)]

    def __len__(self) -> int:
        return len(self._delivered)

    def add(self, plan: Posted, *, shard: int, kind: int, schedules: int) -> None:
        """A plan, whose schedules are made at so many a second."""
        tail, width, delivered = shard * KINDS + kind, self._width, self._delivered
        for second in plan.deliveries:
            delivered[second // DAY].append(second % DAY * width + tail)
        day, second = divmod(plan.second, DAY)
        self._made[day][second * width + tail] += len(plan.deliveries)
        for first in range(0, len(plan.deliveries), schedules):
            self._schedules[day][second + first // schedules] += min(schedules, len(plan.deliveries) - first)

    def delivered(self, day: int) -> list[Seen]:
        """The attacks of the day."""
        return list(self._seen(Counter(self._delivered[day])))

    def made(self, day: int) -> list[Seen]:
        """The executors' rows written that day."""
        return list(self._seen(self._made[day]))

    def schedules(self, day: int) -> Counter[int]:
        """Those made, by second of the day."""
        return self._schedules[day]

    def _seen(self, numbers: Counter[int]) -> Iterator[Seen]:
        width = self._width
        for number, count in numbers.items():
            second, tail = divmod(number, width)
            yield second, tail // KINDS, tail % KINDS, count
