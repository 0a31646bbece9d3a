"""The work that the sweep looks for in the index of states: ``ports.Unfinished``. With nothing to do, each is one
Query."""

from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.condition import Condition

from chalicelib.adapters.dynamodb.layout import id_of, is_executor
from chalicelib.adapters.dynamodb.mapping import executor_or_broken
from chalicelib.adapters.dynamodb.pages import Partition, first_rows
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.broken import Broken
from chalicelib.domain.model import Executor
from chalicelib.domain.page import position

LARGEST_LIST = 500
_MOST_LISTS = 20


@dataclass(frozen=True, slots=True)
class Unfinished:
    table: Table

    def uncommitted(self, before: datetime) -> tuple[str, ...]:
        return tuple(row.pk for row in self._rows(self.table.layout.creating_plans, _earlier(before)))

    def half_deleted(self) -> tuple[str, ...]:
        return tuple(row.pk for row in self._rows(self.table.layout.deleted_plans, None))

    def executors_of(self, plan_id: str) -> tuple[Executor | Broken, ...]:
        rows = self.table.partition("reading the plan", plan_id)
        return tuple(executor_or_broken(row) for row in rows if is_executor(row.sk))

    def overdue(self, before: datetime) -> tuple[Executor | Broken, ...]:
        """Return the executors that are overdue, with the rows that cannot be read.

        Unreadable rows stay at the front of the index, so as many more rows are read as there are of those.
        """
        found: list[Executor | Broken] = []
        partition, condition = self.table.layout.open_executors, _earlier(before)
        for _ in range(_MOST_LISTS):
            rows = self._rows(partition, condition)
            found += map(executor_or_broken, rows)
            readable = sum(isinstance(each, Executor) for each in found)
            if len(rows) < LARGEST_LIST or readable >= LARGEST_LIST:
                break
            condition = Row.position.between(f"{rows[-1].position} ", position(before, ""))
        return tuple(found)

    def pending_undos(self) -> tuple[str, ...]:
        return tuple(id_of(row.sk) for row in self._rows(self.table.layout.pending_undos, None))

    def unsynced(self, before: datetime) -> tuple[str, ...]:
        rows = self._rows(self.table.layout.unsynced_executors, _earlier(before))
        return tuple(id_of(row.sk) for row in rows)

    def _rows(self, partition: Partition, condition: Condition | None) -> list[Row]:
        return first_rows(self.table, "by_state", partition, condition, limit=LARGEST_LIST)


def _earlier(before: datetime) -> Condition:
    """Return the condition for earlier positions: a position begins with its date, and one without an id sorts first in
    its second."""
    return Row.position < position(before, "")
