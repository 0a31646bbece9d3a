"""Plans in memory: ``ports.PlanStore``."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.adapters.changes import tombstone
from chalicelib.adapters.memory.rows import Rows
from chalicelib.errors import Lost, PlanIsRunning, PlanNotFound
from chalicelib.model import Executor, Plan, PlanState


class Plans(Rows):
    def add(self, plan: Plan, executors: Sequence[Executor]) -> None:
        with self._lock:
            if self._plans.setdefault(plan.id, plan) != plan:
                raise Lost(f"there is a plan {plan.id} already")
            self._executors.update({executor.id: executor for executor in executors})

    def commit(self, plan_id: str) -> None:
        with self._lock:
            plan = self._plans.get(plan_id)
            if plan is None or plan.state is PlanState.DELETED:
                raise Lost(f"plan {plan_id} is not being created")
            self._plans[plan_id] = replace(plan, state=PlanState.ACTIVE)

    def erase(self, plan_id: str) -> None:
        with self._lock:
            plan = self._plans.get(plan_id)
            if plan is None or plan.state is not PlanState.CREATING:
                return
            del self._plans[plan_id]
            for executor in self._of(plan_id):
                del self._executors[executor.id]

    def load(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        with self._lock:
            return self._listed(plan_id), self._of(plan_id)

    def rename(self, plan_id: str, name: str) -> Plan:
        with self._lock:
            plan = self._plans[plan_id] = replace(self._listed(plan_id), name=name)
            return plan

    def bury(self, plan_id: str, at: datetime) -> tuple[Plan, tuple[Executor, ...]]:
        with self._lock:
            if self._buried.get(plan_id) != at:
                plan = self._listed(plan_id)
                if plan.running:
                    raise PlanIsRunning(plan_id)
                self._plans[plan_id] = replace(plan, state=PlanState.DELETED)
                self._buried[plan_id] = at
            return self._plans[plan_id], self._of(plan_id)

    def inter(self, plan_id: str, at: datetime) -> None:
        with self._lock:
            plan = self._plans.get(plan_id)
            if plan is None or plan.state is not PlanState.DELETED:
                return
            for executor in self._of(plan_id):
                self._executors[executor.id] = tombstone(executor, at)
            self._interred.add(plan_id)

    def _listed(self, plan_id: str) -> Plan:
        plan = self._active(plan_id)
        if plan is None:
            raise PlanNotFound(plan_id)
        return plan
