"""Define the ports to plans, from their first row to their tombstone. Every method may raise ``Unavailable``."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.domain.idempotency_key import IdempotencyRecord, RequestKey
from chalicelib.domain.model import Executor, Plan


class UncommittedPlans(Protocol):
    """Plans that are ``creating``: nothing of them can be claimed or listed before ``commit``."""

    def add(self, plan: Plan, executors: Sequence[Executor], key: RequestKey | None = None) -> None:
        """Write the plan, which is ``creating``, and then its executors. After a failure some rows may be there:
        ``erase`` them.

        The key is written together with the plan. Raises ``KeyTaken`` where there is one already; nothing is written.
        """

    def commit(self, plan_id: str) -> None:
        """Make the plan active, in one write: from now on its executors can be claimed and the plan is listed.

        Raises ``WriteConflict`` where the plan is no longer ``creating``. Committing what this caller already committed
        (its answer was lost on the way) is no error.
        """

    def begin_erasing(self, plan_id: str) -> bool:
        """Return whether the plan is ``creating``, as of now and in one write: then it cannot be committed any more,
        and its schedules may go. Idempotent."""

    def erase(self, plan_id: str) -> None:
        """Remove every row of a plan that is ``creating``, its key's first, the plan's own last. Does nothing to any
        other plan."""

    def erase_executors(self, plan_id: str, executor_ids: Collection[str]) -> None:
        """Remove these executors' rows of a plan that is ``creating``, which then cannot be committed any more. Does
        nothing to any other plan. Idempotent."""


class IdempotencyKeys(Protocol):
    """The keys under which plans were posted. ``UncommittedPlans.add`` writes them, each with its plan."""

    def made_with(self, key_id: str) -> IdempotencyRecord | None:
        """Return what the key was used for, as of now; None where it was not used."""

    def release(self, key_id: str, plan_id: str) -> None:
        """Delete the key, if it is that plan's. Idempotent."""


class PlanStore(Protocol):
    """Plans once they are committed."""

    def load(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        """Return the active plan and its executors in the order of their dates, as of now (read after write).

        An executor that cannot be read is among the plan's ``broken``. Raises ``Unreadable``, and ``PlanNotFound``,
        also for a plan that is uncommitted or deleted.
        """

    def rename(self, plan_id: str, name: str) -> Plan:
        """Rename the active plan, and return it. Raises ``PlanNotFound``."""

    def soft_delete(
        self, plan_id: str, at: datetime, undone: Plan | None = None, by: str | None = None
    ) -> tuple[Plan, tuple[Executor, ...]]:
        """Write the tombstone of an active plan, with ``by``, in one write: after it nobody can claim one of its
        executors.

        An ``undoable`` plan has to be given as it was when nothing of it was left to undo (``undone``). Raises
        ``HasUndos`` where it was not, and where an executor has ended since.

        Returns the deleted plan and its executors as they were (those still scheduled have a schedule to drop). Raises
        ``PlanNotFound``, ``Unreadable`` (then ``discard`` it), and ``PlanIsRunning`` while an executor runs.
        ``finalize_deletion`` ends what this begins.
        """

    def executor_ids(self, plan_id: str) -> tuple[str, ...]:
        """Return the ids of a plan's executors, whatever their rows and the plan's hold."""

    def discard(self, plan_id: str) -> None:
        """Remove every row of a plan that cannot be read, whatever its state. Idempotent."""

    def finalize_deletion(self, plan_id: str, at: datetime) -> None:
        """Take the executors of a deleted plan out of every list, and the plan out of ``half_deleted``. Idempotent.

        Scheduled executors become ``cancelled``, by whoever deleted the plan.
        """
