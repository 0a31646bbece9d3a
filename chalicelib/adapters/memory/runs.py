"""Take claimed executors to their record, in memory: ``ports.Runs``."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.adapters.memory.rows import Rows
from chalicelib.domain.engine_state import Control, Limit
from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.limits import Counted, limit_violation
from chalicelib.domain.model import Config, Executor, Failure, Plan, Result, Status
from chalicelib.domain.transitions import (
    as_begun,
    ended,
    postponed,
    same,
    tally_ended,
    tally_moved,
)


@dataclass(frozen=True, slots=True)
class Runs:
    rows: Rows

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        return self.rows.locate(executor_id)

    def control(self) -> Control:
        with self.rows.lock:
            return self.rows.control

    def begin(
        self, executor: Executor, limits: Sequence[Limit], day: date, at: datetime, prepared: Config | None = None
    ) -> Executor | Control | str:
        with self.rows.lock:
            acting = replace(executor, began=at, prepared=prepared)
            if same(self.rows.executors.get(executor.id), acting):
                return acting
            if executor.status is not Status.RUNNING or executor.began or not self.rows.unchanged(executor):
                raise WriteConflict(f"executor {executor.id} is not running as it was")
            if not self.rows.control.is_quiet(at):
                return self.rows.control
            for limit in limits:
                counted = Counted(self.rows.counts.get((limit.scope, day), 0), self.rows.last.get(limit.scope))
                if reason := limit_violation(limit, counted, at):
                    return reason
            for limit in limits:
                self.rows.counts[limit.scope, day] = self.rows.counts.get((limit.scope, day), 0) + 1
                self.rows.last[limit.scope] = at
            if prepared is not None and executor.undo:
                self.rows.pending.add(executor.undo)
            self.rows.put(acting)
            return acting

    def postpone(self, plan: Plan, executor: Executor, due: datetime, error: Failure | None) -> Executor:
        with self.rows.lock:
            later, dues = postponed(executor, due, error), tally_moved(plan, executor, due).dues
            if same(self.rows.executors.get(executor.id), later):
                return later
            current = self.rows.active(plan.id)
            if current is None or current.dues != plan.dues or not self.rows.unchanged(executor):
                raise WriteConflict(f"plan {plan.id} or executor {executor.id} has changed")
            if executor.status is not Status.RUNNING:
                raise WriteConflict(f"executor {executor.id} is {executor.status}")
            self.rows.plans[plan.id] = replace(current, dues=dues, running=current.running - 1)
            self.rows.put(later)
            self.rows.unsynced[executor.id] = (self.rows.clock(), due)
            return later

    def undone(self, undo_id: str) -> None:
        with self.rows.lock:
            self.rows.pending.discard(undo_id)

    def end(self, executor: Executor, result: Result, at: datetime) -> Executor:
        with self.rows.lock:
            row, done = self.rows.executors.get(executor.id), ended(executor, result, at)
            done = as_begun(done, row) if row else done
            if same(row, done):
                return done
            plan = self.rows.active(executor.plan_id)
            if plan is None or executor.status.executed or not self.rows.unchanged(executor):
                raise WriteConflict(f"executor {executor.id} is not as it was")
            self.rows.plans[plan.id] = tally_ended(plan, executor)
            self.rows.put(done, delivered=executor.status is Status.SCHEDULED and done.delivered is not None)
            self.rows.note_undo_of(done, at)
            return done
