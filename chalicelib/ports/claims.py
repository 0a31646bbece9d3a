"""Define the port to claims: one caller alone runs an executor. Every method may raise ``Unavailable``."""

from datetime import datetime
from typing import Protocol

from chalicelib.domain.engine_state import Control
from chalicelib.domain.model import Executor, Plan, Run

ClaimView = tuple[tuple[Plan, Executor] | None, Control]
"""An executor with its plan, if there are both rows, and the engine's state, as of one time."""


class Claims(Protocol):
    """The end of a delivery: the executor is claimed, or the delivery is refused and counted."""

    def locate_due(self, executor_id: str) -> ClaimView:
        """Return the same as ``ExecutorStore.locate``, and the engine's state as of the same time."""

    def claim(self, executor: Executor, run: Run, judged: Control | None = None) -> Executor:
        """Turn the executor from scheduled to running, for one caller only. Raises ``WriteConflict``.

        One transaction requires that the executor is scheduled, its due is the one given, and its plan is active. The
        time at which the executor was ``delivered`` goes on record, and is counted.

        ``judged`` is the engine's state that the guards allowed. The transaction then also requires that nothing halts
        or freezes the engine when the run starts, or that its state is still the same. So no attack is claimed after a
        halt has been answered.
        """

    def claim_now(
        self, plan: Plan, executor: Executor, run: Run, by: str | None = None, judged: Control | None = None
    ) -> Executor:
        """Claim an executor that a person runs before its date, ``by`` on record as in ``move``.

        It is due when the run started, and the plan's dates follow. Its schedule, which is still to fire, is noted as
        ``unsynced``. Else the same as ``claim``. Raises ``WriteConflict``.
        """

    def refused(self, executor_id: str, delivery_id: str) -> None:
        """Count a delivery that did nothing, if the executor is on record. The same one is counted once, unless
        another came in between."""

    def refused_as_moved(self, executor: Executor, delivery_id: str, since: datetime) -> None:
        """Count a delivery of a date that the executor had before, and note its schedule as ``unsynced`` since then.

        The schedule may have fired as of old and delete itself after it was moved, so who moved it does not strike the
        note. One transaction, which does nothing where the executor is no longer as given."""
