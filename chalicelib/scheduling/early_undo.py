"""Undo attacks before the date of their undo: because a person asks, halts the engine, or deletes the plan.

This hands the undo's executor to the attack function, which claims it as any other. Asking twice undoes it once.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from chalicelib.domain.errors import NothingToUndo, Unreadable, WriteConflict
from chalicelib.domain.model import Executor, PlanState, Status
from chalicelib.domain.unavailable import Unavailable
from chalicelib.ports.executors import ExecutorStore
from chalicelib.ports.repair import Unfinished
from chalicelib.ports.runs import Runs
from chalicelib.ports.services import Deliveries
from chalicelib.runtime.deadline import within

log = logging.getLogger(__name__)

AT_ONCE = 6.0
"""Seconds to hand over every undo; those that are left run at their date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyUndo:
    """The hand-over of undos to the attack function before their date.

    ``at_once`` hands over several in parallel; none of these attempts raises.
    """

    executors: ExecutorStore
    runs: Runs
    unfinished: Unfinished
    deliveries: Deliveries
    at_once: Callable[[Callable[[str], bool], Iterable[str]], list[bool]]

    def revert(self, executor: Executor, by: str | None = None) -> Executor:
        """Hand over the undo of an attack that has something to undo, or this undo itself, and return it as it was.

        ``by`` is who asks.

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
        """Hand over the undos among a plan's executors whose attack has something to undo; return those not ended.

        An attack that was deleted since it ran is none of these executors. Raises ``Unavailable``, usually after it has
        tried all of them.
        """
        listed = {each.id: each for each in executors}

        def acted(attack_id: str) -> bool:
            if attack_id in listed:
                return listed[attack_id].to_undo
            try:
                found = self.executors.locate(attack_id)
            except Unreadable:  # what it prepared is lost with it
                return False
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
        """Hand over every pending undo, and return how many.

        A failure is logged and hinders no other undo; the sweep gives that undo an earlier date.
        """
        with within(AT_ONCE):
            try:
                pending = self.unfinished.pending_undos()
            except Unavailable as error:
                log.warning("pending undos are left to the sweep: %s", error)
                return 0
            return sum(self.at_once(lambda undo_id: self._tried(undo_id, by), pending))

    def _tried(self, undo_id: str, by: str | None) -> bool:
        try:
            return self._revert_noted(undo_id, by)
        except (Unavailable, WriteConflict, Unreadable) as error:
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
