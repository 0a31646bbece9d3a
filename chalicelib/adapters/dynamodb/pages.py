"""Reading an index in order, over all its shards."""

from collections.abc import Callable
from typing import TypeVar

from pynamodb.expressions.condition import Condition

from chalicelib.adapters.aws.parallel import in_parallel
from chalicelib.adapters.dynamodb.mapping import readable
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.model import Executor, Plan
from chalicelib.domain.page import Page

Thing = TypeVar("Thing", Plan, Executor)
Partition = Callable[[int], str]


def first_rows(
    table: Table, index: str, partition: Partition, condition: Condition | None, *, limit: int, newest: bool = False
) -> list[Row]:
    """Return the first rows by position: one Query a shard, more only where an answer would grow past 1 MB."""

    def of_shard(shard: int) -> list[Row]:
        return table.index("reading the list", index, partition(shard), condition, limit=limit, newest=newest)

    shards = in_parallel(of_shard, range(table.layout.shards), width=table.width)
    rows = sorted((row for rows in shards for row in rows), key=lambda row: row.position, reverse=newest)
    return rows[:limit]


def page_of(rows: list[Row], mapping: Callable[[Row], Thing], limit: int) -> Page[Thing]:
    """Return the page, given its rows and, where there are more, at least one beyond.

    The next page begins after the last row, whatever its position is: no row hides those behind it.
    """
    items, broken = readable(rows[:limit], mapping)
    return Page(items=items, broken=broken, next_position=rows[limit - 1].position if len(rows) > limit else None)
