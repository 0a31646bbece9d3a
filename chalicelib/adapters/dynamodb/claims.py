"""Claim executors and count refused deliveries, in DynamoDB: ``ports.Claims``."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.adapters.aws.errors import Refused
from chalicelib.adapters.dynamodb.control_row import CONTROL, quiet_or_unchanged
from chalicelib.adapters.dynamodb.executor_rows import (
    ACTIVE,
    ExecutorRows,
    changed_by,
    delivery_of,
    unchanged,
)
from chalicelib.adapters.dynamodb.layout import PLAN, executor_key
from chalicelib.adapters.dynamodb.mapping import executor_row
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change
from chalicelib.domain.engine_state import Control
from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.model import Executor, Plan, Run, Status
from chalicelib.domain.transitions import claimed, claimed_now, tally_moved
from chalicelib.ports.claims import ClaimView


@dataclass(frozen=True, slots=True)
class Claims:
    rows: ExecutorRows

    def locate_due(self, executor_id: str) -> ClaimView:
        return self.rows.locate_due(executor_id)

    def claim(self, executor: Executor, run: Run, judged: Control | None = None) -> Executor:
        one_more = Change((executor.plan_id, PLAN), [Row.running.add(1)], ACTIVE)
        return self._claim(executor, claimed(executor, run), [], one_more, judged=judged)

    def claim_now(
        self, plan: Plan, executor: Executor, run: Run, by: str | None = None, judged: Control | None = None
    ) -> Executor:
        layout, running = self.rows.table.layout, claimed_now(executor, run, by)
        moved = [
            Row.due.set(running.due),
            Row.position.set(running.position),
            Row.expires.set(layout.executor_expiry(running, running.due)),
            *changed_by(by),
        ]
        tally = self.rows.dates(plan, tally_moved(plan, executor, running.due), Row.running.add(1))
        unsynced = self.rows.unsynced(executor, run.started, None)
        return self._claim(executor, running, moved, tally, unsynced, judged=judged)

    def refused(self, executor_id: str, delivery_id: str) -> None:
        with suppress(Refused):
            self.rows.table.update("counting the delivery", _one_refused(executor_id, delivery_id, Row.pk.exists()))

    def refused_as_moved(self, executor: Executor, delivery_id: str, since: datetime) -> None:
        counted = _one_refused(executor.id, delivery_id, unchanged(executor))
        with suppress(Refused):
            self.rows.table.together("counting the delivery", counted, self.rows.unsynced(executor, since, None))

    def _claim(
        self,
        executor: Executor,
        running: Executor,
        moved: Sequence[Action],
        *others: Change,
        judged: Control | None,
    ) -> Executor:
        if executor.status is not Status.SCHEDULED:
            raise WriteConflict(f"executor {executor.id} is {executor.status}")
        run = running.run
        check = (CONTROL, quiet_or_unchanged(judged, run.started)) if judged and run else None
        try:
            self.rows.table.together(
                "claiming the executor", self._claiming(executor, running, moved), *others, check=check
            )
        except Refused:
            found = self.rows.locate(executor.id)
            if found is None or not self.rows.same(found[1], running):
                raise WriteConflict(f"executor {executor.id} cannot be claimed") from None
        return running

    def _claiming(self, executor: Executor, running: Executor, moved: Sequence[Action]) -> Change:
        row = executor_row(self.rows.table.rows, self.rows.table.layout, running)
        actions: list[Action] = [
            Row.status.set(row.status),
            Row.run_id.set(row.run_id),
            Row.run_request.set(row.run_request),
            Row.run_seed.set(row.run_seed),
            Row.run_started.set(row.run_started),
            Row.run_lease_until.set(row.run_lease_until),
            *delivery_of(executor),
            *moved,
        ]
        return Change(executor_key(executor.id), actions, unchanged(executor))


def _one_refused(executor_id: str, delivery_id: str, condition: Condition) -> Change:
    another = Row.last_refused.does_not_exist() | (Row.last_refused != delivery_id)
    actions = [Row.deliveries.add(1), Row.last_refused.set(delivery_id)]
    return Change(executor_key(executor_id), actions, condition & another)
