"""Read, rename and delete plans.

Deleting changes the table first and the schedules after it. Should the second step fail, the sweep does it, and the
caller's request stands.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.errors import HasUndos, UndoIsUnderWay, Unreadable, require_plan_id
from chalicelib.domain.events import plan_deleted
from chalicelib.domain.ids import is_executor_id
from chalicelib.domain.model import ANYONE, Executor, Plan, Status, truncate_to_second
from chalicelib.domain.page import Page
from chalicelib.planning.validation import new_name
from chalicelib.ports.lists import Listings
from chalicelib.ports.plans import PlanStore
from chalicelib.ports.services import Clock, EventPublisher, Schedules
from chalicelib.runtime.deadline import remaining, within
from chalicelib.scheduling.early_undo import EarlyUndo
from chalicelib.services.follow_up import or_leave_to_the_sweep
from chalicelib.services.time_limits import CHANGING, READING

log = logging.getLogger(__name__)

_WAITS_FOR_UNDO = (0.0, 0.5, 0.5, 1.0, 1.0, 2.0, 2.0, 2.0)
"""Seconds between two reads of a plan whose attacks are being undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanService:
    """The use cases of plans that exist; ``by`` is who asks, and ``pause`` waits so many seconds.

    Every method may raise ``Unavailable``: then nothing was changed, or the request may be repeated as it is.
    """

    plans: PlanStore
    listings: Listings
    schedules: Schedules
    early_undo: EarlyUndo
    publisher: EventPublisher
    clock: Clock
    pause: Callable[[float], None] = time.sleep

    @within(READING)
    def list(self, *, everything: bool, limit: int, after: str | None) -> Page[Plan]:
        """Return a page of plans, newest first; without ``everything`` only those with something left to run."""
        return self.listings.plans(everything=everything, limit=limit, after=after)

    @within(READING)
    def get(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        """Return a plan and its executors in the order of their dates. Raises ``PlanNotFound``."""
        require_plan_id(plan_id)
        return self.plans.load(plan_id)

    @within(CHANGING)
    def rename(self, plan_id: str, document: Any) -> Plan:
        """Give a plan the name in the posted document, and return it. Raises ``InvalidRequest``, ``PlanNotFound``."""
        name = new_name(document)
        require_plan_id(plan_id)
        return self.plans.rename(plan_id, name)

    @within(CHANGING)
    def delete(self, plan_id: str, by: str = ANYONE) -> None:
        """Delete a plan, then its schedules. Attacks that can be undone are undone first.

        A plan whose row cannot be read is deleted with all its rows. Raises ``PlanNotFound`` and ``PlanIsRunning``, and
        ``UndoIsUnderWay`` where the undo takes longer than a request may.
        """
        require_plan_id(plan_id)
        now = self.clock()  # to the microsecond: so no two deletions have the same date
        try:
            plan, executors = self._soft_delete(plan_id, now, by)
        except Unreadable as error:
            return self._discard(plan_id, error)

        def finish() -> None:
            scheduled = [each.id for each in executors if each.status is Status.SCHEDULED]
            self.schedules.drop_all([*scheduled, *(each.id for each in plan.broken if is_executor_id(each.id))])
            self.plans.finalize_deletion(plan_id, truncate_to_second(now))

        or_leave_to_the_sweep(finish, plan_id)
        self.publisher.publish([plan_deleted(plan, truncate_to_second(now))])

    def _soft_delete(self, plan_id: str, now: datetime, by: str) -> tuple[Plan, tuple[Executor, ...]]:
        try:
            return self.plans.soft_delete(plan_id, now, by=by)
        except HasUndos:
            return self._undo_and_delete(plan_id, now, by)

    def _discard(self, plan_id: str, error: Unreadable) -> None:
        """Remove a plan whose row cannot be read: its schedules first, so that the request can be repeated."""
        log.warning("plan %s cannot be read and is removed: %s", plan_id, error.broken.problem)
        self.schedules.drop_all(self.plans.executor_ids(plan_id))
        self.plans.discard(plan_id)

    def _undo_and_delete(self, plan_id: str, now: datetime, by: str) -> tuple[Plan, tuple[Executor, ...]]:
        """Delete a plan once no attack of it is left to undo: run those undos now and wait for them."""
        for seconds in _WAITS_FOR_UNDO:
            plan, executors = self.plans.load(plan_id)
            # DynamoDB may answer in two pages, between which an attack has ended: then its undo would be missed.
            unseen = plan.remaining - sum(not each.status.executed for each in executors)
            is_complete = 0 <= unseen <= len(plan.broken)
            if not self.early_undo.revert_pending(executors, by) and is_complete:
                with suppress(HasUndos):
                    return self.plans.soft_delete(plan_id, now, undone=plan, by=by)
            if not remaining() > seconds:
                break
            self.pause(seconds)
        raise UndoIsUnderWay(plan_id)
