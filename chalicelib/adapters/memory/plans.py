"""Plans in memory: ``ports.PlanStore``."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.adapters.changes import tombstone
from chalicelib.adapters.memory.rows import Rows
from chalicelib.errors import HasUndos, KeyTaken, Lost, PlanIsRunning, PlanNotFound
from chalicelib.model import Executor, Plan, PlanState
from chalicelib.request_key import Made, RequestKey


class Plans(Rows):
    def add(self, plan: Plan, executors: Sequence[Executor], key: RequestKey | None = None) -> None:
        with self._lock:
            if key and self._keys.get(key.id, (plan.id,))[0] != plan.id:
                raise KeyTaken("there is a plan of the same key already")
            if self._plans.setdefault(plan.id, plan) != plan:
                raise (Lost if key is None else KeyTaken)(f"there is a plan {plan.id} already")
            if key:
                self._keys[key.id] = (plan.id, key.body)
            self._executors.update({executor.id: executor for executor in executors})

    def commit(self, plan_id: str) -> None:
        with self._lock:
            plan = self._plans.get(plan_id)
            if plan is None or plan.state is PlanState.DELETED or plan_id in self._erasing:
                raise Lost(f"plan {plan_id} is not being created")
            self._plans[plan_id] = replace(plan, state=PlanState.ACTIVE)

    def begin_erasing(self, plan_id: str) -> bool:
        with self._lock:
            if not self._is_creating(plan_id):
                return False
            self._erasing.add(plan_id)
            return True

    def erase(self, plan_id: str) -> None:
        with self._lock:
            if not self._is_creating(plan_id):
                return
            del self._plans[plan_id]
            self._erasing.discard(plan_id)
            self._keys = {key_id: kept for key_id, kept in self._keys.items() if kept[0] != plan_id}
            for executor in self._of(plan_id):
                del self._executors[executor.id]

    def erase_executors(self, plan_id: str, executor_ids: Collection[str]) -> None:
        with self._lock:
            if self.begin_erasing(plan_id):
                for executor_id in executor_ids:
                    self._executors.pop(executor_id, None)

    def made_with(self, key_id: str) -> Made | None:
        with self._lock:
            plan_id, body = self._keys.get(key_id, (None, ""))
            return None if plan_id is None else Made(body=body, plan=self._plans.get(plan_id))

    def release(self, key_id: str, plan_id: str) -> None:
        with self._lock:
            if self._keys.get(key_id, (None,))[0] == plan_id:
                del self._keys[key_id]

    def load(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        with self._lock:
            return self._listed(plan_id), self._of(plan_id)

    def rename(self, plan_id: str, name: str) -> Plan:
        with self._lock:
            plan = self._plans[plan_id] = replace(self._listed(plan_id), name=name)
            return plan

    def bury(
        self, plan_id: str, at: datetime, undone: Plan | None = None, by: str | None = None
    ) -> tuple[Plan, tuple[Executor, ...]]:
        with self._lock:
            if self._buried.get(plan_id) != at:
                plan = self._listed(plan_id)
                if plan.running:
                    raise PlanIsRunning(plan_id)
                if plan.undoable and (undone is None or undone.remaining != plan.remaining):
                    raise HasUndos(plan_id)
                self._plans[plan_id] = replace(plan, state=PlanState.DELETED, deleted_by=by)
                self._buried[plan_id] = at
            return self._plans[plan_id], self._of(plan_id)

    def inter(self, plan_id: str, at: datetime) -> None:
        with self._lock:
            plan = self._plans.get(plan_id)
            if plan is None or plan.state is not PlanState.DELETED:
                return
            for executor in self._of(plan_id):
                self._executors[executor.id] = tombstone(executor, at, plan.deleted_by)
            self._interred.add(plan_id)

    def _is_creating(self, plan_id: str) -> bool:
        plan = self._plans.get(plan_id)
        return plan is not None and plan.state is PlanState.CREATING

    def _listed(self, plan_id: str) -> Plan:
        plan = self._active(plan_id)
        if plan is None:
            raise PlanNotFound(plan_id)
        return plan
