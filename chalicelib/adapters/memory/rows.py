"""The rows of the memory store, and the lock that makes every method of it one transaction."""

from dataclasses import replace
from datetime import date, datetime
from threading import RLock

from chalicelib.domain.engine_state import AuditEntry, Control
from chalicelib.domain.model import Executor, Plan, PlanState
from chalicelib.ports.services import Clock


class Rows:
    """Plans and executors by id, tombstones included, and what is noted of them."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = RLock()
        self.plans: dict[str, Plan] = {}
        self.executors: dict[str, Executor] = {}
        self.deleted_at: dict[str, datetime] = {}
        self.finalized: set[str] = set()
        self.erasing: set[str] = set()
        self.unsynced: dict[str, tuple[datetime, datetime | None]] = {}
        self.keys: dict[str, tuple[str, str]] = {}
        self.pending: set[str] = set()
        self.refused: dict[str, str] = {}
        self.control = Control()
        self.acts: list[AuditEntry] = []
        self.counts: dict[tuple[str, date], int] = {}
        self.last: dict[str, datetime] = {}

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        """Locate as ``ports.ExecutorStore`` and ``ports.Runs`` promise."""
        with self.lock:
            executor = self.executors.get(executor_id)
            plan = self.plans.get(executor.plan_id) if executor else None
            return (plan, executor) if plan and executor else None

    def active(self, plan_id: str) -> Plan | None:
        plan = self.plans.get(plan_id)
        return plan if plan and plan.state is PlanState.ACTIVE else None

    def unchanged(self, executor: Executor) -> bool:
        """Return whether the executor is still as the caller knows it, and not deleted."""
        row = self.executors.get(executor.id)
        return (
            row is not None
            and not row.deleted
            and (row.status, row.due, row.run) == (executor.status, executor.due, executor.run)
        )

    def put(self, executor: Executor, *, delivered: bool = False) -> None:
        """Keep the executor as it is given, but for how often it was delivered, which is counted here."""
        deliveries = self.executors[executor.id].deliveries + delivered
        self.executors[executor.id] = replace(executor, deliveries=deliveries)

    def note_undo_of(self, attack: Executor, at: datetime) -> None:
        """Note the undo of an attack that is over and has left nothing to undo."""
        if attack.undo is not None and not attack.to_undo:
            self.unsynced[attack.undo] = (min(at, attack.due), None)

    def of(self, plan_id: str) -> tuple[Executor, ...]:
        """Return the plan's executors that were not deleted, by date."""
        rows = [row for row in self.executors.values() if row.plan_id == plan_id and not row.deleted]
        return tuple(sorted(rows, key=lambda row: row.position))
