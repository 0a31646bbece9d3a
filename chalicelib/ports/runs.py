"""Define the port to a claimed executor, until its outcome is on record. Every method may raise ``Unavailable``."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from chalicelib.domain.engine_state import Control, Limit
from chalicelib.domain.model import Config, Executor, Failure, Plan, Result


class Runs(Protocol):
    """The life of an executor from its claim to its record."""

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        """Return the same as ``ExecutorStore.locate``."""

    def begin(
        self, executor: Executor, limits: Sequence[Limit], day: date, at: datetime, prepared: Config | None = None
    ) -> Executor | Control | str:
        """Return the running executor as it is about to act, with what it ``prepared`` on record.

        One transaction counts the attack under each of the limits, exactly, however many begin at once. It changes
        nothing where a limit does not allow the attack, and then returns the reason; nor where a halt or a freeze holds
        at that instant, and then returns the engine's state. Where something is prepared, its undo is noted as
        ``pending``. Raises ``WriteConflict``.
        """

    def control(self) -> Control:
        """Return the same as ``Controls.control``."""

    def postpone(self, plan: Plan, executor: Executor, due: datetime, error: Failure | None) -> Executor:
        """Schedule a running undo again at that date, and return it. With an error this run counts as an attempt.

        One transaction also changes the plan's dates and tally and notes the undo's schedule as ``unsynced``. Raises
        ``WriteConflict``.
        """

    def undone(self, undo_id: str) -> None:
        """Strike the note that ``begin`` made, that something is to be undone. Idempotent."""

    def end(self, executor: Executor, result: Result, at: datetime) -> Executor:
        """Put the result on record, and the plan's tally with it, in one transaction on condition that the executor
        is as given (status, due, run). One that never ran may be given with the time it was ``delivered``, as in
        ``claim``. Raises ``WriteConflict``, which an answer lost on the way is not."""
