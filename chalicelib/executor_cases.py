"""Reading, moving, running, undoing and deleting single executors.

Moving and deleting change the table first and the schedule after it; should the second step fail it is taken up by the
sweep, and the caller's request stands.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from chalicelib.budget import within
from chalicelib.dates import future
from chalicelib.engine_parts import (
    CHANGING,
    READING,
    TRIES_AGAINST_OTHERS,
    Parts,
    or_leave_to_the_sweep,
    require_plan_id,
)
from chalicelib.errors import (
    ExecutorHasEnded,
    ExecutorIsRunning,
    ExecutorNotFound,
    Lost,
    NothingToUndo,
    Unavailable,
    UndoIsNeeded,
)
from chalicelib.executor_filter import ANY, ExecutorFilter
from chalicelib.ids import is_executor_id
from chalicelib.model import ANYONE, Executor, Page, Plan, PlanState, Status, whole
from chalicelib.reverting import align_undo
from chalicelib.settling import settle
from chalicelib.validation import new_date

T = TypeVar("T")


class ExecutorCases(Parts):
    """The use cases of executors."""

    __slots__ = ()

    @within(READING)
    def list_executors(
        self, *, everything: bool, limit: int, after: str | None, only: ExecutorFilter = ANY
    ) -> Page[Executor]:
        """A page of executors by date; without ``everything`` only those that can still run.

        Raises ``PlanNotFound`` for the plan that ``only`` names: its executors, at most a thousand, are cut here.
        """
        if only.plan_id is None:
            return self.listings.executors(everything=everything, limit=limit, after=after, only=only)
        require_plan_id(only.plan_id)
        _, executors = self.plans.load(only.plan_id)
        return Page.cut(only.of(executors, everything=everything, after=after), limit)

    @within(READING)
    def executor(self, executor_id: str) -> Executor:
        """One executor with its record. Raises ``ExecutorNotFound``."""
        return self._living(executor_id)[1]

    @within(CHANGING)
    def move_executor(self, executor_id: str, document: Any, by: str = ANYONE) -> Executor:
        """Give an executor the date in the posted document, and its schedule with it.

        Raises ``InvalidRequest``, ``ExecutorNotFound``, ``ExecutorIsRunning``, ``ExecutorHasEnded``.
        """
        due = future(new_date(document), self.settings.timezone, self.clock())
        plan, moved = self._against_others(
            executor_id,
            lambda plan, executor: (plan, self.executors.move(plan, _movable(executor), due, by)),
        )

        def finish() -> None:
            align_undo(moved, moved.due, self.executors, self.schedules, by)
            settle(moved.id, (plan, moved), self.executors, self.schedules)

        or_leave_to_the_sweep(finish, moved.id)
        return moved

    @within(CHANGING)
    def run_executor(self, executor_id: str, by: str = ANYONE) -> Executor:
        """Have an executor run now instead of at its date: it is handed to the attack function, which claims it.

        The executor is returned as it was before that. Asking twice runs it once. Where it cannot be handed over
        nothing has changed, and it runs at its date. Raises ``ExecutorNotFound``, ``ExecutorIsRunning``,
        ``ExecutorHasEnded``.
        """
        executor = _movable(self._living(executor_id)[1])
        if executor.undoes:
            return self.reverting.revert(executor, by)
        align_undo(executor, whole(self.clock()), self.executors, self.schedules, by)
        self.deliveries.deliver_early(executor, by)
        return executor

    @within(CHANGING)
    def delete_executor(self, executor_id: str, by: str = ANYONE) -> None:
        """Bury an executor, then remove its schedule; what has run stays on record.

        What it has begun is undone at once; its undo finds that there is nothing to undo where it had not begun. Raises
        ``ExecutorNotFound``, ``ExecutorIsRunning``, ``UndoIsNeeded``.
        """

        def bury(plan: Plan, executor: Executor) -> Executor:
            if executor.undoes and not executor.status.executed:
                raise UndoIsNeeded(executor.id)
            if executor.undo and executor.to_undo:
                self._revert(executor, by)
            self.executors.bury_executor(plan, _idle(executor), whole(self.clock()), by)
            return executor

        if self._against_others(executor_id, bury).status is Status.SCHEDULED:
            self._settle(executor_id, None)

    @within(CHANGING)
    def revert_executor(self, executor_id: str, by: str = ANYONE) -> Executor:
        """Have an attack undone now instead of at its undo's date, given the id of either. The undo is returned as it
        was before that. Raises ``ExecutorNotFound``, ``NothingToUndo``."""
        return self.reverting.revert(self._living(executor_id)[1], by)

    def _revert(self, attack: Executor, by: str) -> None:
        with suppress(NothingToUndo):  # it is being undone, or was
            self.reverting.revert(attack, by)

    def _living(self, executor_id: str) -> tuple[Plan, Executor]:
        found = self.executors.locate(executor_id) if is_executor_id(executor_id) else None
        if found is None or found[1].deleted or found[0].state is not PlanState.ACTIVE:
            raise ExecutorNotFound(executor_id)
        return found

    def _against_others(self, executor_id: str, change: Callable[[Plan, Executor], T]) -> T:
        """Read, decide and change; read again where another was faster."""
        for _ in range(TRIES_AGAINST_OTHERS):
            with suppress(Lost):
                return change(*self._living(executor_id))
        raise Unavailable(f"changing executor {executor_id}", retry_after=1)

    def _settle(self, executor_id: str, found: tuple[Plan, Executor] | None) -> None:
        or_leave_to_the_sweep(lambda: settle(executor_id, found, self.executors, self.schedules), executor_id)


def _idle(executor: Executor) -> Executor:
    if executor.status is Status.RUNNING:
        raise ExecutorIsRunning(executor.id)
    return executor


def _movable(executor: Executor) -> Executor:
    if _idle(executor).status.executed:
        raise ExecutorHasEnded(executor.id, executor.status)
    return executor
