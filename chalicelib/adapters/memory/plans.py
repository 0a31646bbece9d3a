"""Read, rename and delete plans in memory: ``ports.PlanStore``."""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.adapters.memory.rows import Rows
from chalicelib.domain.errors import HasUndos, PlanIsRunning, PlanNotFound
from chalicelib.domain.model import Executor, Plan, PlanState
from chalicelib.domain.transitions import tombstone


@dataclass(frozen=True, slots=True)
class Plans:
    rows: Rows

    def load(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        with self.rows.lock:
            return self._listed(plan_id), self.rows.of(plan_id)

    def rename(self, plan_id: str, name: str) -> Plan:
        with self.rows.lock:
            plan = self.rows.plans[plan_id] = replace(self._listed(plan_id), name=name)
            return plan

    def soft_delete(
        self, plan_id: str, at: datetime, undone: Plan | None = None, by: str | None = None
    ) -> tuple[Plan, tuple[Executor, ...]]:
        with self.rows.lock:
            if self.rows.deleted_at.get(plan_id) != at:
                plan = self._listed(plan_id)
                if plan.running:
                    raise PlanIsRunning(plan_id)
                if plan.undoable and (undone is None or undone.remaining != plan.remaining):
                    raise HasUndos(plan_id)
                self.rows.plans[plan_id] = replace(plan, state=PlanState.DELETED, deleted_by=by)
                self.rows.deleted_at[plan_id] = at
            return self.rows.plans[plan_id], self.rows.of(plan_id)

    def finalize_deletion(self, plan_id: str, at: datetime) -> None:
        with self.rows.lock:
            plan = self.rows.plans.get(plan_id)
            if plan is None or plan.state is not PlanState.DELETED:
                return
            for executor in self.rows.of(plan_id):
                self.rows.executors[executor.id] = tombstone(executor, at, plan.deleted_by)
            self.rows.finalized.add(plan_id)

    def executor_ids(self, plan_id: str) -> tuple[str, ...]:
        with self.rows.lock:
            return tuple(executor.id for executor in self.rows.of(plan_id))

    def discard(self, plan_id: str) -> None:
        with self.rows.lock:
            self.rows.plans.pop(plan_id, None)
            for executor in self.rows.of(plan_id):
                del self.rows.executors[executor.id]

    def _listed(self, plan_id: str) -> Plan:
        plan = self.rows.active(plan_id)
        if plan is None:
            raise PlanNotFound(plan_id)
        return plan
