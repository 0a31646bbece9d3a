"""A year of plans against the partitions of the table and the quotas of Scheduler and Lambda, second by second.

What is modelled: a plan's rows are written within the second of its posting, its schedules at 24 requests in 30 ms; an
attack claims in the second of its delivery and records ``ATTACK_TAKES`` later; each write takes the units that
`item_size.py` counts of the engine's own rows. A partition gives 1,000 write units a second and no burst. A shard of
an index is a partition, and DynamoDB splits none further; so is a plan in the table. What is not: tries that meet
again, transactions of one plan that meet at its row, reads (a partition gives three times as many), EC2's own limits.

Seconds in which an index takes ``QUIET`` units or less, all shards together, cannot be what binds and are passed over.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil
from operator import sub
from random import Random
from typing import NamedTuple

from infra.costs.by_day import ByDay, Seen
from infra.costs.capacity import Strain, strain, together
from infra.costs.load import DAY, Posted, Year, plans
from infra.costs.operations import attacking, creating
from infra.costs.quotas import QUOTAS, per_partition
from infra.costs.workload import ATTACK_TAKES, COLD, ROUND, WIDTH

SHARDS = (1, 4, 16)
PARTITION = "a partition of an index"
OWN = "a plan's own partition"
QUIET = 100
TOGETHER = 50
"""Executors that a plan has at least to ask for much of its own partition."""
_RECORDED = round(ATTACK_TAKES)
_BUSY = ceil(ATTACK_TAKES + COLD)
"""Seconds that an environment is taken by an attack."""
_SCHEDULES = int(WIDTH / ROUND)
"""A second, of one plan."""

BySecond = dict[int, float]
Place = tuple[str, int, int]
"""A list ("executors" or "plans"), a number of shards, and one of them."""


@dataclass(slots=True)
class Result:
    """What the year came to. Seconds are those since its start; ``partitions`` are by number of shards."""

    plans: int = 0
    executors: int = 0
    written: int = 0
    """Write units of the indexes' busiest lists, of executors and of plans."""
    busiest_minute: int = 0
    in_busiest_minute: int = 0
    partitions: dict[int, Strain] = field(default_factory=dict)
    quotas: dict[str, Strain] = field(default_factory=dict)
    elsewhere: dict[str, Strain] = field(default_factory=dict)
    """The quotas that are less in the smaller Regions, and what they would have come to there."""

    def by_share(self, shards: int) -> dict[str, Strain]:
        """Every limit, the one that came nearest to binding at the head."""
        every = {**self.quotas, PARTITION: self.partitions[shards]}
        return dict(sorted(every.items(), key=lambda named: -named[1].share))


class _Units(NamedTuple):
    """Write units of plans of one size: of its row in one index, and in its own partition of the table when it is made
    and for one claim or record."""

    plan: int
    made: int
    written: float


def simulate(year: Year, rng: Random) -> Result:
    """The year, drawn and counted. About half a minute for ten million executors."""
    result, units = Result(), [_units(size) for size, _ in year.sizes]
    days, own = ByDay(year.days + year.ahead_at_most // DAY + 2, max(SHARDS)), Strain(limit=QUOTAS[PARTITION].limit)
    for plan in plans(year, rng):
        result.plans += 1
        result.executors += len(plan.deliveries)
        kind = next(place for place, (size, _) in enumerate(year.sizes) if len(plan.deliveries) <= size)
        result.written += 3 * len(plan.deliveries) + units[kind].plan * (1 + 2 * len(plan.deliveries))
        days.add(plan, shard=rng.randrange(max(SHARDS)), kind=kind, schedules=_SCHEDULES)
        if len(plan.deliveries) >= TOGETHER:
            own = together((own, strain(own.limit, _of_its_own(plan, units[kind]))))
    counted = _Counted([each.plan for each in units], result)
    for day in range(len(days)):
        counted.day(days, day)
    counted.finish()
    result.quotas[OWN] = own
    return result


def _units(executors: int) -> _Units:
    table = sum(asked.table_units for asked in attacking(executors)) / 2
    made = sum(asked.table_units for asked in creating(executors))
    # A row of a plan is written once when it is committed, and twice for each executor.
    return _Units(per_partition(executors)["listed=plan#0"] // (1 + 2 * executors), made, table)


def _of_its_own(plan: Posted, units: _Units) -> BySecond:
    asked: BySecond = defaultdict(float, {plan.second: units.made})
    if plan.game_day:
        for second in plan.deliveries:
            asked[second] += units.written
            asked[second + _RECORDED] += units.written
    return asked


class _Counted:
    """The days that were counted so far."""

    def __init__(self, of_plan: list[int], result: Result) -> None:
        self._of_plan, self._result = of_plan, result
        self._lists: dict[Place, BySecond] = defaultdict(lambda: defaultdict(float))
        self._invocations: BySecond = {}
        self._schedules: BySecond = {}
        self._busy: BySecond = {}
        self._open: BySecond = {}
        self._scheduled = 0

    def day(self, days: ByDay, day: int) -> None:
        """Count one more."""
        delivered, made, start = days.delivered(day), days.made(day), day * DAY
        invoked = [0] * DAY
        for second, _, _, count in delivered:
            invoked[second] += count
        self._of_lists(start, delivered, made)
        self._of_lambda(start, invoked)
        schedules = days.schedules(day)
        self._schedules.update((start + second, count) for second, count in schedules.items())
        self._scheduled += schedules.total()
        self._open[start] = self._scheduled  # as if the day's own deliveries came last
        self._scheduled -= sum(invoked)

    def _of_lambda(self, start: int, invoked: list[int]) -> None:
        self._invocations.update((start + second, count) for second, count in enumerate(invoked) if count > QUIET / 10)
        until = list(accumulate(invoked, initial=0))
        busy = list(map(sub, until[_BUSY:], until))
        self._busy[start + busy.index(max(busy))] = max(busy)
        minutes = list(map(sub, until[60::60], until[::60]))
        if max(minutes) > self._result.in_busiest_minute:
            self._result.in_busiest_minute = max(minutes)
            self._result.busiest_minute = start + 60 * minutes.index(max(minutes))

    def _of_lists(self, start: int, delivered: list[Seen], made: list[Seen]) -> None:
        """What the seconds that are not quiet ask of each partition."""
        of_plan = self._of_plan
        asked: dict[int, float] = defaultdict(float)
        for second, _, kind, count in delivered:
            units = count * of_plan[kind]
            asked[second] += units
            asked[second + _RECORDED] += units
        for second, _, _, count in made:
            asked[second] += count
        loud = {second for second, units in asked.items() if units > QUIET}
        for second, shard, kind, count in delivered:
            for at in (second, second + _RECORDED):
                if at in loud:
                    self._ask(start + at, shard, count, count * of_plan[kind])
        for second, shard, kind, count in made:
            if second in loud:
                self._ask(start + second, shard, count, of_plan[kind])

    def _ask(self, second: int, shard: int, executors: int, plans: int) -> None:
        for shards in SHARDS:
            self._lists["executors", shards, shard % shards][second] += executors
            self._lists["plans", shards, shard % shards][second] += plans

    def finish(self) -> None:
        """Set all of it against the limits."""
        limits = {name: quota.limit for name, quota in QUOTAS.items()}
        for shards in SHARDS:
            of_these = [asked for (_, number, _), asked in self._lists.items() if number == shards]
            self._result.partitions[shards] = together(
                [Strain(limit=limits[PARTITION]), *(strain(limits[PARTITION], asked) for asked in of_these)]
            )
        for name, asked in (("CreateSchedule", self._schedules), ("Scheduler's invocations", self._invocations)):
            self._result.quotas[name] = strain(limits[name], asked)
            elsewhere = QUOTAS[name].elsewhere
            if elsewhere:
                self._result.elsewhere[name] = strain(elsewhere, asked)
        for name, there in (("schedules", self._open), ("Lambda", self._busy)):
            at = max(there, key=lambda second: there[second])
            self._result.quotas[name] = Strain(limit=limits[name], peak=there[at], at=at, total=there[at])
