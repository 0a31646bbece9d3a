"""Pages of lists in memory: ``ports.Listings``."""

from chalicelib.adapters.memory.rows import Rows
from chalicelib.executor_filter import ANY, ExecutorFilter
from chalicelib.model import Executor, Page, Plan, PlanState


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
        return Page.cut(sorted(rows, key=lambda row: row.position, reverse=True), limit)

    def executors(
        self, *, everything: bool, limit: int, after: str | None, only: ExecutorFilter = ANY
    ) -> Page[Executor]:
        with self._lock:
            rows = [row for row in self._executors.values() if not row.deleted]
        return Page.cut(only.of(rows, everything=everything, after=after), limit)
