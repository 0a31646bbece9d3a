"""Having what was begun undone at once: because a person asks, halts the engine, or deletes the plan.

Nothing is undone here: the undo's executor is handed to the attack function ahead of its date, which claims it as any
other. Asking twice undoes it once.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.budget import within
from chalicelib.errors import Lost, NothingToUndo, Unavailable
from chalicelib.model import Executor, PlanState, Status
from chalicelib.plugin import undone_after
from chalicelib.ports.services import Deliveries, Schedules
from chalicelib.ports.stores import ExecutorStore, Runs, Unfinished
from chalicelib.settling import settle

log = logging.getLogger(__name__)

_TRIES_AGAINST_OTHERS = 5
AT_ONCE = 6.0
"""Seconds to hand over all that is to be undone; what is left is undone at its date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverting:
    """Hands undos over before their time. ``at_once`` tries to do so with several at the same time, and none of these
    attempts raises."""

    executors: ExecutorStore
    runs: Runs
    unfinished: Unfinished
    deliveries: Deliveries
    at_once: Callable[[Callable[[str], bool], Iterable[str]], list[bool]]

    def revert(self, executor: Executor, by: str | None = None) -> Executor:
        """The undo of an attack that has something to undo, or this undo itself, handed over; ``by`` is who asks.

        Raises ``NothingToUndo``, ``Unavailable``.
        """
        undo_id = executor.undo or (executor.id if executor.undoes else None)
        if undo_id is None:
            raise NothingToUndo(executor.id, "its attack is not one that can be undone")
        found = self.executors.locate(undo_id)
        if found is None or found[1].undoes is None:
            raise NothingToUndo(executor.id, "its undo is gone")
        undo = found[1]
        attack = self.executors.locate(str(undo.undoes))
        if attack is None or not attack[1].to_undo:
            begun = attack is not None and attack[1].began is not None
            raise NothingToUndo(executor.id, "the attack prepared nothing" if begun else "the attack has not begun")
        if undo.status is not Status.SCHEDULED:
            raise NothingToUndo(executor.id, f"its undo is {undo.status}")
        self.deliveries.deliver_early(undo, by)
        return undo

    def revert_pending(self, executors: Sequence[Executor], by: str | None = None) -> list[Executor]:
        """Hand over the undos of those among a plan's executors whose attack has something to undo, and return all
        that have not ended. The attack may have been deleted since it ran, and then is none of these executors. Raises
        ``Unavailable``, as a rule once all were tried."""
        listed = {each.id: each for each in executors}

        def acted(attack_id: str) -> bool:
            if attack_id in listed:
                return listed[attack_id].to_undo
            found = self.executors.locate(attack_id)
            return found is not None and found[1].to_undo

        pending = [each for each in executors if each.undoes and not each.status.executed and acted(each.undoes)]
        waiting = {each.id: each for each in pending if each.status is Status.SCHEDULED}
        failures: list[Unavailable] = []

        def handed_over(undo_id: str) -> bool:
            try:
                self.deliveries.deliver_early(waiting[undo_id], by)
            except Unavailable as error:
                failures.append(error)
                return False
            return True

        self.at_once(handed_over, waiting)
        if failures:
            raise failures[0]
        return pending

    def revert_all(self, by: str | None = None) -> int:
        """Hand over every undo that is pending, and count them. What fails is logged, hinders no other, and comes when
        the sweep has hastened it."""
        with within(AT_ONCE):
            try:
                pending = self.unfinished.pending_undos()
            except Unavailable as error:
                log.warning("what was begun is not being undone at once: %s", error)
                return 0
            return sum(self.at_once(lambda undo_id: self._tried(undo_id, by), pending))

    def _tried(self, undo_id: str, by: str | None) -> bool:
        try:
            return self._revert_noted(undo_id, by)
        except (Unavailable, Lost) as error:
            log.warning("undo %s is not run at once: %s", undo_id, error)
            return False

    def _revert_noted(self, undo_id: str, by: str | None) -> bool:
        found = self.executors.locate(undo_id)
        if found is None or found[1].status.executed or found[0].state is not PlanState.ACTIVE:
            self.runs.undone(undo_id)
            return False
        if found[1].status is Status.SCHEDULED:
            self.deliveries.deliver_early(found[1], by)
        return True


def align_undo(
    attack: Executor, at: datetime, executors: ExecutorStore, schedules: Schedules, by: str | None = None
) -> None:
    """Move the undo of an attack that is due at another date now, so that it comes as long after it as was planned.

    Does nothing for an attack that has none. An undo that comes too soon all the same waits for its attack. Raises
    ``Unavailable``.
    """
    for _ in range(_TRIES_AGAINST_OTHERS if attack.undo else 0):
        found = executors.locate(str(attack.undo))
        if found is None or found[1].status is not Status.SCHEDULED:
            return
        plan, undo = found
        due = at + undone_after(attack.attack or plan.attack)
        if undo.due == due:
            return
        with suppress(Lost):
            settle(undo.id, (plan, executors.move(plan, undo, due, by)), executors, schedules)
            return
