"""Schedules and deliveries in memory: what would be in the console, and what would have been invoked."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from threading import Lock

from chalicelib.model import Executor, Plan


class MemorySchedules:
    """``ports.Schedules``. Nothing fires by itself: a test delivers what it likes, when it likes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._dues: dict[str, datetime] = {}

    @property
    def dues(self) -> dict[str, datetime]:
        """What is scheduled now: executor id to date."""
        with self._lock:
            return dict(self._dues)

    def put_all(self, plan: Plan, executors: Sequence[Executor]) -> None:
        with self._lock:
            for executor in executors:
                self._dues.setdefault(executor.id, executor.due)

    def put(self, plan: Plan, executor: Executor) -> None:
        with self._lock:
            self._dues[executor.id] = executor.due

    def drop_all(self, executor_ids: Iterable[str]) -> None:
        with self._lock:
            for executor_id in executor_ids:
                self._dues.pop(executor_id, None)


class MemoryDeliveries:
    """``ports.Deliveries``: keeps what was delivered, in order, for the test to pass on."""

    def __init__(self) -> None:
        self.delivered: list[Executor] = []

    def deliver_all(self, executors: Iterable[Executor]) -> None:
        self.delivered.extend(executors)
