"""Executors from delivery to record, in memory: ``ports.Runs``."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from chalicelib.adapters.changes import as_begun, claimed, claimed_now, ended, postponed, same, tally_ended, tally_moved
from chalicelib.adapters.memory.rows import Rows
from chalicelib.capping import Counted, why_not
from chalicelib.control import Limit
from chalicelib.errors import Lost
from chalicelib.model import Config, Executor, Failure, Plan, Result, Run, Status, Terms
from chalicelib.ports.stores import Seen


class Runs(Rows):
    def locate_due(self, executor_id: str) -> Seen:
        with self._lock:
            return self.locate(executor_id), self._control

    def claim(self, executor: Executor, run: Run) -> Executor:
        with self._lock:
            running = claimed(executor, run)
            if same(self._executors.get(executor.id), running):
                return running
            return self._run(self._claimable(executor), running)

    def claim_unread(self, executor: Executor, terms: Terms, run: Run, *, last: bool = False) -> Executor | Seen:
        with self._lock:
            row, plan = self._executors.get(executor.id), self._active(executor.plan_id)
            if row is not None and row.status is Status.RUNNING and row.run == run:
                return row
            told = replace(executor, delivered=None)
            if not (plan and same(row, told) and _terms_are(plan, terms, executor) and _can_be_told(executor)):
                return self.locate_due(executor.id)
            if not self._control.is_quiet(run.started):
                return self.locate_due(executor.id)
            return self._run(plan, claimed(executor, run))

    def claim_now(self, plan: Plan, executor: Executor, run: Run, by: str | None = None) -> Executor:
        with self._lock:
            running, dues = claimed_now(executor, run, by), tally_moved(plan, executor, run.started).dues
            if same(self._executors.get(executor.id), running):
                return running
            current = self._claimable(executor)
            if current.dues != plan.dues:
                raise Lost(f"plan {plan.id} has changed")
            self._plans[plan.id] = replace(current, dues=dues, running=current.running + 1)
            self._put(running, delivered=running.delivered is not None)
            self._unsettled[executor.id] = (run.started, None)
            return running

    def refused(self, executor_id: str, delivery_id: str) -> None:
        with self._lock:
            row = self._executors.get(executor_id)
            if row is not None and self._refused.get(executor_id) != delivery_id:
                self._refused[executor_id] = delivery_id
                self._put(row, delivered=True)

    def begin(
        self, executor: Executor, limits: Sequence[Limit], day: date, at: datetime, prepared: Config | None = None
    ) -> Executor | str:
        with self._lock:
            acting = replace(executor, began=at, prepared=prepared)
            if same(self._executors.get(executor.id), acting):
                return acting
            if executor.status is not Status.RUNNING or executor.began or not self._unchanged(executor):
                raise Lost(f"executor {executor.id} is not running as it was")
            for limit in limits:
                counted = Counted(self._counts.get((limit.scope, day), 0), self._last.get(limit.scope))
                if reason := why_not(limit, counted, at):
                    return reason
            for limit in limits:
                self._counts[limit.scope, day] = self._counts.get((limit.scope, day), 0) + 1
                self._last[limit.scope] = at
            if prepared is not None and executor.undo:
                self._pending.add(executor.undo)
            self._put(acting)
            return acting

    def postpone(self, plan: Plan, executor: Executor, due: datetime, error: Failure | None) -> Executor:
        with self._lock:
            later, dues = postponed(executor, due, error), tally_moved(plan, executor, due).dues
            if same(self._executors.get(executor.id), later):
                return later
            current = self._active(plan.id)
            if current is None or current.dues != plan.dues or not self._unchanged(executor):
                raise Lost(f"plan {plan.id} or executor {executor.id} has changed")
            if executor.status is not Status.RUNNING:
                raise Lost(f"executor {executor.id} is {executor.status}")
            self._plans[plan.id] = replace(current, dues=dues, running=current.running - 1)
            self._put(later)
            self._unsettled[executor.id] = (self._clock(), due)
            return later

    def undone(self, undo_id: str) -> None:
        with self._lock:
            self._pending.discard(undo_id)

    def end(self, executor: Executor, result: Result, at: datetime) -> Executor:
        with self._lock:
            row, done = self._executors.get(executor.id), ended(executor, result, at)
            done = as_begun(done, row) if row else done
            if same(row, done):
                return done
            plan = self._active(executor.plan_id)
            if plan is None or executor.status.executed or not self._unchanged(executor):
                raise Lost(f"executor {executor.id} is not as it was")
            self._plans[plan.id] = tally_ended(plan, executor)
            self._put(done, delivered=executor.status is Status.SCHEDULED and done.delivered is not None)
            return done

    def _run(self, plan: Plan, running: Executor) -> Executor:
        self._plans[plan.id] = replace(plan, running=plan.running + 1)
        self._put(running, delivered=running.delivered is not None)
        return running

    def _claimable(self, executor: Executor) -> Plan:
        """The executor's plan as it is."""
        plan = self._active(executor.plan_id)
        if plan is None or executor.status is not Status.SCHEDULED or not self._unchanged(executor):
            raise Lost(f"executor {executor.id} cannot be claimed")
        return plan


def _can_be_told(executor: Executor) -> bool:
    return executor.status is Status.SCHEDULED and not (executor.undo or executor.undoes)


def _terms_are(plan: Plan, terms: Terms, executor: Executor) -> bool:
    """Whether they are the plan's, but for the attack of an executor that has its own."""
    return plan.terms == (terms if executor.attack is None else replace(terms, attack=plan.attack))
