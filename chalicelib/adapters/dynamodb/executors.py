"""Single executors in DynamoDB, changed by people: ``ports.ExecutorStore``."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.adapters.aws.errors import Refused
from chalicelib.adapters.dynamodb.executor_rows import ExecutorRows, changed_by, unchanged, with_one_less
from chalicelib.adapters.dynamodb.layout import LONGEST_UNDONE_AFTER, executor_key, unsynced_key
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change
from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.model import Executor, Plan, PlanState, Status
from chalicelib.domain.page import position
from chalicelib.domain.transitions import moved, tally_moved, tally_without, tombstone
from chalicelib.domain.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class Executors:
    rows: ExecutorRows

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        return self.rows.locate(executor_id)

    def move(self, plan: Plan, executor: Executor, due: datetime, by: str | None = None) -> Executor:
        if executor.status is not Status.SCHEDULED:
            raise WriteConflict(f"executor {executor.id} is {executor.status}")
        layout, later, dues = self.rows.table.layout, moved(executor, due, by), tally_moved(plan, executor, due)
        dates = [
            Row.due.set(due),
            Row.position.set(later.position),
            Row.expires.set(layout.executor_expiry(executor, due)),
        ]
        try:
            self.rows.table.together(
                "moving the executor",
                Change(executor_key(executor.id), [*dates, *changed_by(by)], unchanged(executor)),
                self.rows.dates(plan, dues),
                self.rows.unsynced(executor, self.rows.clock(), due),
                *self._kept_for(executor, due),
            )
        except Refused:
            found = self.rows.locate(executor.id)
            if found is None or found[0].dues != dues.dues or not self.rows.same(found[1], later):
                raise WriteConflict(f"plan {plan.id} or executor {executor.id} has changed") from None
        return later

    def _kept_for(self, undo: Executor, due: datetime) -> list[Change]:
        """Return the change by which an attack's record outlives its undo, which rests on it; none for an attack."""
        if undo.undoes is None:
            return []
        later = [Row.expires.set(self.rows.table.layout.expiry(due + LONGEST_UNDONE_AFTER))]
        return [Change(executor_key(undo.undoes), later, Row.pk.exists())]

    def soft_delete_executor(self, plan: Plan, executor: Executor, at: datetime, by: str | None = None) -> None:
        if executor.status is Status.RUNNING:
            raise WriteConflict(f"executor {executor.id} is {executor.status}")
        operation = "deleting the executor"
        scheduled, remaining = executor.status is Status.SCHEDULED, plan.remaining
        deleted = tombstone(executor, at, by)
        change = self._tombstone(executor, deleted, at)
        note = [self.rows.unsynced(executor, at, None)] if scheduled else []
        note += self.rows.undo_unsynced(executor, at)
        for attempt in range(self.rows.table.backoff.tries):
            dates = self.rows.dates(plan, tally_without(plan, executor))
            if scheduled:
                dates = with_one_less(dates, remaining)
            try:
                return self.rows.table.together(operation, change, dates, *note)
            except Refused:
                found = self.rows.locate(executor.id)
                if found is not None and self.rows.same(found[1], deleted):
                    return None
                if found is None or not self._still(plan, executor, found):
                    raise WriteConflict(f"plan {plan.id} or executor {executor.id} has changed") from None
                remaining = found[0].remaining  # others of the plan have ended: count again
            if not self.rows.table.backoff.pause(attempt):
                break
        raise Unavailable(operation)

    def mark_synced(self, executor_id: str, due: datetime | None, noted_before: datetime | None = None) -> None:
        """Delete the note. An executor that needs no schedule any more is never moved again, so its note goes whatever
        it says."""
        ours = None if due is None else Row.sk.does_not_exist() | (Row.due == due)
        if ours is not None and noted_before is not None:
            ours |= Row.position < position(noted_before, "")
        with suppress(Refused):
            self.rows.table.delete("noting the schedule as synced", unsynced_key(executor_id), ours)

    def _still(self, plan: Plan, executor: Executor, found: tuple[Plan, Executor]) -> bool:
        """Return whether only the plan's tally has changed, which does not matter here."""
        active = found[0].state is PlanState.ACTIVE
        return active and found[0].dues == plan.dues and self.rows.same(found[1], executor)

    def _tombstone(self, executor: Executor, deleted: Executor, at: datetime) -> Change:
        actions = [
            Row.deleted.set(True),
            Row.status.set(deleted.status.value),
            Row.finished.set(deleted.finished or at),
            Row.listed.remove(),
            Row.state_key.remove(),
            Row.expires.set(self.rows.table.layout.executor_expiry(executor, at)),
            *([] if deleted.deleted_by is None else [Row.deleted_by.set(deleted.deleted_by)]),
        ]
        return Change(executor_key(executor.id), actions, unchanged(executor))
