"""The rows of the memory store, and the lock that makes every method of it one transaction."""

from dataclasses import replace
from datetime import date, datetime
from threading import RLock

from chalicelib.control import Act, Control
from chalicelib.model import Executor, Plan, PlanState
from chalicelib.ports.services import Clock


class Rows:
    """Plans and executors by id, tombstones included, and what is noted of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = RLock()
        self._plans: dict[str, Plan] = {}
        self._executors: dict[str, Executor] = {}
        self._buried: dict[str, datetime] = {}
        self._interred: set[str] = set()
        self._erasing: set[str] = set()
        self._unsettled: dict[str, tuple[datetime, datetime | None]] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        self._pending: set[str] = set()
        self._refused: dict[str, str] = {}
        self._control = Control()
        self._acts: list[Act] = []
        self._counts: dict[tuple[str, date], int] = {}
        self._last: dict[str, datetime] = {}

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        """As ``ports.ExecutorStore`` and ``ports.Runs`` promise."""
        with self._lock:
            executor = self._executors.get(executor_id)
            plan = self._plans.get(executor.plan_id) if executor else None
            return (plan, executor) if plan and executor else None

    def _active(self, plan_id: str) -> Plan | None:
        plan = self._plans.get(plan_id)
        return plan if plan and plan.state is PlanState.ACTIVE else None

    def _unchanged(self, executor: Executor) -> bool:
        """Whether the executor is still as the caller knows it, and not deleted."""
        row = self._executors.get(executor.id)
        return (
            row is not None
            and not row.deleted
            and (row.status, row.due, row.run) == (executor.status, executor.due, executor.run)
        )

    def _put(self, executor: Executor, *, delivered: bool = False) -> None:
        """Keep the executor as it is given, but for how often it was delivered, which is counted here."""
        deliveries = self._executors[executor.id].deliveries + delivered
        self._executors[executor.id] = replace(executor, deliveries=deliveries)

    def _of(self, plan_id: str) -> tuple[Executor, ...]:
        """The plan's executors that were not deleted, by date."""
        rows = [row for row in self._executors.values() if row.plan_id == plan_id and not row.deleted]
        return tuple(sorted(rows, key=lambda row: row.position))
