"""All that the table holds: ``ports.Census``. It reads the table itself, strongly consistent, and no index."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from chalicelib.adapters.dynamodb.layout import PLAN, id_of, is_executor, is_unsettled
from chalicelib.adapters.dynamodb.mapping import executor_of_row, plan_of_row
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.adapters.parallel import in_parallel
from chalicelib.inventory import Contents
from chalicelib.model import PlanState

SEGMENTS = 8
"""Parts of the table that are read side by side: a request each at least, also where there is little to read."""
_OF_KEYS = ("pk", "sk", "state_key", "position", "name", "due")
_OF_PLANS = ("state", "created", "dues", "remaining", "running", "buried")
_OF_EXECUTORS = ("status", "deleted", "run_id", "run_request", "run_seed", "run_started", "run_lease_until", "finished")
_WANTED = (*_OF_KEYS, *_OF_PLANS, *_OF_EXECUTORS)


class Census:
    _table: Table

    def everything(self, seen: Callable[[int], None]) -> Contents:
        def of_segment(segment: int) -> Contents:
            parts = []
            for rows in self._table.scan("reading the table", segment, SEGMENTS, _WANTED):
                parts.append(_contents(rows))
                seen(len(rows))
            return Contents.of(parts)

        return Contents.of(in_parallel(of_segment, range(SEGMENTS), width=self._table.width))

    def of_plans(self, plan_ids: Iterable[str]) -> Contents:
        def of_plan(plan_id: str) -> Contents:
            return _contents(self._table.partition("reading the plan", plan_id, wanted=_WANTED))

        return Contents.of(in_parallel(of_plan, plan_ids, width=self._table.width))


def _contents(rows: Iterable[Row]) -> Contents:
    """What the rows say; those of the engine's own state and its counts are neither plans nor executors."""
    kept = list(rows)
    plans = [row for row in kept if row.sk == PLAN]
    return Contents(
        plans={row.pk: replace(plan_of_row(row), attack={}, planner={}) for row in plans},
        executors={id_of(row.sk): executor_of_row(row) for row in kept if is_executor(row.sk)},
        unsettled={id_of(row.sk): _noted(row) for row in kept if is_unsettled(row.sk)},
        unburied={
            row.pk: datetime.fromisoformat(row.buried)
            for row in plans
            if row.state == PlanState.DELETED and row.state_key is not None
        },
    )


def _noted(row: Row) -> datetime:
    """A note's position begins with the date it was made."""
    return datetime.strptime(row.position.partition("#")[0], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
