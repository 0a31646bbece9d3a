"""Pages of lists in memory: ``ports.Listings``."""

from dataclasses import dataclass

from chalicelib.adapters.memory.rows import Rows
from chalicelib.domain.executor_filter import ANY, ExecutorFilter
from chalicelib.domain.model import Executor, Plan, PlanState
from chalicelib.domain.page import Page


@dataclass(frozen=True, slots=True)
class Listings:
    rows: Rows

    def plans(self, *, everything: bool, limit: int, after: str | None) -> Page[Plan]:
        with self.rows.lock:
            rows = [
                row
                for row in self.rows.plans.values()
                if row.state is PlanState.ACTIVE
                and (everything or not row.executed)
                and (after is None or row.position < after)
            ]
        return Page.cut(sorted(rows, key=lambda row: row.position, reverse=True), limit)

    def executors(
        self, *, everything: bool, limit: int, after: str | None, only: ExecutorFilter = ANY
    ) -> Page[Executor]:
        with self.rows.lock:
            rows = [row for row in self.rows.executors.values() if not row.deleted]
        return Page.cut(only.of(rows, everything=everything, after=after), limit)
