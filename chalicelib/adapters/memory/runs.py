"""Executors from delivery to record, in memory: ``ports.Runs``."""

from dataclasses import replace
from datetime import datetime

from chalicelib.adapters.changes import claimed, ended, tally_ended
from chalicelib.adapters.memory.rows import Rows
from chalicelib.errors import Lost
from chalicelib.model import Executor, Result, Run, Status


class Runs(Rows):
    def claim(self, executor: Executor, run: Run) -> Executor:
        with self._lock:
            plan = self._active(executor.plan_id)
            row = self._executors.get(executor.id)
            if row == claimed(executor, run):
                return row
            if plan is None or executor.status is not Status.SCHEDULED or not self._unchanged(executor):
                raise Lost(f"executor {executor.id} cannot be claimed")
            self._plans[plan.id] = replace(plan, running=plan.running + 1)
            running = self._executors[executor.id] = claimed(executor, run)
            return running

    def end(self, executor: Executor, result: Result, at: datetime) -> Executor:
        with self._lock:
            done = ended(executor, result, at)
            if self._executors.get(executor.id) == done:
                return done
            plan = self._active(executor.plan_id)
            if plan is None or executor.status.executed or not self._unchanged(executor):
                raise Lost(f"executor {executor.id} is not as it was")
            self._plans[plan.id] = tally_ended(plan, executor)
            self._executors[executor.id] = done
            return done
