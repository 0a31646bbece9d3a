"""Single executors in DynamoDB, changed by people: ``ports.ExecutorStore``."""

from contextlib import suppress
from datetime import datetime

from chalicelib.adapters.aws_failures import Refused
from chalicelib.adapters.changes import moved, tally_moved, tally_without, tombstone
from chalicelib.adapters.dynamodb.layout import LONGEST_UNDONE_AFTER, executor_key, unsettled_key
from chalicelib.adapters.dynamodb.pairs import Pairs, changed_by, unchanged, with_one_less
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change
from chalicelib.errors import Lost, Unavailable
from chalicelib.model import Executor, Plan, PlanState, Status


class Executors(Pairs):
    def move(self, plan: Plan, executor: Executor, due: datetime, by: str | None = None) -> Executor:
        if executor.status is not Status.SCHEDULED:
            raise Lost(f"executor {executor.id} is {executor.status}")
        layout, later, dues = self._table.layout, moved(executor, due, by), tally_moved(plan, executor, due)
        dates = [
            Row.due.set(due),
            Row.position.set(later.position),
            Row.expires.set(layout.executor_expiry(executor, due)),
        ]
        try:
            self._table.together(
                "moving the executor",
                Change(executor_key(executor.id), [*dates, *changed_by(by)], unchanged(executor)),
                self._dates(plan, dues),
                self._unsettled(executor, self._clock(), due),
                *self._kept_for(executor, due),
            )
        except Refused:
            found = self.locate(executor.id)
            if found is None or found[0].dues != dues.dues or not self._same(found[1], later):
                raise Lost(f"plan {plan.id} or executor {executor.id} has changed") from None
        return later

    def _kept_for(self, undo: Executor, due: datetime) -> list[Change]:
        """The record of the attack outlives its undo, which rests on it."""
        if undo.undoes is None:
            return []
        later = [Row.expires.set(self._table.layout.expiry(due + LONGEST_UNDONE_AFTER))]
        return [Change(executor_key(undo.undoes), later, Row.pk.exists())]

    def bury_executor(self, plan: Plan, executor: Executor, at: datetime, by: str | None = None) -> None:
        if executor.status is Status.RUNNING:
            raise Lost(f"executor {executor.id} is {executor.status}")
        operation = "deleting the executor"
        scheduled, remaining = executor.status is Status.SCHEDULED, plan.remaining
        buried = tombstone(executor, at, by)
        change = self._tombstone(executor, buried, at)
        note = [self._unsettled(executor, at, None)] if scheduled else []
        for attempt in range(self._table.backoff.tries):
            dates = self._dates(plan, tally_without(plan, executor))
            if scheduled:
                dates = with_one_less(dates, remaining)
            try:
                return self._table.together(operation, change, dates, *note)
            except Refused:
                found = self.locate(executor.id)
                if found is not None and self._same(found[1], buried):
                    return None
                if found is None or not self._still(plan, executor, found):
                    raise Lost(f"plan {plan.id} or executor {executor.id} has changed") from None
                remaining = found[0].remaining  # others of the plan have ended: count again
            if not self._table.backoff.pause(attempt):
                break
        raise Unavailable(operation)

    def settle(self, executor_id: str, due: datetime | None) -> None:
        """An executor that needs no schedule any more is never moved again, so its note goes whatever it says."""
        ours = None if due is None else Row.sk.does_not_exist() | (Row.due == due)
        with suppress(Refused):
            self._table.delete("settling the schedule", unsettled_key(executor_id), ours)

    def _still(self, plan: Plan, executor: Executor, found: tuple[Plan, Executor]) -> bool:
        """Whether only the plan's tally has changed, which does not matter here."""
        active = found[0].state is PlanState.ACTIVE
        return active and found[0].dues == plan.dues and self._same(found[1], executor)

    def _tombstone(self, executor: Executor, buried: Executor, at: datetime) -> Change:
        actions = [
            Row.deleted.set(True),
            Row.status.set(buried.status.value),
            Row.finished.set(buried.finished or at),
            Row.listed.remove(),
            Row.state_key.remove(),
            Row.expires.set(self._table.layout.executor_expiry(executor, at)),
            *([] if buried.deleted_by is None else [Row.deleted_by.set(buried.deleted_by)]),
        ]
        return Change(executor_key(executor.id), actions, unchanged(executor))
