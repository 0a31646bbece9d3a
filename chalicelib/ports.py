"""What the engine needs of the world, in its own words.

Adapters keep these promises and are held to them by one contract suite (tests/contract). Every method may raise
``Unavailable``; nothing else but what its docstring names.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.model import Executor, Page, Plan, Result, Run


class Clock(Protocol):
    """Now, as an aware datetime in UTC."""

    def __call__(self) -> datetime: ...


class PlanStore(Protocol):
    """Plans from their first row to their tombstone."""

    def add(self, plan: Plan, executors: Sequence[Executor]) -> None:
        """Write the plan, which is ``creating``, and then its executors. After a failure some rows may be there:
        ``erase`` them."""

    def commit(self, plan_id: str) -> None:
        """Make the plan active, in one write: from now on its executors can be claimed and the plan is listed.

        Raises ``Lost`` where the plan is no longer ``creating``. Committing what this caller already committed (its
        answer was lost on the way) is no error.
        """

    def erase(self, plan_id: str) -> None:
        """Remove every row of a plan that is ``creating``, the plan's own last. Does nothing to any other plan."""

    def load(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        """The active plan and its executors in the order of their dates, as of now (read after write).

        Raises ``PlanNotFound``, also for what is uncommitted or deleted.
        """

    def rename(self, plan_id: str, name: str) -> Plan:
        """The active plan under its new name. Raises ``PlanNotFound``."""

    def bury(self, plan_id: str, at: datetime) -> tuple[Plan, tuple[Executor, ...]]:
        """Put up the tombstone of an active plan, in one write: none of its executors can be claimed after it.

        Returns the buried plan and its executors as they were (what is still scheduled has a schedule to drop).
        Raises ``PlanNotFound``, and ``PlanIsRunning`` while an executor runs. ``inter`` ends what this begins.
        """

    def inter(self, plan_id: str, at: datetime) -> None:
        """Take the executors of a buried plan out of every list (what was scheduled is ``cancelled``), and the plan
        out of ``unburied``. Idempotent."""


class ExecutorStore(Protocol):
    """Single executors, changed by people."""

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        """The executor and its plan as of now, tombstones and uncommitted plans included; None where there is
        neither row."""

    def move(self, plan: Plan, executor: Executor, due: datetime) -> Executor:
        """The executor at another date, and the plan's dates with it, in one transaction that also notes that its
        schedule is ``unsettled``. Raises ``Lost`` where plan or executor are no longer as given."""

    def bury_executor(self, plan: Plan, executor: Executor, at: datetime) -> None:
        """Put up the executor's tombstone and take it out of the plan's tally, in one transaction. What was scheduled
        is ``cancelled`` and its schedule ``unsettled``; what has ended keeps its status. Raises ``Lost``."""

    def settle(self, executor_id: str, due: datetime | None) -> None:
        """The executor's schedule is for that date again, or gone for good (None): strike the note that it was not.

        A note of a later move, to another date, stays. Idempotent.
        """


class Listings(Protocol):
    """Pages of lists. They may lag a moment behind a write: DynamoDB's indexes are eventually consistent."""

    def plans(self, *, everything: bool, limit: int, after: str | None) -> Page[Plan]:
        """Active plans, newest first; without ``everything`` only those with something left to run. ``after`` is the
        ``position`` of the last plan of the page before."""

    def executors(self, *, everything: bool, limit: int, after: str | None) -> Page[Executor]:
        """Executors by date; without ``everything`` only those that have not ended."""


class Runs(Protocol):
    """The life of an executor from delivery to record."""

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        """As ``ExecutorStore.locate``."""

    def claim(self, executor: Executor, run: Run) -> Executor:
        """scheduled -> running, for one caller only: a transaction on condition that the executor is scheduled, its
        due is the one given, and its plan is active. Raises ``Lost``."""

    def end(self, executor: Executor, result: Result, at: datetime) -> Executor:
        """Put the result on record, and the plan's tally with it, in one transaction on condition that the executor
        is as given (status, due, run). Raises ``Lost``, which an answer lost on the way is not."""


class Unfinished(Protocol):
    """What the sweep looks for, each from a sparse index. Every list is bounded; the next sweep takes the rest."""

    def uncommitted(self, before: datetime) -> tuple[str, ...]:
        """Ids of plans that are still ``creating`` and were begun before that instant."""

    def unburied(self) -> tuple[str, ...]:
        """Ids of plans whose tombstone stands but whose executors are not all interred."""

    def executors_of(self, plan_id: str) -> tuple[Executor, ...]:
        """Every executor row of a plan, whatever the plan's state, tombstones included."""

    def overdue(self, before: datetime) -> tuple[Executor, ...]:
        """Executors, scheduled or running, that were due before that instant."""

    def unsettled(self, before: datetime) -> tuple[str, ...]:
        """Ids of executors whose schedule may not agree with their row, noted before that instant."""


class Schedules(Protocol):
    """One one-time schedule per executor, named after it."""

    def put_all(self, plan: Plan, executors: Sequence[Executor]) -> None:
        """Create the schedules of new executors, in parallel. One that is there already is no error. After a failure
        some may be there: ``drop_all``."""

    def put(self, plan: Plan, executor: Executor) -> None:
        """The executor's schedule at its date, whether or not there was one."""

    def drop_all(self, executor_ids: Iterable[str]) -> None:
        """Remove the schedules, in parallel. One that has gone is no error."""


class Deliveries(Protocol):
    """The way an executor reaches the attack function when no schedule can bring it."""

    def deliver_all(self, executors: Iterable[Executor]) -> None:
        """Hand the executors to the attack function now, in parallel, without waiting for them to run.

        One that fails does not hinder the others; ``Unavailable`` is raised when all were tried."""
