"""Single executors in DynamoDB, changed by people: ``ports.ExecutorStore``."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from chalicelib.adapters.aws_failures import Refused
from chalicelib.adapters.changes import tally_moved, tally_without, tombstone
from chalicelib.adapters.dynamodb.layout import PLAN, executor_key, unsettled_key
from chalicelib.adapters.dynamodb.mapping import unsettled_row
from chalicelib.adapters.dynamodb.pairs import ACTIVE, Pairs, one_less, unchanged
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change
from chalicelib.errors import Lost, Unavailable
from chalicelib.model import Executor, Plan, PlanState, Status


class Executors(Pairs):
    def move(self, plan: Plan, executor: Executor, due: datetime) -> Executor:
        if executor.status is not Status.SCHEDULED:
            raise Lost(f"executor {executor.id} is {executor.status}")
        layout, moved, dues = self._table.layout, replace(executor, due=due), tally_moved(plan, executor, due)
        actions = [Row.due.set(due), Row.position.set(moved.position), Row.expires.set(layout.expiry(due))]
        try:
            self._table.together(
                "moving the executor",
                Change(executor_key(executor.id), actions, unchanged(executor)),
                self._dates(plan, dues),
                put=unsettled_row(self._table.rows, layout, executor, self._clock(), due),
            )
        except Refused:
            found = self.locate(executor.id)
            if found is None or found[0].dues != dues.dues or not self._same(found[1], moved):
                raise Lost(f"plan {plan.id} or executor {executor.id} has changed") from None
        return moved

    def bury_executor(self, plan: Plan, executor: Executor, at: datetime) -> None:
        if executor.status is Status.RUNNING:
            raise Lost(f"executor {executor.id} is {executor.status}")
        operation, layout = "deleting the executor", self._table.layout
        scheduled, remaining = executor.status is Status.SCHEDULED, plan.remaining
        change = self._tombstone(executor, at)
        note = unsettled_row(self._table.rows, layout, executor, at, None) if scheduled else None
        for attempt in range(self._table.backoff.tries):
            dates = self._dates(plan, tally_without(plan, executor), remaining if scheduled else None)
            try:
                return self._table.together(operation, change, dates, put=note)
            except Refused:
                found = self.locate(executor.id)
                if found is not None and self._same(found[1], tombstone(executor, at)):
                    return None
                if found is None or not self._still(plan, executor, found):
                    raise Lost(f"plan {plan.id} or executor {executor.id} has changed") from None
                remaining = found[0].remaining  # others of the plan have ended: count again
            self._table.backoff.pause(attempt)
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

    def _tombstone(self, executor: Executor, at: datetime) -> Change:
        buried = tombstone(executor, at)
        actions = [
            Row.deleted.set(True),
            Row.status.set(buried.status.value),
            Row.finished.set(buried.finished or at),
            Row.listed.remove(),
            Row.state_key.remove(),
            Row.expires.set(self._table.layout.expiry(at)),
        ]
        return Change(executor_key(executor.id), actions, unchanged(executor))

    def _dates(self, plan: Plan, changed: Plan, remaining: int | None = None) -> Change:
        """The plan's dates changed, provided they are as given, and one less to run of ``remaining``, if given."""
        tally, condition = ([], ACTIVE) if remaining is None else one_less(remaining)
        actions = [Row.dues.set(changed.dues), Row.expires.set(self._table.layout.plan_expiry(changed)), *tally]
        return Change((plan.id, PLAN), actions, ACTIVE & condition & (Row.dues == plan.dues))
