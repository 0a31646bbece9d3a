"""Write, commit and erase plans in DynamoDB: ``ports.UncommittedPlans``."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile

from chalicelib.adapters.aws.errors import Refused
from chalicelib.adapters.dynamodb.idempotency_keys import IdempotencyKeys
from chalicelib.adapters.dynamodb.layout import PLAN, executor_key
from chalicelib.adapters.dynamodb.mapping import executor_row, key_row, plan_row
from chalicelib.adapters.dynamodb.plans import read_plan
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change, Table
from chalicelib.domain.errors import KeyTaken, WriteConflict
from chalicelib.domain.idempotency_key import RequestKey
from chalicelib.domain.model import Executor, Plan, PlanState

_FIRST = 24
"""So many executors are written with their plan: as many as fit beside it in a batch of 25."""
_CREATING = Row.state == PlanState.CREATING.value


@dataclass(frozen=True, slots=True)
class UncommittedPlans:
    table: Table
    keys: IdempotencyKeys

    def add(self, plan: Plan, executors: Sequence[Executor], key: RequestKey | None = None) -> None:
        """Write the plan's row and those of its first executors in one transaction: one request less, and a small plan
        is there whole."""
        operation, kind, layout = "writing the plan", self.table.rows, self.table.layout
        first = list(takewhile(_is_small, executors[:_FIRST]))
        new = [plan_row(kind, layout, plan, key=key), *(executor_row(kind, layout, each) for each in first)]
        try:
            self.table.together(operation, new=[*new, *([key_row(kind, key, plan)] if key else [])])
        except Refused:
            if read_plan(self.table, operation, plan.id) != plan:  # else it is our own, its answer lost on the way
                message = f"there is a plan {plan.id} already, or one of the same key"
                raise (WriteConflict if key is None else KeyTaken)(message) from None
        rest = (executor_row(kind, layout, executor) for executor in executors[len(first) :])
        self.table.write_all(operation, put=rest)

    def commit(self, plan_id: str) -> None:
        operation, layout = "committing the plan", self.table.layout
        shard = layout.shard(plan_id)
        actions = [
            Row.state.set(PlanState.ACTIVE.value),
            Row.listed.set(layout.all_plans(shard)),
            Row.state_key.set(layout.open_plans(shard)),
        ]
        whole = _CREATING & Row.erasing.does_not_exist()
        try:
            self.table.update(operation, Change((plan_id, PLAN), actions, whole))
        except Refused:
            plan = read_plan(self.table, operation, plan_id)
            if plan is None or plan.state is not PlanState.ACTIVE:
                raise WriteConflict(f"plan {plan_id} is not being created") from None

    def begin_erasing(self, plan_id: str) -> bool:
        try:
            self._mark("erasing the plan", plan_id)
        except Refused:
            return False
        return True

    def erase(self, plan_id: str) -> None:
        """Mark the plan first, so that it cannot be committed while its executors go."""
        operation = "erasing the plan"
        with suppress(Refused):
            plan = self._mark(operation, plan_id)
            if plan.request_key:
                self.keys.release(plan.request_key, plan_id)
            rows = self.table.partition(operation, plan_id, wanted=("pk", "sk"))
            self.table.write_all(operation, delete=[(row.pk, row.sk) for row in rows if row.sk != PLAN])
            self.table.delete(operation, (plan_id, PLAN), _CREATING & Row.erasing.exists())

    def erase_executors(self, plan_id: str, executor_ids: Collection[str]) -> None:
        operation = "erasing the plan"
        with suppress(Refused):
            self._mark(operation, plan_id)
            self.table.write_all(operation, delete=[executor_key(id) for id in executor_ids])

    def _mark(self, operation: str, plan_id: str) -> Row:
        """Return the plan, which cannot be committed from now on. Raises ``Refused`` where it is not ``creating``."""
        return self.table.update(operation, Change((plan_id, PLAN), [Row.erasing.set(True)], _CREATING))


def _is_small(executor: Executor) -> bool:
    """Return whether the row is surely small: an attack of its own may make it large, and a transaction has 4 MB at
    most."""
    return executor.attack is None
