"""Repairs what a crash, a lost message or a failed second step left behind.

It reads sparse indexes of unfinished work, never the whole table, and every repair is idempotent: two sweeps at once
do what one does. It never attacks.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.budget import SURELY_DEAD, remaining, within
from chalicelib.errors import Lost, PlanNotFound, Unavailable
from chalicelib.hastening import hasten
from chalicelib.ids import is_plan_id, plan_of
from chalicelib.lifecycle import LifecycleEvent, of_executor
from chalicelib.model import Executor, Failure, Result, Status, whole
from chalicelib.ports.services import Clock, EventPublisher, Schedules
from chalicelib.ports.stores import Controls, ExecutorStore, PlanStore, Runs, Unfinished
from chalicelib.reverting import align_undo
from chalicelib.settings import Settings
from chalicelib.settling import scheduled_for, settle
from chalicelib.undoing import AGAIN_AFTER, MOST_ATTEMPTS, given_up

log = logging.getLogger(__name__)

T = TypeVar("T")

# Seconds (docs/adr/0008). The function has 120; one thing that AWS throttles must not take the others' time.
SWEEPING = 100
REPAIRING = 20

PORTION = 100
"""Executors of a half-made plan that go together."""

_INTERRUPTED = Failure(
    type="Interrupted", message="the run broke off without a word: what it did before that is not known"
)


@dataclass
class _Count:
    repaired: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One pass over what is unfinished. Of a half-made plan, so many executors as a ``portion`` go together."""

    settings: Settings
    plans: PlanStore
    executors: ExecutorStore
    runs: Runs
    unfinished: Unfinished
    controls: Controls
    schedules: Schedules
    publisher: EventPublisher
    clock: Clock
    portion: int = PORTION

    @within(SWEEPING)
    def sweep(self) -> dict[str, int]:
        """Repair what can be repaired now and count it by kind. What fails is logged and left to the next sweep;
        ``failed`` counts that."""
        now = whole(self.clock())
        dead, found = now - SURELY_DEAD, self.unfinished
        counts = {
            "erased": _count("erased", self._erase, lambda: found.uncommitted(dead)),
            "interred": _count("interred", lambda plan_id: self._inter(plan_id, now), found.unburied),
            "ended": self._end_all(now),
            "hastened": _count("hastened", lambda undo_id: self._hasten(undo_id, now), self._pending_while_halted),
            "settled": _count(
                "settled", lambda executor_id: self._settle(executor_id, now), lambda: found.unsettled(dead)
            ),
        }
        failed = sum(count.failed for count in counts.values())
        return {**{kind: count.repaired for kind, count in counts.items()}, "failed": failed}

    def _erase(self, plan_id: str) -> bool:
        """A plan whose making broke off: the client was told nothing, so it must not come to be.

        The index may lag behind: only the plan itself says that it may go, and then it cannot be committed any more.
        It goes in portions, so that where there is no time for all of it the next sweep has less to do.
        """
        if not self.plans.begin_erasing(plan_id):
            return False
        ids = [each.id for each in self.unfinished.executors_of(plan_id)]
        while len(ids) > self.portion:
            portion, ids = ids[: self.portion], ids[self.portion :]
            self.schedules.drop_all(portion)
            self.plans.erase_executors(plan_id, portion)
        self.schedules.drop_all(ids)
        self.plans.erase(plan_id)
        return True

    def _inter(self, plan_id: str, now: datetime) -> bool:
        """A plan whose deletion broke off after the tombstone."""
        rows = self.unfinished.executors_of(plan_id)
        self.schedules.drop_all(each.id for each in rows if each.status in (Status.SCHEDULED, Status.CANCELLED))
        self.plans.inter(plan_id, now)
        return True

    def _pending_while_halted(self) -> tuple[str, ...]:
        """A halted engine has its undos run at once."""
        return self.unfinished.pending_undos() if self.controls.control().halted else ()

    def _hasten(self, undo_id: str, now: datetime) -> bool:
        return hasten(undo_id, now, self.executors, self.runs, self.schedules)

    def _end_all(self, now: datetime) -> _Count:
        """They are told of together: a request each would take too long, were there many."""
        told: list[LifecycleEvent] = []
        ended = _count("ended", lambda each: self._end(each, now, told), lambda: self.unfinished.overdue(now))
        self.publisher.publish(told)
        return ended

    def _end(self, executor: Executor, now: datetime, told: list[LifecycleEvent]) -> bool:
        """An executor that was never delivered, or whose run died without a word."""
        if executor.undoes is not None:
            return self._again(executor, now, told)
        result, found = self._overdue_result(executor, now), None
        if result is not None:
            found = self.executors.locate(executor.id)
        if result is None or found is None:
            return False
        told.append(of_executor(self.runs.end(executor, result, now), found[0].attack))
        return True

    def _again(self, executor: Executor, now: datetime, told: list[LifecycleEvent]) -> bool:
        """An undo whose schedule did not fire, or whose run died: it is never missed, but due again in a minute, until
        it has been tried too often."""
        found, later = self.executors.locate(executor.id), now + AGAIN_AFTER
        if found is None or now - executor.due <= SURELY_DEAD:
            return False
        plan = found[0]
        if executor.status is Status.SCHEDULED:
            moved = self.executors.move(plan, executor, later)
        elif executor.run is None or executor.run.lease_until >= now:
            return False
        elif executor.attempts + 1 < MOST_ATTEMPTS:
            moved = self.runs.postpone(plan, executor, later, _INTERRUPTED)
        else:
            told.append(of_executor(self.runs.end(executor, given_up(_INTERRUPTED.message), now), plan.attack))
            self.runs.undone(executor.id)
            return True
        settle(executor.id, (plan, moved), self.executors, self.schedules)
        return True

    def _overdue_result(self, executor: Executor, now: datetime) -> Result | None:
        if executor.status is Status.RUNNING:
            if executor.run is None or executor.run.lease_until >= now:
                return None
            return Result(status=Status.FAILED, error=_INTERRUPTED)
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
        if due is not None and found is not None:
            align_undo(found[1], due, self.executors, self.schedules)
        settle(executor_id, found, self.executors, self.schedules)
        return True


def _count(kind: str, repair: Callable[[T], bool], find: Callable[[], Iterable[T]]) -> _Count:
    """Every repair is one line of the log; a thing is a plan's id, an executor's, or an executor."""
    count = _Count()
    try:
        with within(REPAIRING):
            things = find()
    except Unavailable as error:
        log.warning("what to repair is left to the next sweep: %s (%r)", error, error.__cause__)
        return _Count(failed=1)
    for thing in things:
        if not remaining():
            log.warning("time is up: the rest is left to the next sweep")
            count.failed += 1
            break
        try:
            with within(REPAIRING):
                repaired = repair(thing)
            if repaired:
                count.repaired += 1
                log.warning("the sweep has %s what was left unfinished", kind, extra=_about(thing))
        except (Unavailable, Lost, PlanNotFound) as error:
            log.warning("a repair is left to the next sweep: %s (%r)", error, error.__cause__, extra=_about(thing))
            count.failed += isinstance(error, Unavailable)  # else another was faster
    return count


def _about(thing: object) -> dict[str, str]:
    id = thing.id if isinstance(thing, Executor) else str(thing)
    return {"plan_id": id} if is_plan_id(id) else {"plan_id": plan_of(id), "executor_id": id}
