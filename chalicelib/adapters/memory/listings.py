"""Pages of lists in memory: ``ports.Listings``."""

from collections.abc import Iterable
from typing import TypeVar

from chalicelib.adapters.memory.rows import Rows
from chalicelib.model import Executor, Page, Plan, PlanState

Row = TypeVar("Row", Plan, Executor)


class Listings(Rows):
    def plans(self, *, everything: bool, limit: int, after: str | None) -> Page[Plan]:
        with self._lock:
            rows = [
                row
                for row in self._plans.values()
                if row.state is PlanState.ACTIVE
                and (everything or not row.executed)
                and (after is None or row.position < after)
            ]
        return _page(sorted(rows, key=lambda row: row.position, reverse=True), limit)

    def executors(self, *, everything: bool, limit: int, after: str | None) -> Page[Executor]:
        with self._lock:
            rows = [
                row
                for row in self._executors.values()
                if not row.deleted
                and (everything or not row.status.executed)
                and (after is None or row.position > after)
            ]
        return _page(sorted(rows, key=lambda row: row.position), limit)


def _page(rows: Iterable[Row], limit: int) -> Page[Row]:
    items = tuple(rows)
    if len(items) <= limit:
        return Page(items=items, next_position=None)
    return Page(items=items[:limit], next_position=items[limit - 1].position)
