"""What the sweep looks for, in memory: ``ports.Unfinished``."""

from datetime import datetime

from chalicelib.adapters.memory.rows import Rows
from chalicelib.model import Executor, PlanState

LARGEST_LIST = 500


class Unfinished(Rows):
    def uncommitted(self, before: datetime) -> tuple[str, ...]:
        with self._lock:
            rows = [plan for plan in self._plans.values() if plan.state is PlanState.CREATING and plan.created < before]
            return tuple(plan.id for plan in sorted(rows, key=lambda plan: plan.position)[:LARGEST_LIST])

    def unburied(self) -> tuple[str, ...]:
        with self._lock:
            rows = [self._plans[plan_id] for plan_id in self._buried if plan_id not in self._interred]
            return tuple(plan.id for plan in sorted(rows, key=lambda plan: plan.position)[:LARGEST_LIST])

    def executors_of(self, plan_id: str) -> tuple[Executor, ...]:
        with self._lock:
            rows = [row for row in self._executors.values() if row.plan_id == plan_id]
            return tuple(sorted(rows, key=lambda row: row.position))

    def overdue(self, before: datetime) -> tuple[Executor, ...]:
        with self._lock:
            rows = [
                row
                for row in self._executors.values()
                if not row.deleted and not row.status.executed and row.due < before
            ]
            return tuple(sorted(rows, key=lambda row: row.position)[:LARGEST_LIST])

    def pending_undos(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(sorted(self._pending)[:LARGEST_LIST])

    def unsettled(self, before: datetime) -> tuple[str, ...]:
        with self._lock:
            noted = sorted((at, executor_id) for executor_id, (at, _) in self._unsettled.items() if at < before)
            return tuple(executor_id for _, executor_id in noted[:LARGEST_LIST])
