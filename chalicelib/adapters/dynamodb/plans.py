"""Plans in DynamoDB: ``ports.PlanStore``."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from chalicelib.adapters.aws_failures import Refused
from chalicelib.adapters.changes import tombstone
from chalicelib.adapters.dynamodb.layout import PLAN, is_executor
from chalicelib.adapters.dynamodb.mapping import executor_of_row, executor_row, plan_of_row, plan_row
from chalicelib.adapters.dynamodb.pairs import ACTIVE, Pairs
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change
from chalicelib.errors import Lost, PlanIsRunning, PlanNotFound, Unavailable
from chalicelib.model import Executor, Plan, PlanState


class Plans(Pairs):
    def add(self, plan: Plan, executors: Sequence[Executor]) -> None:
        operation = "writing the plan"
        row = plan_row(self._table.rows, self._table.layout, plan)
        try:
            self._table.put_new(operation, row)
        except Refused:
            if self._plan(operation, plan.id) != plan:  # else it is our own, its answer lost on the way
                raise Lost(f"there is a plan {plan.id} already") from None
        rows = (executor_row(self._table.rows, self._table.layout, executor) for executor in executors)
        self._table.write_all(operation, put=rows)

    def commit(self, plan_id: str) -> None:
        operation, layout = "committing the plan", self._table.layout
        shard = layout.shard(plan_id)
        actions = [
            Row.state.set(PlanState.ACTIVE.value),
            Row.listed.set(layout.all_plans(shard)),
            Row.state_key.set(layout.open_plans(shard)),
        ]
        creating = (Row.state == PlanState.CREATING.value) & Row.erasing.does_not_exist()
        try:
            self._table.update(operation, Change((plan_id, PLAN), actions, creating))
        except Refused:
            plan = self._plan(operation, plan_id)
            if plan is None or plan.state is not PlanState.ACTIVE:
                raise Lost(f"plan {plan_id} is not being created") from None

    def erase(self, plan_id: str) -> None:
        """Marked first, so that it cannot be committed while its executors go."""
        operation, creating = "erasing the plan", Row.state == PlanState.CREATING.value
        try:
            self._table.update(operation, Change((plan_id, PLAN), [Row.erasing.set(True)], creating))
            rows = self._table.partition(operation, plan_id, keys_only=True)
            self._table.write_all(operation, delete=[(row.pk, row.sk) for row in rows if row.sk != PLAN])
            self._table.delete(operation, (plan_id, PLAN), creating & Row.erasing.exists())
        except Refused:
            return

    def load(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        plan, executors = self._all("reading the plan", plan_id)
        if plan is None or plan.state is not PlanState.ACTIVE:
            raise PlanNotFound(plan_id)
        return plan, executors

    def rename(self, plan_id: str, name: str) -> Plan:
        try:
            change = Change((plan_id, PLAN), [Row.name.set(name)], ACTIVE)
            return plan_of_row(self._table.update("renaming the plan", change))
        except Refused:
            raise PlanNotFound(plan_id) from None

    def bury(self, plan_id: str, at: datetime) -> tuple[Plan, tuple[Executor, ...]]:
        operation, layout = "deleting the plan", self._table.layout
        actions = [
            Row.state.set(PlanState.DELETED.value),
            Row.state_key.set(layout.deleted_plans(layout.shard(plan_id))),
            Row.listed.remove(),
            Row.buried.set(at.isoformat()),
            Row.expires.set(layout.expiry(at)),
        ]
        for attempt in range(self._table.backoff.tries):
            try:
                self._table.update(operation, Change((plan_id, PLAN), actions, ACTIVE & (Row.running == 0)))
            except Refused:
                row = self._table.get(operation, (plan_id, PLAN)).get((plan_id, PLAN))
                if row is None or (row.state != PlanState.ACTIVE and row.buried != at.isoformat()):
                    raise PlanNotFound(plan_id) from None
                if row.state == PlanState.ACTIVE and row.running:
                    raise PlanIsRunning(plan_id) from None
                if row.state == PlanState.ACTIVE:  # what ran has ended between the two requests
                    self._table.backoff.pause(attempt)
                    continue
            plan, executors = self._all(operation, plan_id)
            if plan is None:
                raise PlanNotFound(plan_id)
            return plan, executors
        raise Unavailable(operation)

    def inter(self, plan_id: str, at: datetime) -> None:
        """Rows are put whole and without a condition: nothing else changes them under a buried plan."""
        operation, layout = "deleting the plan", self._table.layout
        plan, executors = self._all(operation, plan_id)
        if plan is None or plan.state is not PlanState.DELETED:
            return
        tombstones = (tombstone(executor, at) for executor in executors)
        rows = (executor_row(self._table.rows, layout, executor, buried=at) for executor in tombstones)
        self._table.write_all(operation, put=rows)
        change = Change((plan_id, PLAN), [Row.state_key.remove()], Row.state == PlanState.DELETED.value)
        with suppress(Refused):  # the row has expired meanwhile
            self._table.update(operation, change)

    def _plan(self, operation: str, plan_id: str) -> Plan | None:
        key = (plan_id, PLAN)
        row = self._table.get(operation, key).get(key)
        return plan_of_row(row) if row else None

    def _all(self, operation: str, plan_id: str) -> tuple[Plan | None, tuple[Executor, ...]]:
        """The plan in whatever state, and its executors that were not deleted, by date."""
        rows = self._table.partition(operation, plan_id)
        plan = next((plan_of_row(row) for row in rows if row.sk == PLAN), None)
        return plan, _by_date(executor_of_row(row) for row in rows if is_executor(row.sk))


def _by_date(executors: Iterable[Executor]) -> tuple[Executor, ...]:
    kept = (executor for executor in executors if not executor.deleted)
    return tuple(sorted(kept, key=lambda executor: executor.position))
