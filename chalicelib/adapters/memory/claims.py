"""Claim executors and count refused deliveries, in memory: ``ports.Claims``."""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.adapters.memory.rows import Rows
from chalicelib.domain.engine_state import Control
from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.model import Executor, Plan, Run, Status
from chalicelib.domain.transitions import (
    claimed,
    claimed_now,
    same,
    tally_moved,
)
from chalicelib.ports.claims import ClaimView


@dataclass(frozen=True, slots=True)
class Claims:
    rows: Rows

    def locate_due(self, executor_id: str) -> ClaimView:
        with self.rows.lock:
            return self.rows.locate(executor_id), self.rows.control

    def claim(self, executor: Executor, run: Run, judged: Control | None = None) -> Executor:
        with self.rows.lock:
            running = claimed(executor, run)
            if same(self.rows.executors.get(executor.id), running):
                return running
            plan = self._claimable(executor, run, judged)
            self.rows.plans[plan.id] = replace(plan, running=plan.running + 1)
            self.rows.put(running, delivered=running.delivered is not None)
            return running

    def claim_now(
        self, plan: Plan, executor: Executor, run: Run, by: str | None = None, judged: Control | None = None
    ) -> Executor:
        with self.rows.lock:
            running, dues = claimed_now(executor, run, by), tally_moved(plan, executor, run.started).dues
            if same(self.rows.executors.get(executor.id), running):
                return running
            current = self._claimable(executor, run, judged)
            if current.dues != plan.dues:
                raise WriteConflict(f"plan {plan.id} has changed")
            self.rows.plans[plan.id] = replace(current, dues=dues, running=current.running + 1)
            self.rows.put(running, delivered=running.delivered is not None)
            self.rows.unsynced[executor.id] = (run.started, None)
            return running

    def refused(self, executor_id: str, delivery_id: str) -> None:
        with self.rows.lock:
            row = self.rows.executors.get(executor_id)
            if row is not None and self.rows.refused.get(executor_id) != delivery_id:
                self.rows.refused[executor_id] = delivery_id
                self.rows.put(row, delivered=True)

    def refused_as_moved(self, executor: Executor, delivery_id: str, since: datetime) -> None:
        with self.rows.lock:
            if self.rows.unchanged(executor) and self.rows.refused.get(executor.id) != delivery_id:
                self.refused(executor.id, delivery_id)
                self.rows.unsynced[executor.id] = (since, None)

    def _claimable(self, executor: Executor, run: Run, judged: Control | None) -> Plan:
        """Return the executor's plan as it is. Raises ``WriteConflict`` where the executor cannot be claimed."""
        if judged and judged.version != self.rows.control.version and not self.rows.control.is_quiet(run.started):
            raise WriteConflict("another request has changed the engine's state")
        plan = self.rows.active(executor.plan_id)
        if plan is None or executor.status is not Status.SCHEDULED or not self.rows.unchanged(executor):
            raise WriteConflict(f"executor {executor.id} cannot be claimed")
        return plan
