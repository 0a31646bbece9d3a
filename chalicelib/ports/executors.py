"""The port to single executors, as people change them. Every method may raise ``Unavailable``."""

from datetime import datetime
from typing import Protocol

from chalicelib.domain.model import Executor, Plan


class ExecutorStore(Protocol):
    """Single executors, changed by people."""

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        """Return the executor and its plan as of now, deleted and uncommitted ones too; None where a row is missing.

        Raises ``Unreadable``, as every method does that reads an executor or a plan.
        """

    def move(self, plan: Plan, executor: Executor, due: datetime, by: str | None = None) -> Executor:
        """Move a scheduled executor to another date, and return it; ``by`` goes on record unless it is None.

        One transaction also changes the plan's dates and notes the executor's schedule as ``unsynced``. Raises
        ``WriteConflict`` where plan or executor are no longer as given.
        """

    def soft_delete_executor(self, plan: Plan, executor: Executor, at: datetime, by: str | None = None) -> None:
        """Write the executor's tombstone, with ``by``, and take it out of the plan's tally, in one transaction.

        A scheduled executor becomes ``cancelled``, its schedule ``unsynced``. One that has ended keeps its status.
        Raises ``WriteConflict``.
        """

    def mark_synced(self, executor_id: str, due: datetime | None, noted_before: datetime | None = None) -> None:
        """Delete the note that the executor's schedule differs from its row. Idempotent.

        The schedule is for that date again, or gone for good (None). A note of another date stays: it is of a later
        move, or of a delivery that was refused as moved. One ``noted_before`` that instant goes.
        """
