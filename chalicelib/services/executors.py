"""Read, move, run, undo and delete single executors.

Moving and deleting change the table first and the schedule after it. Should the second step fail, the sweep does it,
and the caller's request stands.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from random import Random
from typing import Any, TypeVar

from chalicelib.domain.errors import (
    ExecutorHasEnded,
    ExecutorIsRunning,
    ExecutorNotFound,
    NothingToUndo,
    UndoIsNeeded,
    require_plan_id,
)
from chalicelib.domain.executor_filter import ANY, ExecutorFilter
from chalicelib.domain.ids import is_executor_id
from chalicelib.domain.model import ANYONE, Executor, Plan, PlanState, Status, truncate_to_second
from chalicelib.domain.page import Page
from chalicelib.guards.spec import stored_guards
from chalicelib.planning.preview import Foresight
from chalicelib.planning.triggers import Moment, trigger
from chalicelib.ports.executors import ExecutorStore
from chalicelib.ports.lists import Listings
from chalicelib.ports.plans import PlanStore
from chalicelib.ports.services import Clock, Deliveries
from chalicelib.runtime.contention import retry_conflicts
from chalicelib.runtime.deadline import within
from chalicelib.scheduling.early_undo import EarlyUndo
from chalicelib.scheduling.needless_undo import NeedlessUndos, is_needless
from chalicelib.scheduling.sync import ScheduleSync
from chalicelib.scheduling.undo_date import undo_date
from chalicelib.services.follow_up import or_leave_to_the_sweep
from chalicelib.services.time_limits import CHANGING, READING

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorService:
    """The use cases of executors; ``by`` is who asks, and ``pause`` waits so many seconds.

    Every method may raise ``Unavailable``: then nothing was changed, or the request may be repeated as it is.
    """

    plans: PlanStore
    executors: ExecutorStore
    listings: Listings
    schedule_sync: ScheduleSync
    early_undo: EarlyUndo
    needless_undos: NeedlessUndos
    deliveries: Deliveries
    foresight: Foresight
    zone: tzinfo
    clock: Clock
    rng: Random
    pause: Callable[[float], None] = time.sleep

    @within(READING)
    def list(self, *, everything: bool, limit: int, after: str | None, only: ExecutorFilter = ANY) -> Page[Executor]:
        """Return a page of executors by date; without ``everything`` only those that can still run.

        Where ``only`` names a plan, its executors, at most a thousand, are cut here. Raises ``PlanNotFound``.
        """
        if only.plan_id is None:
            return self.listings.executors(everything=everything, limit=limit, after=after, only=only)
        require_plan_id(only.plan_id)
        plan, executors = self.plans.load(only.plan_id)
        page = Page.cut(only.of(executors, everything=everything, after=after), limit)
        return page if after else replace(page, broken=plan.broken)

    @within(READING)
    def get(self, executor_id: str) -> Executor:
        """Return one executor with its record. Raises ``ExecutorNotFound``."""
        return self._existing(executor_id)[1]

    @within(CHANGING)
    def move(self, executor_id: str, document: Any, by: str = ANYONE) -> Executor:
        """Give an executor the next date of the trigger in the posted document, and its schedule with it.

        The guards judge the date as that of a new plan; the executor's ``warnings`` say which may block it then. Raises
        ``InvalidRequest``, ``ExecutorNotFound``, ``ExecutorIsRunning``, ``ExecutorHasEnded``.
        """
        asked = trigger(document)
        moment = Moment(now=self.clock(), zone=self.zone, rng=self.rng)
        date = None if asked.needs_plan else asked.next(moment)

        def change(plan: Plan, executor: Executor) -> tuple[Plan, Executor, tuple[str, ...]]:
            windows = stored_guards(plan.guards, self.zone)[0].windows
            due = date or asked.next(replace(moment, windows=windows))
            warnings = self._judge(plan, _movable(executor), due)
            if executor.undo:
                undo_date(due, executor.attack or plan.attack)
            return plan, self.executors.move(plan, executor, due, by), warnings

        plan, moved, warnings = self._retry_conflicts(executor_id, change)

        def finish() -> None:
            self.schedule_sync.align_undo(moved, moved.due, by)
            self.schedule_sync.sync(moved.id, (plan, moved))
            if moved.due <= self.clock():  # its schedule fires soon; this is sooner, and the claim takes one of both
                self.deliveries.deliver_all([moved])

        or_leave_to_the_sweep(finish, moved.id)
        return replace(moved, warnings=warnings)

    @within(CHANGING)
    def run(self, executor_id: str, by: str = ANYONE) -> Executor:
        """Hand an executor to the attack function now, and return it as it was before.

        The function claims it, so asking twice runs it once. Where the hand-over fails nothing has changed, and the
        executor runs at its date. Its ``warnings`` say which guards may block it. Raises ``InvalidRequest`` where a
        date guard does, ``ExecutorNotFound``, ``ExecutorIsRunning``, ``ExecutorHasEnded``.
        """
        plan, executor = self._existing(executor_id)
        if _movable(executor).undoes:
            return self.early_undo.revert(executor, by)
        now = truncate_to_second(self.clock())
        warnings = self._judge(plan, executor, now)
        self.schedule_sync.align_undo(executor, now, by)
        self.deliveries.deliver_early(executor, by)
        return replace(executor, warnings=warnings)

    @within(CHANGING)
    def delete(self, executor_id: str, by: str = ANYONE) -> None:
        """Delete an executor and its schedule; its record stays if it has run.

        An attack that has something to undo is undone at once. Else its undo is deleted with it. Raises
        ``ExecutorNotFound``, ``ExecutorIsRunning``, ``UndoIsNeeded``.
        """

        def soft_delete(plan: Plan, executor: Executor) -> Executor:
            if executor.undoes and not executor.status.executed:
                self._require_needless(executor)
            if executor.undo and executor.to_undo:
                self._revert(executor, by)
            self.executors.soft_delete_executor(plan, _idle(executor), truncate_to_second(self.clock()), by)
            return executor

        deleted = self._retry_conflicts(executor_id, soft_delete)
        if deleted.status is Status.SCHEDULED:
            or_leave_to_the_sweep(lambda: self.schedule_sync.sync(executor_id, None), executor_id)
        if deleted.undo and not deleted.to_undo:
            self._end_needless(deleted.undo, by)

    @within(CHANGING)
    def revert(self, executor_id: str, by: str = ANYONE) -> Executor:
        """Undo an attack now instead of at its undo's date, given the id of either. Return the undo as it was before.

        Raises ``ExecutorNotFound``, ``NothingToUndo``.
        """
        return self.early_undo.revert(self._existing(executor_id)[1], by)

    def _judge(self, plan: Plan, executor: Executor, due: datetime) -> tuple[str, ...]:
        """Return which guards may block an attack at that date; none blocks an undo. Raises ``InvalidRequest`` where a
        date guard does."""
        return () if executor.undoes else self.foresight.judge(plan, replace(executor, due=due))

    def _revert(self, attack: Executor, by: str) -> None:
        with suppress(NothingToUndo):  # it is being undone, or was
            self.early_undo.revert(attack, by)

    def _require_needless(self, undo: Executor) -> None:
        """Raise ``UndoIsNeeded`` where the attack may still leave something to undo."""
        found = self.executors.locate(str(undo.undoes))
        if not is_needless(found and found[1]):
            raise UndoIsNeeded(undo.id, found is not None and found[1].to_undo)

    def _end_needless(self, undo_id: str, by: str) -> None:
        def finish() -> None:
            at = truncate_to_second(self.clock())
            retry_conflicts(
                lambda: self.needless_undos.end(undo_id, at, by),
                f"deleting undo {undo_id}",
                pause=self.pause,
                rng=self.rng,
            )
            self.schedule_sync.sync(undo_id, self.executors.locate(undo_id))

        or_leave_to_the_sweep(finish, undo_id)

    def _existing(self, executor_id: str) -> tuple[Plan, Executor]:
        found = self.executors.locate(executor_id) if is_executor_id(executor_id) else None
        if found is None or found[1].deleted or found[0].state is not PlanState.ACTIVE:
            raise ExecutorNotFound(executor_id)
        return found

    def _retry_conflicts(self, executor_id: str, change: Callable[[Plan, Executor], T]) -> T:
        """Read, decide and change; read again where another caller was faster."""
        operation = f"changing executor {executor_id}"
        return retry_conflicts(lambda: change(*self._existing(executor_id)), operation, pause=self.pause, rng=self.rng)


def _idle(executor: Executor) -> Executor:
    if executor.status is Status.RUNNING:
        raise ExecutorIsRunning(executor.id)
    return executor


def _movable(executor: Executor) -> Executor:
    if _idle(executor).status.executed:
        raise ExecutorHasEnded(executor.id, executor.status)
    return executor
