"""Repairs what a crash, a lost message or a failed second step left behind.

It reads sparse indexes of unfinished work, never the whole table, and every repair is idempotent: two sweeps at once
do what one does. It never attacks.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.errors import Lost, PlanNotFound, Unavailable
from chalicelib.model import Executor, Failure, Result, Status, whole
from chalicelib.ports import Clock, ExecutorStore, PlanStore, Runs, Schedules, Unfinished
from chalicelib.settings import Settings
from chalicelib.settling import scheduled_for, settle

log = logging.getLogger(__name__)

T = TypeVar("T")

_SURELY_DEAD = timedelta(seconds=120)
"""Longer than any request of the API can live (API Gateway ends them after 29 seconds)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One pass over what is unfinished."""

    settings: Settings
    plans: PlanStore
    executors: ExecutorStore
    runs: Runs
    unfinished: Unfinished
    schedules: Schedules
    clock: Clock

    def sweep(self) -> dict[str, int]:
        """Repair what can be repaired now and count it by kind. What fails is logged and left to the next sweep."""
        now = whole(self.clock())
        dead, found = now - _SURELY_DEAD, self.unfinished
        return {
            "erased": _count(self._erase, lambda: found.uncommitted(dead)),
            "interred": _count(lambda plan_id: self._inter(plan_id, now), found.unburied),
            "ended": _count(lambda executor: self._end(executor, now), lambda: found.overdue(now)),
            "settled": _count(lambda executor_id: self._settle(executor_id, now), lambda: found.unsettled(dead)),
        }

    def _erase(self, plan_id: str) -> bool:
        """A plan whose making broke off: the client was told nothing, so it must not come to be."""
        self.schedules.drop_all(each.id for each in self.unfinished.executors_of(plan_id))
        self.plans.erase(plan_id)
        return True

    def _inter(self, plan_id: str, now: datetime) -> bool:
        """A plan whose deletion broke off after the tombstone."""
        rows = self.unfinished.executors_of(plan_id)
        self.schedules.drop_all(each.id for each in rows if each.status in (Status.SCHEDULED, Status.CANCELLED))
        self.plans.inter(plan_id, now)
        return True

    def _end(self, executor: Executor, now: datetime) -> bool:
        """An executor that was never delivered, or whose run died without a word."""
        result = self._overdue_result(executor, now)
        if result is None:
            return False
        self.runs.end(executor, result, now)
        return True

    def _overdue_result(self, executor: Executor, now: datetime) -> Result | None:
        if executor.status is Status.RUNNING:
            if executor.run is None or executor.run.lease_until >= now:
                return None
            message = "the run broke off without a word: what it did before that is not known"
            return Result(status=Status.FAILED, error=Failure(type="Interrupted", message=message))
        if now - executor.due <= timedelta(seconds=self.settings.grace_seconds):
            return None
        message = f"it was not delivered within {self.settings.grace_seconds} seconds of its due: nothing was attacked"
        return Result(status=Status.MISSED, error=Failure(type="Missed", message=message))

    def _settle(self, executor_id: str, now: datetime) -> bool:
        """An executor that was moved or deleted, and whose schedule was not.

        One whose date has come is left alone until it has run or was missed: its schedule may be about to fire.
        """
        found = self.executors.locate(executor_id)
        due = scheduled_for(found)
        if due is not None and due <= now:
            return False
        settle(executor_id, found, self.executors, self.schedules)
        return True


def _count(repair: Callable[[T], bool], find: Callable[[], Iterable[T]]) -> int:
    repaired = 0
    try:
        things = find()
    except Unavailable as error:
        log.warning("what to repair is left to the next sweep: %s", error)
        return 0
    for thing in things:
        try:
            repaired += repair(thing)
        except (Unavailable, Lost, PlanNotFound) as error:
            log.warning("a repair is left to the next sweep: %s", error)
    return repaired
