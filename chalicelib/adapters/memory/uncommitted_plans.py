"""Write, commit and erase plans in memory: ``ports.UncommittedPlans``."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from chalicelib.adapters.memory.rows import Rows
from chalicelib.domain.errors import KeyTaken, WriteConflict
from chalicelib.domain.idempotency_key import RequestKey
from chalicelib.domain.model import Executor, Plan, PlanState


@dataclass(frozen=True, slots=True)
class UncommittedPlans:
    rows: Rows

    def add(self, plan: Plan, executors: Sequence[Executor], key: RequestKey | None = None) -> None:
        with self.rows.lock:
            if key and self.rows.keys.get(key.id, (plan.id,))[0] != plan.id:
                raise KeyTaken("there is a plan of the same key already")
            if self.rows.plans.setdefault(plan.id, plan) != plan:
                raise (WriteConflict if key is None else KeyTaken)(f"there is a plan {plan.id} already")
            if key:
                self.rows.keys[key.id] = (plan.id, key.body)
            self.rows.executors.update({executor.id: executor for executor in executors})

    def commit(self, plan_id: str) -> None:
        with self.rows.lock:
            plan = self.rows.plans.get(plan_id)
            if plan is None or plan.state is PlanState.DELETED or plan_id in self.rows.erasing:
                raise WriteConflict(f"plan {plan_id} is not being created")
            self.rows.plans[plan_id] = replace(plan, state=PlanState.ACTIVE)

    def begin_erasing(self, plan_id: str) -> bool:
        with self.rows.lock:
            if not self._is_creating(plan_id):
                return False
            self.rows.erasing.add(plan_id)
            return True

    def erase(self, plan_id: str) -> None:
        with self.rows.lock:
            if not self._is_creating(plan_id):
                return
            del self.rows.plans[plan_id]
            self.rows.erasing.discard(plan_id)
            self.rows.keys = {key_id: kept for key_id, kept in self.rows.keys.items() if kept[0] != plan_id}
            for executor in self.rows.of(plan_id):
                del self.rows.executors[executor.id]

    def erase_executors(self, plan_id: str, executor_ids: Collection[str]) -> None:
        with self.rows.lock:
            if self.begin_erasing(plan_id):
                for executor_id in executor_ids:
                    self.rows.executors.pop(executor_id, None)

    def _is_creating(self, plan_id: str) -> bool:
        plan = self.rows.plans.get(plan_id)
        return plan is not None and plan.state is PlanState.CREATING
