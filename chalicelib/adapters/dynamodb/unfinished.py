"""What the sweep looks for, from the index of states: ``ports.Unfinished``. One Query each with nothing to do."""

from datetime import datetime

from pynamodb.expressions.condition import Condition

from chalicelib.adapters.dynamodb.layout import id_of, is_executor
from chalicelib.adapters.dynamodb.mapping import executor_of_row
from chalicelib.adapters.dynamodb.pages import Partition, first_rows
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.model import Executor, position

LARGEST_LIST = 500


class Unfinished:
    _table: Table

    def uncommitted(self, before: datetime) -> tuple[str, ...]:
        return tuple(row.pk for row in self._rows(self._table.layout.creating_plans, _earlier(before)))

    def unburied(self) -> tuple[str, ...]:
        return tuple(row.pk for row in self._rows(self._table.layout.deleted_plans, None))

    def executors_of(self, plan_id: str) -> tuple[Executor, ...]:
        rows = self._table.partition("reading the plan", plan_id)
        return tuple(executor_of_row(row) for row in rows if is_executor(row.sk))

    def overdue(self, before: datetime) -> tuple[Executor, ...]:
        rows = self._rows(self._table.layout.open_executors, _earlier(before))
        return tuple(executor_of_row(row) for row in rows)

    def pending_undos(self) -> tuple[str, ...]:
        return tuple(id_of(row.sk) for row in self._rows(self._table.layout.pending_undos, None))

    def unsettled(self, before: datetime) -> tuple[str, ...]:
        rows = self._rows(self._table.layout.unsettled_executors, _earlier(before))
        return tuple(id_of(row.sk) for row in rows)

    def _rows(self, partition: Partition, condition: Condition | None) -> list[Row]:
        return first_rows(self._table, "by_state", partition, condition, limit=LARGEST_LIST)


def _earlier(before: datetime) -> Condition:
    """Positions begin with their date: all of that very second sort after it with no id."""
    return Row.position < position(before, "")
