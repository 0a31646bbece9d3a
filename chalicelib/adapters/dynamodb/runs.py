"""Take claimed executors to their record, in DynamoDB: ``ports.Runs``."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime

from pynamodb.expressions.update import Action

from chalicelib.adapters.aws.errors import Refused
from chalicelib.adapters.dynamodb.begin import begin
from chalicelib.adapters.dynamodb.controls import Controls
from chalicelib.adapters.dynamodb.executor_rows import (
    ACTIVE,
    ExecutorRows,
    delivery_of,
    unchanged,
    with_one_less,
)
from chalicelib.adapters.dynamodb.layout import PLAN, executor_key, pending_key
from chalicelib.adapters.dynamodb.mapping import RUN_ATTRIBUTES, executor_row
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change
from chalicelib.domain.engine_state import Control, Limit
from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.model import Config, Executor, Failure, Plan, PlanState, Result, Status
from chalicelib.domain.transitions import as_begun, ended, postponed, tally_moved
from chalicelib.domain.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class Runs:
    rows: ExecutorRows
    controls: Controls

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        return self.rows.locate(executor_id)

    def control(self) -> Control:
        return self.controls.control()

    def begin(
        self, executor: Executor, limits: Sequence[Limit], day: date, at: datetime, prepared: Config | None = None
    ) -> Executor | Control | str:
        return begin(self.rows, executor, limits, day, at, prepared)

    def postpone(self, plan: Plan, executor: Executor, due: datetime, error: Failure | None) -> Executor:
        if executor.status is not Status.RUNNING:
            raise WriteConflict(f"executor {executor.id} is {executor.status}")
        layout, later = self.rows.table.layout, postponed(executor, due, error)
        row = executor_row(self.rows.table.rows, layout, later)
        actions: list[Action] = [
            Row.status.set(row.status),
            Row.due.set(row.due),
            Row.position.set(row.position),
            Row.expires.set(row.expires),
            *(attribute.remove() for attribute in RUN_ATTRIBUTES),
        ]
        if error is not None:
            actions += [Row.attempts.set(row.attempts), Row.error_type.set(row.error_type)]
            actions.append(Row.error_message.set(row.error_message))
        try:
            self.rows.table.together(
                "postponing the undo",
                Change(executor_key(executor.id), actions, unchanged(executor)),
                self.rows.dates(plan, tally_moved(plan, executor, due), Row.running.add(-1)),
                self.rows.unsynced(executor, self.rows.clock(), due),
            )
        except Refused:
            found = self.rows.locate(executor.id)
            if found is None or not self.rows.same(found[1], later):
                raise WriteConflict(f"plan {plan.id} or executor {executor.id} has changed") from None
        return later

    def undone(self, undo_id: str) -> None:
        with suppress(Refused):
            change = Change(pending_key(undo_id), [Row.state_key.remove()], Row.state_key.exists())
            self.rows.table.update("striking the note of the undo", change)

    def end(self, executor: Executor, result: Result, at: datetime) -> Executor:
        if executor.status.executed:
            raise WriteConflict(f"executor {executor.id} is {executor.status}")
        operation, done = "recording the outcome", ended(executor, result, at)
        known = replace(executor, delivered=None) if executor.status is Status.SCHEDULED else executor
        change = self._record(executor, done)
        ran = [Row.running.add(-1)] if executor.status is Status.RUNNING else []
        for attempt in range(self.rows.table.backoff.tries):
            tally = Change((executor.plan_id, PLAN), ran, ACTIVE)
            try:
                tally = with_one_less(tally, self.rows.remaining(executor.plan_id))
                self.rows.table.together(operation, change, tally, *self.rows.undo_unsynced(done, at))
            except Refused:
                found = self.rows.locate(executor.id)
                if found is not None and self.rows.same(found[1], as_begun(done, found[1])):
                    return as_begun(done, found[1])
                active = found is not None and found[0].state is PlanState.ACTIVE
                if found is None or not active or not self.rows.same(found[1], as_begun(known, found[1])):
                    raise WriteConflict(f"executor {executor.id} is not as it was") from None
                if not self.rows.table.backoff.pause(attempt):  # others of the plan have ended: count again
                    break
            else:
                return done
        raise Unavailable(operation)

    def _record(self, executor: Executor, done: Executor) -> Change:
        row = executor_row(self.rows.table.rows, self.rows.table.layout, done)
        actions: list[Action] = [Row.status.set(row.status), Row.state_key.set(row.state_key)]
        actions.append(Row.finished.set(row.finished))
        if executor.status is Status.SCHEDULED:
            actions += delivery_of(executor)
        if row.outcome is not None:
            actions.append(Row.outcome.set(row.outcome))
        if row.error_type is not None:
            actions += [Row.error_type.set(row.error_type), Row.error_message.set(row.error_message)]
        return Change(executor_key(executor.id), actions, unchanged(executor))
