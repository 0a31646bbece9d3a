"""Pages of lists from DynamoDB: ``ports.Listings``."""

from dataclasses import dataclass
from functools import partial

from pynamodb.expressions.condition import Condition

from chalicelib.adapters.dynamodb.mapping import executor_of_row, plan_of_row
from chalicelib.adapters.dynamodb.pages import first_rows, page_of
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.executor_filter import ANY, ExecutorFilter
from chalicelib.domain.model import Executor, Plan
from chalicelib.domain.page import Page


@dataclass(frozen=True, slots=True)
class Listings:
    """One row more than the page holds is asked for: whether there is a next page costs no request."""

    table: Table

    def plans(self, *, everything: bool, limit: int, after: str | None) -> Page[Plan]:
        layout = self.table.layout
        older = None if after is None else Row.position < after
        if everything:
            rows = first_rows(self.table, "listed", layout.all_plans, older, limit=limit + 1, newest=True)
        else:
            rows = first_rows(self.table, "by_state", layout.open_plans, older, limit=limit + 1, newest=True)
        return page_of(rows, plan_of_row, limit)

    def executors(
        self, *, everything: bool, limit: int, after: str | None, only: ExecutorFilter = ANY
    ) -> Page[Executor]:
        layout = self.table.layout
        low = max(filter(None, (only.from_position, after)), default=None)
        high = only.to_position
        if low and high and low >= high:
            return Page(items=(), next_position=None)
        index, partition = "by_state", layout.open_executors
        if only.status:
            partition = partial(layout.ended_executors, only.status)
        elif everything:
            index, partition = "listed", layout.all_executors
        rows = first_rows(self.table, index, partition, _between(low, high), limit=limit + 1)
        return page_of(rows, executor_of_row, limit)


def _between(low: str | None, high: str | None) -> Condition | None:
    """Return the condition for positions between the two, neither of them included.

    A query takes one condition on its sort key, and BETWEEN includes both: ids are of one length, so nothing stands
    between a position and itself with a blank, and no position ends where the id begins, as ``high`` does.
    """
    if low is None:
        return None if high is None else Row.position < high
    return Row.position > low if high is None else Row.position.between(f"{low} ", high)
