"""Schedules and deliveries in memory: what would be in the console, and what would have been invoked."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from threading import Lock

from chalicelib.domain.model import Executor, Plan
from chalicelib.domain.snapshot import Facts, Scheduled


class MemorySchedules:
    """``ports.Schedules`` and ``ports.ScheduleBook``. Nothing fires by itself: a test delivers what it likes, when it
    likes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._dues: dict[str, datetime] = {}

    @property
    def dues(self) -> dict[str, datetime]:
        """Return the schedules there are now: executor id to date."""
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

    def names(self, seen: Callable[[int], None]) -> frozenset[str]:
        names = frozenset(self.dues)
        seen(len(names))
        return names

    def read(self, names: Iterable[str], seen: Callable[[int], None]) -> dict[str, Scheduled]:
        dues, asked = self.dues, list(names)
        seen(len(asked))
        return {name: _scheduled(name, dues[name]) for name in asked if name in dues}

    def expected(self, executor: Executor) -> Facts:
        return _scheduled(executor.id, executor.due).facts


class MemoryDeliveries:
    """``ports.Deliveries``: keeps what was delivered, at its time or early, in order, for the test to pass on."""

    def __init__(self) -> None:
        self.delivered: list[Executor] = []
        self.early: list[Executor] = []
        self.early_by: list[str | None] = []

    def deliver_all(self, executors: Iterable[Executor]) -> None:
        self.delivered.extend(executors)

    def deliver_early(self, executor: Executor, by: str | None = None) -> None:
        self.early.append(executor)
        self.early_by.append(by)


def _scheduled(name: str, due: datetime) -> Scheduled:
    return Scheduled(name=name, facts={"date": f"{due:%Y-%m-%dT%H:%M:%SZ}"}, due=due)
