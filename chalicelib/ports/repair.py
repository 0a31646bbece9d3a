"""The ports by which repairs find their work. Every method may raise ``Unavailable``."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from chalicelib.domain.broken import Broken
from chalicelib.domain.model import Executor
from chalicelib.domain.snapshot import Contents


class Unfinished(Protocol):
    """The unfinished work, each kind from a sparse index. Every list is bounded; the next sweep takes the rest."""

    def uncommitted(self, before: datetime) -> tuple[str, ...]:
        """Return the ids of plans that are still ``creating`` and were begun before that instant."""

    def half_deleted(self) -> tuple[str, ...]:
        """Return the ids of plans that have a tombstone but whose deletion is not finalized."""

    def executors_of(self, plan_id: str) -> tuple[Executor | Broken, ...]:
        """Return every executor row of a plan, whatever the plan's state, tombstones included."""

    def overdue(self, before: datetime) -> tuple[Executor | Broken, ...]:
        """Executors, scheduled or running, that were due before that instant."""

    def pending_undos(self) -> tuple[str, ...]:
        """Return the ids of undos whose attack has begun, and which have not ended."""

    def unsynced(self, before: datetime) -> tuple[str, ...]:
        """Return the ids of executors whose schedule may differ from their row, noted before that instant."""


class TableScan(Protocol):
    """All that is stored, read as of now but not in one instant: rows change while others are read."""

    def everything(self, seen: Callable[[int], None]) -> Contents:
        """Return every plan and every executor, whatever its state. ``seen`` is called with the number of rows read
        since."""

    def of_plans(self, plan_ids: Iterable[str]) -> Contents:
        """Return the same for these plans alone; a plan without rows is left out."""
