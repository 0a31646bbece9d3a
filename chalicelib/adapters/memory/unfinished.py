"""The work that the sweep looks for, in memory: ``ports.Unfinished``."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.adapters.memory.rows import Rows
from chalicelib.domain.model import Executor, PlanState

LARGEST_LIST = 500


@dataclass(frozen=True, slots=True)
class Unfinished:
    rows: Rows

    def uncommitted(self, before: datetime) -> tuple[str, ...]:
        with self.rows.lock:
            rows = [
                plan for plan in self.rows.plans.values() if plan.state is PlanState.CREATING and plan.created < before
            ]
            return tuple(plan.id for plan in sorted(rows, key=lambda plan: plan.position)[:LARGEST_LIST])

    def half_deleted(self) -> tuple[str, ...]:
        with self.rows.lock:
            rows = [self.rows.plans[plan_id] for plan_id in self.rows.deleted_at if plan_id not in self.rows.finalized]
            return tuple(plan.id for plan in sorted(rows, key=lambda plan: plan.position)[:LARGEST_LIST])

    def executors_of(self, plan_id: str) -> tuple[Executor, ...]:
        with self.rows.lock:
            rows = [row for row in self.rows.executors.values() if row.plan_id == plan_id]
            return tuple(sorted(rows, key=lambda row: row.position))

    def overdue(self, before: datetime) -> tuple[Executor, ...]:
        with self.rows.lock:
            rows = [
                row
                for row in self.rows.executors.values()
                if not row.deleted and not row.status.executed and row.due < before
            ]
            return tuple(sorted(rows, key=lambda row: row.position)[:LARGEST_LIST])

    def pending_undos(self) -> tuple[str, ...]:
        with self.rows.lock:
            return tuple(sorted(self.rows.pending)[:LARGEST_LIST])

    def unsynced(self, before: datetime) -> tuple[str, ...]:
        with self.rows.lock:
            noted = sorted((at, executor_id) for executor_id, (at, _) in self.rows.unsynced.items() if at < before)
            return tuple(executor_id for _, executor_id in noted[:LARGEST_LIST])
