"""Single executors in memory, changed by people: ``ports.ExecutorStore``."""

from dataclasses import replace
from datetime import datetime

from chalicelib.adapters.changes import moved, same, tally_moved, tally_without, tombstone
from chalicelib.adapters.memory.rows import Rows
from chalicelib.errors import Lost
from chalicelib.model import Executor, Plan, Status


class Executors(Rows):
    def move(self, plan: Plan, executor: Executor, due: datetime, by: str | None = None) -> Executor:
        with self._lock:
            current, later = self._active(plan.id), moved(executor, due, by)
            dues = tally_moved(plan, executor, due).dues
            if current and current.dues == dues and same(self._executors.get(executor.id), later):
                return later
            current = self._checked(plan, executor)
            if executor.status is not Status.SCHEDULED:
                raise Lost(f"executor {executor.id} is {executor.status}")
            self._plans[plan.id] = replace(current, dues=dues)
            self._put(later)
            self._unsettled[executor.id] = (self._clock(), due)
            return later

    def bury_executor(self, plan: Plan, executor: Executor, at: datetime, by: str | None = None) -> None:
        with self._lock:
            buried, tally = tombstone(executor, at, by), tally_without(plan, executor)
            if same(self._executors.get(executor.id), buried):
                return
            current = self._checked(plan, executor)
            if executor.status is Status.RUNNING:
                raise Lost(f"executor {executor.id} is {executor.status}")
            remaining = current.remaining + tally.remaining - plan.remaining
            self._plans[plan.id] = replace(current, dues=tally.dues, remaining=remaining)
            self._put(buried)
            if executor.status is Status.SCHEDULED:
                self._unsettled[executor.id] = (at, None)

    def settle(self, executor_id: str, due: datetime | None) -> None:
        with self._lock:
            _, noted_due = self._unsettled.get(executor_id, (None, None))
            if due in (None, noted_due):
                self._unsettled.pop(executor_id, None)

    def _checked(self, plan: Plan, executor: Executor) -> Plan:
        """The plan as it is. The dates of a plan are its version: who changes them has to know them."""
        current = self._active(plan.id)
        if current is None or current.dues != plan.dues or not self._unchanged(executor):
            raise Lost(f"plan {plan.id} or executor {executor.id} has changed")
        return current
