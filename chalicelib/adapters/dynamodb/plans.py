"""Plans in DynamoDB: ``ports.PlanStore``."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import takewhile

from chalicelib.adapters.aws_failures import Refused
from chalicelib.adapters.changes import tombstone
from chalicelib.adapters.dynamodb.layout import PLAN, executor_key, is_executor, request_key
from chalicelib.adapters.dynamodb.mapping import executor_of_row, executor_row, key_row, plan_of_row, plan_row
from chalicelib.adapters.dynamodb.pairs import ACTIVE, Pairs
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change
from chalicelib.errors import HasUndos, KeyTaken, Lost, PlanIsRunning, PlanNotFound, Unavailable
from chalicelib.model import Executor, Plan, PlanState
from chalicelib.request_key import Made, RequestKey

_LOOKS = 3
_FIRST = 24
"""So many executors are written with their plan: as many as fit beside it in a batch of 25."""
_CREATING = Row.state == PlanState.CREATING.value


class Plans(Pairs):
    def add(self, plan: Plan, executors: Sequence[Executor], key: RequestKey | None = None) -> None:
        """The plan's row and those of its first executors are one transaction: one request less, and a small plan is
        there whole."""
        operation, kind, layout = "writing the plan", self._table.rows, self._table.layout
        first = list(takewhile(_is_small, executors[:_FIRST]))
        new = [plan_row(kind, layout, plan, key=key), *(executor_row(kind, layout, each) for each in first)]
        try:
            self._table.together(operation, new=[*new, *([key_row(kind, key, plan)] if key else [])])
        except Refused:
            if self._plan(operation, plan.id) != plan:  # else it is our own, its answer lost on the way
                message = f"there is a plan {plan.id} already, or one of the same key"
                raise (Lost if key is None else KeyTaken)(message) from None
        rest = (executor_row(kind, layout, executor) for executor in executors[len(first) :])
        self._table.write_all(operation, put=rest)

    def commit(self, plan_id: str) -> None:
        operation, layout = "committing the plan", self._table.layout
        shard = layout.shard(plan_id)
        actions = [
            Row.state.set(PlanState.ACTIVE.value),
            Row.listed.set(layout.all_plans(shard)),
            Row.state_key.set(layout.open_plans(shard)),
        ]
        whole = _CREATING & Row.erasing.does_not_exist()
        try:
            self._table.update(operation, Change((plan_id, PLAN), actions, whole))
        except Refused:
            plan = self._plan(operation, plan_id)
            if plan is None or plan.state is not PlanState.ACTIVE:
                raise Lost(f"plan {plan_id} is not being created") from None

    def begin_erasing(self, plan_id: str) -> bool:
        try:
            self._mark("erasing the plan", plan_id)
        except Refused:
            return False
        return True

    def erase(self, plan_id: str) -> None:
        """Marked first, so that it cannot be committed while its executors go."""
        operation = "erasing the plan"
        with suppress(Refused):
            plan = self._mark(operation, plan_id)
            if plan.request_key:
                self.release(plan.request_key, plan_id)
            rows = self._table.partition(operation, plan_id, wanted=("pk", "sk"))
            self._table.write_all(operation, delete=[(row.pk, row.sk) for row in rows if row.sk != PLAN])
            self._table.delete(operation, (plan_id, PLAN), _CREATING & Row.erasing.exists())

    def erase_executors(self, plan_id: str, executor_ids: Collection[str]) -> None:
        operation = "erasing the plan"
        with suppress(Refused):
            self._mark(operation, plan_id)
            self._table.write_all(operation, delete=[executor_key(id) for id in executor_ids])

    def made_with(self, key_id: str) -> Made | None:
        """Two requests, since the first says where the second looks. A plan that has gone in between was erased, and
        its key before it: so look again."""
        operation, key = "looking for what the key made", request_key(key_id)
        made = None
        for _ in range(_LOOKS):
            row = self._table.get(operation, key).get(key)
            if row is None:
                return None
            made = Made(body=row.body, plan=self._plan(operation, row.plan_id))
            if made.plan:
                break
        return made

    def release(self, key_id: str, plan_id: str) -> None:
        ours = Row.pk.does_not_exist() | (Row.plan_id == plan_id)
        with suppress(Refused):
            self._table.delete("releasing the key", request_key(key_id), ours)

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

    def bury(
        self, plan_id: str, at: datetime, undone: Plan | None = None, by: str | None = None
    ) -> tuple[Plan, tuple[Executor, ...]]:
        operation, layout = "deleting the plan", self._table.layout
        actions = [
            Row.state.set(PlanState.DELETED.value),
            Row.state_key.set(layout.deleted_plans(layout.shard(plan_id))),
            Row.listed.remove(),
            Row.buried.set(at.isoformat()),
            Row.expires.set(layout.expiry(at)),
            *([] if by is None else [Row.deleted_by.set(by)]),
        ]
        seen_to = Row.undoable.does_not_exist() if undone is None else Row.remaining == undone.remaining
        for attempt in range(self._table.backoff.tries):
            try:
                idle = ACTIVE & (Row.running == 0) & seen_to
                self._table.update(operation, Change((plan_id, PLAN), actions, idle))
            except Refused:
                row = self._table.get(operation, (plan_id, PLAN)).get((plan_id, PLAN))
                if row is None or (row.state != PlanState.ACTIVE and row.buried != at.isoformat()):
                    raise PlanNotFound(plan_id) from None
                if row.state == PlanState.ACTIVE and row.running:
                    raise PlanIsRunning(plan_id) from None
                if row.state == PlanState.ACTIVE and _to_be_undone(row, undone):
                    raise HasUndos(plan_id) from None
                if row.state == PlanState.ACTIVE:  # what ran has ended between the two requests
                    if self._table.backoff.pause(attempt):
                        continue
                    break
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
        tombstones = (tombstone(executor, at, plan.deleted_by) for executor in executors)
        rows = (executor_row(self._table.rows, layout, executor, buried=at) for executor in tombstones)
        self._table.write_all(operation, put=rows)
        change = Change((plan_id, PLAN), [Row.state_key.remove()], Row.state == PlanState.DELETED.value)
        with suppress(Refused):  # the row has expired meanwhile
            self._table.update(operation, change)

    def _mark(self, operation: str, plan_id: str) -> Row:
        """The plan, which cannot be committed from now on. Raises ``Refused`` where it is not ``creating``."""
        return self._table.update(operation, Change((plan_id, PLAN), [Row.erasing.set(True)], _CREATING))

    def _plan(self, operation: str, plan_id: str) -> Plan | None:
        key = (plan_id, PLAN)
        row = self._table.get(operation, key).get(key)
        return plan_of_row(row) if row else None

    def _all(self, operation: str, plan_id: str) -> tuple[Plan | None, tuple[Executor, ...]]:
        """The plan in whatever state, and its executors that were not deleted, by date."""
        rows = self._table.partition(operation, plan_id)
        plan = next((plan_of_row(row) for row in rows if row.sk == PLAN), None)
        return plan, _by_date(executor_of_row(row) for row in rows if is_executor(row.sk))


def _is_small(executor: Executor) -> bool:
    """An attack of its own may make a row large, and a transaction has 4 MB at most."""
    return executor.attack is None


def _to_be_undone(row: Row, undone: Plan | None) -> bool:
    return bool(row.undoable) if undone is None else int(row.remaining) != undone.remaining


def _by_date(executors: Iterable[Executor]) -> tuple[Executor, ...]:
    kept = (executor for executor in executors if not executor.deleted)
    return tuple(sorted(kept, key=lambda executor: executor.position))
