"""What the engine needs of where plans, executors and its own state are kept, in its own words.

Adapters keep these promises and are held to them by one contract suite (tests/contract). Every method may raise
``Unavailable``; nothing else but what its docstring names.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from chalicelib.control import Act, Control, Limit
from chalicelib.executor_filter import ANY, ExecutorFilter
from chalicelib.inventory import Contents
from chalicelib.model import Config, Executor, Failure, Page, Plan, Result, Run, Terms
from chalicelib.request_key import Made, RequestKey

Seen = tuple[tuple[Plan, Executor] | None, Control]
"""An executor with its plan, if there are both rows, and the engine's state, as of one time."""


class PlanStore(Protocol):
    """Plans from their first row to their tombstone."""

    def add(self, plan: Plan, executors: Sequence[Executor], key: RequestKey | None = None) -> None:
        """Write the plan, which is ``creating``, and then its executors. After a failure some rows may be there:
        ``erase`` them.

        The key is written together with the plan. Raises ``KeyTaken`` where there is one already; nothing is written.
        """

    def made_with(self, key_id: str) -> Made | None:
        """What the key was used for, as of now; None where it was not."""

    def release(self, key_id: str, plan_id: str) -> None:
        """Forget the key, if it is that plan's. Idempotent."""

    def commit(self, plan_id: str) -> None:
        """Make the plan active, in one write: from now on its executors can be claimed and the plan is listed.

        Raises ``Lost`` where the plan is no longer ``creating``. Committing what this caller already committed (its
        answer was lost on the way) is no error.
        """

    def begin_erasing(self, plan_id: str) -> bool:
        """Whether the plan is ``creating``, as of now and in one write: then it cannot be committed any more, and what
        it has beside its rows may go. Idempotent."""

    def erase(self, plan_id: str) -> None:
        """Remove every row of a plan that is ``creating``, its key's first, the plan's own last. Does nothing to any
        other plan."""

    def erase_executors(self, plan_id: str, executor_ids: Collection[str]) -> None:
        """Remove these executors' rows of a plan that is ``creating``, which then cannot be committed any more. Does
        nothing to any other plan. Idempotent."""

    def load(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        """The active plan and its executors in the order of their dates, as of now (read after write).

        Raises ``PlanNotFound``, also for what is uncommitted or deleted.
        """

    def rename(self, plan_id: str, name: str) -> Plan:
        """The active plan under its new name. Raises ``PlanNotFound``."""

    def bury(
        self, plan_id: str, at: datetime, undone: Plan | None = None, by: str | None = None
    ) -> tuple[Plan, tuple[Executor, ...]]:
        """Put up the tombstone of an active plan, in one write, ``by`` on it: none of its executors can be claimed
        after it.

        One that is ``undoable`` has to be given as it was when nothing of it was left to undo (``undone``). Raises
        ``HasUndos`` where it was not, and where an executor has ended since.

        Returns the buried plan and its executors as they were (what is still scheduled has a schedule to drop).
        Raises ``PlanNotFound``, and ``PlanIsRunning`` while an executor runs. ``inter`` ends what this begins.
        """

    def inter(self, plan_id: str, at: datetime) -> None:
        """Take the executors of a buried plan out of every list (what was scheduled is ``cancelled``, by whoever
        buried the plan), and the plan out of ``unburied``. Idempotent."""


class ExecutorStore(Protocol):
    """Single executors, changed by people."""

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        """The executor and its plan as of now, tombstones and uncommitted plans included; None where there is
        neither row."""

    def move(self, plan: Plan, executor: Executor, due: datetime, by: str | None = None) -> Executor:
        """The executor at another date, changed ``by`` (None: by whom it was), and the plan's dates with it, in one
        transaction that also notes that its schedule is ``unsettled``. Raises ``Lost`` where plan or executor are no
        longer as given."""

    def bury_executor(self, plan: Plan, executor: Executor, at: datetime, by: str | None = None) -> None:
        """Put up the executor's tombstone, ``by`` on it, and take it out of the plan's tally, in one transaction. What
        was scheduled is ``cancelled`` and its schedule ``unsettled``; what has ended keeps its status. Raises
        ``Lost``."""

    def settle(self, executor_id: str, due: datetime | None) -> None:
        """The executor's schedule is for that date again, or gone for good (None): strike the note that it was not.

        A note of a later move, to another date, stays. Idempotent.
        """


class Listings(Protocol):
    """Pages of lists. They may lag a moment behind a write: DynamoDB's indexes are eventually consistent."""

    def plans(self, *, everything: bool, limit: int, after: str | None) -> Page[Plan]:
        """Active plans, newest first; without ``everything`` only those with something left to run. ``after`` is the
        ``position`` of the last plan of the page before."""

    def executors(
        self, *, everything: bool, limit: int, after: str | None, only: ExecutorFilter = ANY
    ) -> Page[Executor]:
        """Executors by date; without ``everything`` only those that have not ended, with a status in ``only`` those
        alone that have ended so. ``only`` names no plan: a plan's executors are loaded with it."""


class Runs(Protocol):
    """The life of an executor from delivery to record."""

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        """As ``ExecutorStore.locate``."""

    def locate_due(self, executor_id: str) -> Seen:
        """As ``ExecutorStore.locate``, and the engine's state as of the same time."""

    def claim(self, executor: Executor, run: Run) -> Executor:
        """scheduled -> running, for one caller only: a transaction on condition that the executor is scheduled, its
        due is the one given, and its plan is active. Where the executor is given with the time it was ``delivered``,
        that goes on record and is counted. Raises ``Lost``."""

    def claim_unread(self, executor: Executor, terms: Terms, run: Run, *, last: bool = False) -> Executor | Seen:
        """As ``claim``, of an executor that was not read but told of: on condition too that its row is as given in all
        but its deliveries, that it has neither an undo nor is one, that its plan's terms are as given (but for the
        attack where it has its own), and that the engine ``is_quiet`` when the run starts.

        Where it cannot be claimed so, also because another writes to the same rows, nothing is changed and what there
        is returned, as by ``locate_due``. ``last``: it is believed to be the plan's last to end, which saves a request
        then. Its ``deliveries`` may come back too few.
        """

    def claim_now(self, plan: Plan, executor: Executor, run: Run, by: str | None = None) -> Executor:
        """As ``claim``, for one that a person runs before its time, ``by`` on record as in ``move``: it is due when the
        run started, the plan's dates follow, and its schedule, which is still to fire, is noted as ``unsettled``.
        Raises ``Lost``."""

    def refused(self, executor_id: str, delivery_id: str) -> None:
        """Count a delivery that did nothing, if the executor is on record. The same one is counted once, unless
        another came in between."""

    def begin(
        self, executor: Executor, limits: Sequence[Limit], day: date, at: datetime, prepared: Config | None = None
    ) -> Executor | str:
        """The running executor as it is about to act, what it ``prepared`` on record: one transaction, which counts the
        attack under each of the limits, or under none and changes nothing where one of them does not allow it; then
        the reason is returned. Counted exactly, however many begin at once. Where something is prepared, its undo is
        noted as ``pending``. Raises ``Lost``."""

    def postpone(self, plan: Plan, executor: Executor, due: datetime, error: Failure | None) -> Executor:
        """An undo that runs is to run again at that date: running -> scheduled, the plan's dates and tally with it, in
        one transaction that notes its schedule as ``unsettled``. With an error it counts as an attempt. Raises
        ``Lost``."""

    def undone(self, undo_id: str) -> None:
        """Strike the note that ``begin`` made, that something is to be undone. Idempotent."""

    def end(self, executor: Executor, result: Result, at: datetime) -> Executor:
        """Put the result on record, and the plan's tally with it, in one transaction on condition that the executor
        is as given (status, due, run). One that never ran may be given with the time it was ``delivered``, as in
        ``claim``. Raises ``Lost``, which an answer lost on the way is not."""


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

    def pending_undos(self) -> tuple[str, ...]:
        """Ids of the undos whose attack has begun, and which have not ended."""

    def unsettled(self, before: datetime) -> tuple[str, ...]:
        """Ids of executors whose schedule may not agree with their row, noted before that instant."""


class Controls(Protocol):
    """What people have set for the whole engine. Read after write: it takes effect with the next request."""

    def control(self) -> Control:
        """As of now."""

    def steer(self, known: Control, control: Control, act: Act) -> None:
        """Replace what is known by ``control`` and put the act in the history, in one transaction.

        ``control.version`` is one more than ``known.version``. Raises ``Lost`` where it is no longer as known; to
        repeat what this caller did already (its answer was lost) is no error.
        """

    def history(self, *, limit: int, after: str | None) -> Page[Act]:
        """What was done to the engine, newest first; ``after`` is the ``position`` of the last act of the page
        before."""


class Census(Protocol):
    """All that is stored, read as of now but not in one instant: rows change while others are read."""

    def everything(self, seen: Callable[[int], None]) -> Contents:
        """Every plan and every executor, whatever its state. ``seen`` is told how many more rows were read."""

    def of_plans(self, plan_ids: Iterable[str]) -> Contents:
        """The same of these plans alone; of those there are not, nothing."""
