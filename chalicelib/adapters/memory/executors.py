"""Single executors in memory, changed by people: ``ports.ExecutorStore``."""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.adapters.memory.rows import Rows
from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.model import Executor, Plan, Status
from chalicelib.domain.transitions import moved, same, tally_moved, tally_without, tombstone


@dataclass(frozen=True, slots=True)
class Executors:
    rows: Rows

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        return self.rows.locate(executor_id)

    def move(self, plan: Plan, executor: Executor, due: datetime, by: str | None = None) -> Executor:
        with self.rows.lock:
            current, later = self.rows.active(plan.id), moved(executor, due, by)
            dues = tally_moved(plan, executor, due).dues
            if current and current.dues == dues and same(self.rows.executors.get(executor.id), later):
                return later
            current = self._checked(plan, executor)
            if executor.status is not Status.SCHEDULED:
                raise WriteConflict(f"executor {executor.id} is {executor.status}")
            self.rows.plans[plan.id] = replace(current, dues=dues)
            self.rows.put(later)
            self.rows.unsynced[executor.id] = (self.rows.clock(), due)
            return later

    def soft_delete_executor(self, plan: Plan, executor: Executor, at: datetime, by: str | None = None) -> None:
        with self.rows.lock:
            deleted, tally = tombstone(executor, at, by), tally_without(plan, executor)
            if same(self.rows.executors.get(executor.id), deleted):
                return
            current = self._checked(plan, executor)
            if executor.status is Status.RUNNING:
                raise WriteConflict(f"executor {executor.id} is {executor.status}")
            remaining = current.remaining + tally.remaining - plan.remaining
            self.rows.plans[plan.id] = replace(current, dues=tally.dues, remaining=remaining)
            self.rows.put(deleted)
            if executor.status is Status.SCHEDULED:
                self.rows.unsynced[executor.id] = (at, None)
            self.rows.note_undo_of(executor, at)

    def mark_synced(self, executor_id: str, due: datetime | None, noted_before: datetime | None = None) -> None:
        with self.rows.lock:
            noted, noted_due = self.rows.unsynced.get(executor_id, (None, None))
            is_old = noted is not None and noted_before is not None and noted < noted_before
            if due in (None, noted_due) or is_old:
                self.rows.unsynced.pop(executor_id, None)

    def _checked(self, plan: Plan, executor: Executor) -> Plan:
        """Return the plan as it is. Its dates are its version, so a change has to name them."""
        current = self.rows.active(plan.id)
        if current is None or current.dues != plan.dues or not self.rows.unchanged(executor):
            raise WriteConflict(f"plan {plan.id} or executor {executor.id} has changed")
        return current
