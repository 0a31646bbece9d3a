"""Reading, renaming and deleting plans.

Deleting changes the table first and the schedules after it; should the second step fail it is taken up by the sweep,
and the caller's request stands.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from chalicelib.budget import remaining, within
from chalicelib.engine_parts import CHANGING, READING, Parts, or_leave_to_the_sweep, require_plan_id
from chalicelib.errors import (
    HasUndos,
    UndoIsUnderWay,
)
from chalicelib.lifecycle import plan_deleted
from chalicelib.model import ANYONE, Executor, Page, Plan, Status, whole
from chalicelib.validation import new_name

_WAITS_FOR_UNDO = (0.0, 0.5, 0.5, 1.0, 1.0, 2.0, 2.0, 2.0)
"""Seconds between looks at a plan whose attacks are being undone."""


class PlanCases(Parts):
    """The use cases of plans that are there."""

    __slots__ = ()

    @within(READING)
    def list_plans(self, *, everything: bool, limit: int, after: str | None) -> Page[Plan]:
        """A page of plans, newest first; without ``everything`` only those with something left to run."""
        return self.listings.plans(everything=everything, limit=limit, after=after)

    @within(READING)
    def plan(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        """A plan and its executors in the order of their dates. Raises ``PlanNotFound``."""
        require_plan_id(plan_id)
        return self.plans.load(plan_id)

    @within(CHANGING)
    def rename_plan(self, plan_id: str, document: Any) -> Plan:
        """Give a plan the name in the posted document. Raises ``InvalidRequest``, ``PlanNotFound``."""
        name = new_name(document)
        require_plan_id(plan_id)
        return self.plans.rename(plan_id, name)

    @within(CHANGING)
    def delete_plan(self, plan_id: str, by: str = ANYONE) -> None:
        """Bury a plan, then remove its schedules. What its attacks have begun is undone first.

        Raises ``PlanNotFound``, ``PlanIsRunning``, and ``UndoIsUnderWay`` where that takes longer than a request may.
        """
        require_plan_id(plan_id)
        now = self.clock()  # to the microsecond: it tells this deletion from another one's
        try:
            plan, executors = self.plans.bury(plan_id, now, by=by)
        except HasUndos:
            plan, executors = self._bury_undone(plan_id, now, by)

        def finish() -> None:
            self.schedules.drop_all(each.id for each in executors if each.status is Status.SCHEDULED)
            self.plans.inter(plan_id, whole(now))

        or_leave_to_the_sweep(finish, plan_id)
        self.publisher.publish([plan_deleted(plan, whole(now))])

    def _bury_undone(self, plan_id: str, now: datetime, by: str) -> tuple[Plan, tuple[Executor, ...]]:
        """Bury a plan that has undos: those whose attack has begun are run and waited for."""
        for seconds in _WAITS_FOR_UNDO:
            plan, executors = self.plans.load(plan_id)
            # They may be read in two requests, between which an attack has ended: then its undo would be missed.
            is_whole = plan.remaining == sum(not each.status.executed for each in executors)
            if not self.reverting.revert_pending(executors, by) and is_whole:
                with suppress(HasUndos):
                    return self.plans.bury(plan_id, now, undone=plan, by=by)
            if not remaining() > seconds:
                break
            self.pause(seconds)
        raise UndoIsUnderWay(plan_id)
