"""Read, rename and delete plans in DynamoDB: ``ports.PlanStore``."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.adapters.aws.errors import Refused
from chalicelib.adapters.dynamodb.executor_rows import ACTIVE
from chalicelib.adapters.dynamodb.layout import PLAN, executor_key, id_of, is_executor
from chalicelib.adapters.dynamodb.mapping import executor_of_row, executor_row, plan_of_row, readable
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change, Table
from chalicelib.domain.errors import HasUndos, PlanIsRunning, PlanNotFound
from chalicelib.domain.ids import is_executor_id
from chalicelib.domain.model import Executor, Plan, PlanState
from chalicelib.domain.transitions import tombstone
from chalicelib.domain.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class Plans:
    table: Table

    def load(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        plan, executors = self._all("reading the plan", plan_id)
        if plan is None or plan.state is not PlanState.ACTIVE:
            raise PlanNotFound(plan_id)
        return plan, executors

    def rename(self, plan_id: str, name: str) -> Plan:
        try:
            change = Change((plan_id, PLAN), [Row.name.set(name)], ACTIVE)
            return plan_of_row(self.table.update("renaming the plan", change))
        except Refused:
            raise PlanNotFound(plan_id) from None

    def soft_delete(
        self, plan_id: str, at: datetime, undone: Plan | None = None, by: str | None = None
    ) -> tuple[Plan, tuple[Executor, ...]]:
        operation, layout = "deleting the plan", self.table.layout
        actions = [
            Row.state.set(PlanState.DELETED.value),
            Row.state_key.set(layout.deleted_plans(layout.shard(plan_id))),
            Row.listed.remove(),
            Row.deleted_at.set(at.isoformat()),
            Row.expires.set(layout.expiry(at)),
            *([] if by is None else [Row.deleted_by.set(by)]),
        ]
        seen_to = Row.undoable.does_not_exist() if undone is None else Row.remaining == undone.remaining
        for attempt in range(self.table.backoff.tries):
            try:
                idle = ACTIVE & (Row.running == 0) & seen_to
                self.table.update(operation, Change((plan_id, PLAN), actions, idle))
            except Refused:
                row = self.table.get(operation, (plan_id, PLAN)).get((plan_id, PLAN))
                if row is not None:
                    plan_of_row(row)  # raises where the row cannot be read and must be discarded
                if row is None or (row.state != PlanState.ACTIVE and row.deleted_at != at.isoformat()):
                    raise PlanNotFound(plan_id) from None
                if row.state == PlanState.ACTIVE and row.running:
                    raise PlanIsRunning(plan_id) from None
                if row.state == PlanState.ACTIVE and _to_be_undone(row, undone):
                    raise HasUndos(plan_id) from None
                if row.state == PlanState.ACTIVE:  # what ran has ended between the two requests
                    if self.table.backoff.pause(attempt):
                        continue
                    break
            plan, executors = self._all(operation, plan_id)
            if plan is None:
                raise PlanNotFound(plan_id)
            return plan, executors
        raise Unavailable(operation)

    def finalize_deletion(self, plan_id: str, at: datetime) -> None:
        """Put rows whole and without a condition: nothing else changes the rows of a deleted plan."""
        operation, layout = "deleting the plan", self.table.layout
        plan, executors = self._all(operation, plan_id)
        if plan is None or plan.state is not PlanState.DELETED:
            return
        tombstones = (tombstone(executor, at, plan.deleted_by) for executor in executors)
        rows = (executor_row(self.table.rows, layout, executor, deleted_at=at) for executor in tombstones)
        self.table.write_all(operation, put=rows, delete=[(plan_id, executor_key(each.id)[1]) for each in plan.broken])
        change = Change((plan_id, PLAN), [Row.state_key.remove()], Row.state == PlanState.DELETED.value)
        with suppress(Refused):  # the row has expired meanwhile
            self.table.update(operation, change)

    def executor_ids(self, plan_id: str) -> tuple[str, ...]:
        rows = self.table.partition("reading the plan", plan_id, wanted=("pk", "sk"))
        return tuple(id_of(row.sk) for row in rows if is_executor(row.sk) and is_executor_id(id_of(row.sk)))

    def discard(self, plan_id: str) -> None:
        operation = "removing the plan"
        rows = self.table.partition(operation, plan_id, wanted=("pk", "sk"))
        self.table.write_all(operation, delete=[(row.pk, row.sk) for row in rows])

    def _all(self, operation: str, plan_id: str) -> tuple[Plan | None, tuple[Executor, ...]]:
        """Return the plan in whatever state, and its executors that were not deleted, by date."""
        rows = self.table.partition(operation, plan_id)
        plan = next((plan_of_row(row) for row in rows if row.sk == PLAN), None)
        executors, broken = readable((row for row in rows if is_executor(row.sk)), executor_of_row)
        return plan and replace(plan, broken=broken), _by_date(executors)


def read_plan(table: Table, operation: str, plan_id: str) -> Plan | None:
    """Return the plan in whatever state, as of now; None where there is no row. Raises ``Unreadable``."""
    key = (plan_id, PLAN)
    row = table.get(operation, key).get(key)
    return plan_of_row(row) if row else None


def _to_be_undone(row: Row, undone: Plan | None) -> bool:
    return bool(row.undoable) if undone is None else int(row.remaining) != undone.remaining


def _by_date(executors: Iterable[Executor]) -> tuple[Executor, ...]:
    kept = (executor for executor in executors if not executor.deleted)
    return tuple(sorted(kept, key=lambda executor: executor.position))
