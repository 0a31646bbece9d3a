"""All that the table holds: ``ports.TableScan``. It reads the table itself, strongly consistent, and no index."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.adapters.aws.parallel import in_parallel
from chalicelib.adapters.dynamodb.layout import PLAN, id_of, is_executor, is_unsynced
from chalicelib.adapters.dynamodb.mapping import executor_of_row, plan_of_row, readable
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.dates import BEGIN, stored, utc
from chalicelib.domain.model import Plan, PlanState
from chalicelib.domain.snapshot import Contents

SEGMENTS = 8
"""Parts of the table that are read side by side: a request each at least, also where there is little to read."""
_OF_KEYS = ("pk", "sk", "state_key", "position", "name", "due")
_OF_PLANS = ("state", "created", "dues", "remaining", "running", "deleted_at")
_OF_EXECUTORS = ("status", "deleted", "run_id", "run_request", "run_seed", "run_started", "run_lease_until", "finished")
_WANTED = (*_OF_KEYS, *_OF_PLANS, *_OF_EXECUTORS)


@dataclass(frozen=True, slots=True)
class TableScan:
    table: Table

    def everything(self, seen: Callable[[int], None]) -> Contents:
        def of_segment(segment: int) -> Contents:
            parts = []
            for rows in self.table.scan("reading the table", segment, SEGMENTS, _WANTED):
                parts.append(_contents(rows))
                seen(len(rows))
            return Contents.of(parts)

        return Contents.of(in_parallel(of_segment, range(SEGMENTS), width=self.table.width))

    def of_plans(self, plan_ids: Iterable[str]) -> Contents:
        def of_plan(plan_id: str) -> Contents:
            return _contents(self.table.partition("reading the plan", plan_id, wanted=_WANTED))

        return Contents.of(in_parallel(of_plan, plan_ids, width=self.table.width))


def _contents(rows: Iterable[Row]) -> Contents:
    """Return what the rows say; those of the engine's own state and its counts are neither plans nor executors."""
    kept = list(rows)
    plan_rows = [row for row in kept if row.sk == PLAN]
    plans, broken_plans = readable(plan_rows, _plan_of_row)
    executors, broken_executors = readable((row for row in kept if is_executor(row.sk)), executor_of_row)
    return Contents(
        plans={plan.id: plan for plan in plans},
        executors={executor.id: executor for executor in executors},
        unsynced={id_of(row.sk): _noted(row) for row in kept if is_unsynced(row.sk)},
        half_deleted={
            row.pk: _deleted_at(row)
            for row in plan_rows
            if row.state == PlanState.DELETED and row.state_key is not None
        },
        broken={each.id: each for each in (*broken_plans, *broken_executors)},
    )


def _plan_of_row(row: Row) -> Plan:
    """Return the plan without what it attacks and when, which is not read."""
    row.attack = row.planner = {"ref": "", "args": {}}
    return replace(plan_of_row(row), attack={}, planner={})


def _noted(row: Row) -> datetime:
    """Return the date with which a note's position begins; that of a note without one is long past."""
    try:
        return utc(str(row.position).partition("#")[0])
    except ValueError:
        return BEGIN


def _deleted_at(row: Row) -> datetime:
    try:
        return stored(str(row.deleted_at))
    except ValueError:
        return BEGIN
