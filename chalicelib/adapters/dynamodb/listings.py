"""Pages of lists from DynamoDB: ``ports.Listings``."""

from chalicelib.adapters.dynamodb.mapping import executor_of_row, plan_of_row
from chalicelib.adapters.dynamodb.pages import first_rows, page_of
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.model import Executor, Page, Plan


class Listings:
    """One row more than the page holds is asked for: whether there is a next page costs no request."""

    _table: Table

    def plans(self, *, everything: bool, limit: int, after: str | None) -> Page[Plan]:
        layout = self._table.layout
        older = None if after is None else Row.position < after
        if everything:
            rows = first_rows(self._table, "listed", layout.all_plans, older, limit=limit + 1, newest=True)
        else:
            rows = first_rows(self._table, "by_state", layout.open_plans, older, limit=limit + 1, newest=True)
        return page_of(rows, plan_of_row, limit)

    def executors(self, *, everything: bool, limit: int, after: str | None) -> Page[Executor]:
        layout = self._table.layout
        later = None if after is None else Row.position > after
        if everything:
            rows = first_rows(self._table, "listed", layout.all_executors, later, limit=limit + 1)
        else:
            rows = first_rows(self._table, "by_state", layout.open_executors, later, limit=limit + 1)
        return page_of(rows, executor_of_row, limit)
