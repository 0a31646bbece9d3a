"""The places of rows: their keys, and their partitions in the indexes (docs/adr/0001)."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.ids import plan_of
from chalicelib.domain.model import LONGEST_DURATION, Executor, Plan, PlanState, Status

PLAN = "plan"
_EXECUTOR = "executor#"
_REQUEST = "key"
_UNSYNCED = "unsynced#"
_PENDING = "undo#"


def executor_key(executor_id: str) -> tuple[str, str]:
    return plan_of(executor_id), _EXECUTOR + executor_id


def unsynced_key(executor_id: str) -> tuple[str, str]:
    return plan_of(executor_id), _UNSYNCED + executor_id


def request_key(key_id: str) -> tuple[str, str]:
    return f"{_REQUEST}#{key_id}", _REQUEST


def pending_key(undo_id: str) -> tuple[str, str]:
    return plan_of(undo_id), _PENDING + undo_id


def is_executor(sort_key: str) -> bool:
    return sort_key.startswith(_EXECUTOR)


def is_unsynced(sort_key: str) -> bool:
    return sort_key.startswith(_UNSYNCED)


def id_of(sort_key: str) -> str:
    """Return the id of the executor that a row of its own, or a note, is about."""
    return sort_key.partition("#")[2]


LONGEST_UNDONE_AFTER = timedelta(seconds=LONGEST_DURATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The part of the layout that an operator sets: the number of shards, and how long rows are kept after all is over.

    A shard is a partition of the indexes, good for 1,000 writes a second. A plan and its executors share one.
    """

    shards: int
    retention: timedelta

    def shard(self, plan_id: str) -> int:
        return zlib.crc32(plan_id.encode()) % self.shards

    def all_plans(self, shard: int) -> str:
        return f"plan#{shard}"

    def all_executors(self, shard: int) -> str:
        return f"executor#{shard}"

    def creating_plans(self, shard: int) -> str:
        return f"plan.creating#{shard}"

    def open_plans(self, shard: int) -> str:
        """Return the partition of active plans with something left to run."""
        return f"plan.open#{shard}"

    def deleted_plans(self, shard: int) -> str:
        """Return the partition of deleted plans whose deletion is not finalized yet."""
        return f"plan.deleted#{shard}"

    def open_executors(self, shard: int) -> str:
        """Return the partition of scheduled and running executors."""
        return f"executor.open#{shard}"

    def ended_executors(self, status: Status, shard: int) -> str:
        return f"executor.{status}#{shard}"

    def unsynced_executors(self, shard: int) -> str:
        """Return the partition of the notes that a schedule may differ from its executor's row."""
        return f"executor.unsynced#{shard}"

    def pending_undos(self, shard: int) -> str:
        """Return the partition of notes too: the attack has begun, and this is to undo it."""
        return f"undo.pending#{shard}"

    def listed_plan(self, plan: Plan) -> str | None:
        return self.all_plans(self.shard(plan.id)) if plan.state is PlanState.ACTIVE else None

    def plan_state(self, plan: Plan) -> str | None:
        shard = self.shard(plan.id)
        if plan.state is PlanState.CREATING:
            return self.creating_plans(shard)
        if plan.state is PlanState.DELETED:
            return self.deleted_plans(shard)
        return None if plan.executed else self.open_plans(shard)

    def listed_executor(self, executor: Executor) -> str | None:
        return None if executor.deleted else self.all_executors(self.shard(executor.plan_id))

    def executor_state(self, executor: Executor) -> str | None:
        if executor.deleted:
            return None
        shard = self.shard(executor.plan_id)
        return self.ended_executors(executor.status, shard) if executor.status.executed else self.open_executors(shard)

    def expiry(self, last: datetime) -> datetime:
        return last + self.retention

    def executor_expiry(self, executor: Executor, last: datetime) -> datetime:
        """Return when an executor's row expires. The state that an attack prepared outlives the undo that rests on it,
        however short records are kept."""
        return self.expiry(last + LONGEST_UNDONE_AFTER if executor.undo else last)

    def plan_expiry(self, plan: Plan) -> datetime:
        return self.expiry(max(plan.dues, default=plan.created))
