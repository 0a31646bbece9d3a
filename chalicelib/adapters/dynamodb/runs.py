"""Executors from delivery to record, in DynamoDB: ``ports.Runs``."""

from datetime import datetime

from chalicelib.adapters.aws_failures import Refused
from chalicelib.adapters.changes import claimed, ended
from chalicelib.adapters.dynamodb.layout import PLAN, executor_key
from chalicelib.adapters.dynamodb.mapping import executor_row
from chalicelib.adapters.dynamodb.pairs import ACTIVE, Pairs, one_less, unchanged
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change
from chalicelib.errors import Lost, Unavailable
from chalicelib.model import Executor, PlanState, Result, Run, Status


class Runs(Pairs):
    def claim(self, executor: Executor, run: Run) -> Executor:
        if executor.status is not Status.SCHEDULED:
            raise Lost(f"executor {executor.id} is {executor.status}")
        running = claimed(executor, run)
        actions = [
            Row.status.set(Status.RUNNING.value),
            Row.run_id.set(run.id),
            Row.run_started.set(run.started),
            Row.run_lease_until.set(run.lease_until),
        ]
        try:
            self._table.together(
                "claiming the executor",
                Change(executor_key(executor.id), actions, unchanged(executor)),
                Change((executor.plan_id, PLAN), [Row.running.add(1)], ACTIVE),
            )
        except Refused:
            found = self.locate(executor.id)
            if found is None or not self._same(found[1], running):
                raise Lost(f"executor {executor.id} cannot be claimed") from None
        return running

    def end(self, executor: Executor, result: Result, at: datetime) -> Executor:
        if executor.status.executed:
            raise Lost(f"executor {executor.id} is {executor.status}")
        operation, done = "recording the outcome", ended(executor, result, at)
        change = self._record(executor, done)
        for attempt in range(self._table.backoff.tries):
            tally, condition = one_less(self._remaining.get(executor.plan_id, 2))
            if executor.status is Status.RUNNING:
                tally.append(Row.running.add(-1))
            try:
                self._table.together(operation, change, Change((executor.plan_id, PLAN), tally, ACTIVE & condition))
            except Refused:
                found = self.locate(executor.id)
                if found is not None and self._same(found[1], done):
                    return done
                if found is None or found[0].state is not PlanState.ACTIVE or not self._same(found[1], executor):
                    raise Lost(f"executor {executor.id} is not as it was") from None
                self._table.backoff.pause(attempt)  # others of the plan have ended: count again
            else:
                return done
        raise Unavailable(operation)

    def _record(self, executor: Executor, done: Executor) -> Change:
        row = executor_row(self._table.rows, self._table.layout, done)
        actions = [Row.status.set(row.status), Row.state_key.set(row.state_key), Row.finished.set(row.finished)]
        if row.outcome is not None:
            actions.append(Row.outcome.set(row.outcome))
        if row.error_type is not None:
            actions += [Row.error_type.set(row.error_type), Row.error_message.set(row.error_message)]
        return Change(executor_key(executor.id), actions, unchanged(executor))
