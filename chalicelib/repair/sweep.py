"""Repair what a crash, a lost message or a failed second step left behind.

The sweep reads sparse indexes of unfinished work, never the whole table. Every repair is idempotent: two sweeps at once
do what one does. It never attacks.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.config.settings import Settings
from chalicelib.domain.broken import Broken
from chalicelib.domain.errors import PlanNotFound, Unreadable, WriteConflict
from chalicelib.domain.events import LifecycleEvent, of_executor
from chalicelib.domain.ids import is_executor_id, is_plan_id, plan_of
from chalicelib.domain.model import Executor, Failure, Result, Status, truncate_to_second
from chalicelib.domain.unavailable import Unavailable
from chalicelib.execution.undo import AGAIN_AFTER, MOST_ATTEMPTS, given_up
from chalicelib.ports.engine_state import Controls
from chalicelib.ports.executors import ExecutorStore
from chalicelib.ports.plans import PlanStore, UncommittedPlans
from chalicelib.ports.repair import Unfinished
from chalicelib.ports.runs import Runs
from chalicelib.ports.services import Clock, EventPublisher, Schedules
from chalicelib.runtime.deadline import SURELY_DEAD, remaining, within
from chalicelib.scheduling.expedite_undo import expedite
from chalicelib.scheduling.needless_undo import NeedlessUndos
from chalicelib.scheduling.sync import ScheduleSync, scheduled_for

log = logging.getLogger(__name__)

T = TypeVar("T")

# Seconds (docs/adr/0008). The function has 120; one thing that AWS throttles must not take the others' time.
SWEEPING = 100
REPAIRING = 20

PORTION = 100
"""Executors of a half-made plan that are erased together."""

_INTERRUPTED = Failure(
    type="Interrupted", message="the run broke off without a result: what it did before that is unknown"
)


@dataclass
class _Count:
    repaired: int = 0
    failed: int = 0
    broken: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One pass over the unfinished work. It erases a half-made plan in portions of so many executors."""

    settings: Settings
    plans: PlanStore
    uncommitted: UncommittedPlans
    executors: ExecutorStore
    runs: Runs
    unfinished: Unfinished
    controls: Controls
    schedules: Schedules
    publisher: EventPublisher
    clock: Clock
    portion: int = PORTION

    @property
    def _schedule_sync(self) -> ScheduleSync:
        return ScheduleSync(executors=self.executors, schedules=self.schedules)

    @within(SWEEPING)
    def sweep(self) -> dict[str, int]:
        """Repair what can be repaired now, and return the counts by kind.

        A failed repair is logged and left to the next sweep; ``failed`` counts it. An unreadable row is left as it is
        and stops no other repair; ``broken`` counts it.
        """
        now = truncate_to_second(self.clock())
        dead, found = now - SURELY_DEAD, self.unfinished
        counts = {
            "erased": _count("erased", self._erase, lambda: found.uncommitted(dead)),
            "finalized": _count("finalized", lambda plan_id: self._finalize(plan_id, now), found.half_deleted),
            "ended": self._end_all(now),
            "expedited": _count("expedited", lambda undo_id: self._expedite(undo_id, now), self._pending_while_halted),
            "synced": _count("synced", lambda executor_id: self._sync(executor_id, now), lambda: found.unsynced(dead)),
        }
        return {
            **{kind: count.repaired for kind, count in counts.items()},
            "failed": sum(count.failed for count in counts.values()),
            "broken": sum(count.broken for count in counts.values()),
        }

    def _erase(self, plan_id: str) -> bool:
        """Erase a plan whose creation broke off: its client got no answer, so the plan must not become active.

        The index may lag behind, so the plan's own row decides; after that nobody can commit it. The executors are
        erased in portions, so that the next sweep has less to do if time runs out.
        """
        if not self.uncommitted.begin_erasing(plan_id):
            return False
        ids = [each.id for each in self.unfinished.executors_of(plan_id) if is_executor_id(each.id)]
        while len(ids) > self.portion:
            portion, ids = ids[: self.portion], ids[self.portion :]
            self.schedules.drop_all(portion)
            self.uncommitted.erase_executors(plan_id, portion)
        self.schedules.drop_all(ids)
        self.uncommitted.erase(plan_id)
        return True

    def _finalize(self, plan_id: str, now: datetime) -> bool:
        """Finish a deletion of a plan that broke off after the tombstone."""
        rows = self.unfinished.executors_of(plan_id)
        self.schedules.drop_all(each.id for each in rows if _may_be_scheduled(each))
        try:
            self.plans.finalize_deletion(plan_id, now)
        except Unreadable:
            self.plans.discard(plan_id)
        return True

    def _pending_while_halted(self) -> tuple[str, ...]:
        """Return the undos that wait for their date while the engine is halted: a halt runs them at once."""
        return self.unfinished.pending_undos() if self.controls.control().halted else ()

    def _expedite(self, undo_id: str, now: datetime) -> bool:
        return expedite(undo_id, now, self.runs, self._schedule_sync)

    def _end_all(self, now: datetime) -> _Count:
        """End overdue executors, and publish them together: a request for each would take too long."""
        events: list[LifecycleEvent] = []
        ended = _count("ended", lambda each: self._end(each, now, events), lambda: self.unfinished.overdue(now))
        self.publisher.publish(events)
        return ended

    def _end(self, executor: Executor | Broken, now: datetime, events: list[LifecycleEvent]) -> bool:
        """End an executor that was never delivered, or whose run died without a result."""
        if isinstance(executor, Broken):
            raise Unreadable(executor)
        if executor.undoes is not None:
            return self._again(executor, now, events)
        result, found = self._overdue_result(executor, now), None
        if result is not None:
            found = self.executors.locate(executor.id)
        if result is None or found is None:
            return False
        events.append(of_executor(self.runs.end(executor, result, now), found[0].attack))
        return True

    def _again(self, executor: Executor, now: datetime, events: list[LifecycleEvent]) -> bool:
        """Schedule an undo again whose schedule did not fire, or whose run died.

        An undo is never missed. It is due again in a minute, until it has failed too often.
        """
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
            events.append(of_executor(self.runs.end(executor, given_up(_INTERRUPTED.message), now), plan.attack))
            self.runs.undone(executor.id)
            return True
        self._schedule_sync.sync(executor.id, (plan, moved))
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

    def _sync(self, executor_id: str, now: datetime) -> bool:
        """Bring the schedule of a moved or deleted executor into agreement with its row.

        An executor whose date has come gets a new schedule as well: if the old one fires too, only one delivery is
        claimed. An executor that is too late is left to end as missed. An undo that has nothing to undo ends here.
        """
        found = self.executors.locate(executor_id)
        if found is not None and found[1].undoes is not None:
            if ended := NeedlessUndos(executors=self.executors, runs=self.runs).end(executor_id, now):
                self.publisher.publish([of_executor(ended[1], ended[0].attack)])
            found = self.executors.locate(executor_id)
        due = scheduled_for(found)
        if due is not None and now - due > timedelta(seconds=self.settings.grace_seconds):
            return False
        if due is not None and found is not None:
            self._schedule_sync.align_undo(found[1], due)
        self._schedule_sync.sync(executor_id, found, noted_before=now - SURELY_DEAD)
        return True


def _may_be_scheduled(row: Executor | Broken) -> bool:
    if isinstance(row, Broken):
        return is_executor_id(row.id)
    return row.status in (Status.SCHEDULED, Status.CANCELLED)


def _count(kind: str, repair: Callable[[T], bool], find: Callable[[], Iterable[T]]) -> _Count:
    """Repair everything that ``find`` returns, with one log line for each repair, and return the counts.

    ``find`` returns ids of plans or executors, or executors.
    """
    count = _Count()
    try:
        with within(REPAIRING):
            things = find()
    except Unavailable as error:
        log.warning("repairs of one kind are left to the next sweep: %s (%r)", error, error.__cause__)
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
                log.warning("the sweep has %s unfinished work", kind, extra=_about(thing))
        except Unreadable as error:
            log.warning("left as it is: %s", error, extra=_about(thing))
            count.broken += 1
        except (Unavailable, WriteConflict, PlanNotFound) as error:
            log.warning("a repair is left to the next sweep: %s (%r)", error, error.__cause__, extra=_about(thing))
            count.failed += isinstance(error, Unavailable)  # else another was faster
    return count


def _about(thing: object) -> dict[str, str]:
    id = thing.id if isinstance(thing, Executor | Broken) else str(thing)
    return {"plan_id": id} if is_plan_id(id) else {"plan_id": plan_of(id), "executor_id": id}
