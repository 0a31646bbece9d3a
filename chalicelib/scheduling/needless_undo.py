"""End an undo that has nothing to undo, so that it need not wait for its date."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.model import Executor, Failure, PlanState, Result, Status
from chalicelib.ports.executors import ExecutorStore
from chalicelib.ports.runs import Runs
from chalicelib.scheduling.sync import PlanAndExecutor


def is_needless(attack: Executor | None) -> bool:
    """Return whether the attack can leave nothing to undo: it was deleted, or it ended and had prepared nothing."""
    return attack is None or ((attack.deleted or attack.status.executed) and not attack.to_undo)


def nothing_to_undo(attack: Executor | None) -> Result:
    """Return the result of an undo of such an attack."""
    what = "deleted" if attack is None or attack.deleted else str(attack.status)
    had = "had prepared nothing" if attack is not None and attack.began is not None else "had not begun"
    message = f"there is nothing to undo: the attack was {what} and {had}"
    return Result(status=Status.SKIPPED, error=Failure(type="NothingToUndo", message=message))


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedlessUndos:
    """The undos of attacks that left nothing to undo."""

    executors: ExecutorStore
    runs: Runs

    def end(self, undo_id: str, at: datetime, by: str | None = None) -> PlanAndExecutor | None:
        """Delete the undo of a deleted attack, or end the undo of an attack that did nothing as ``skipped``.

        Returns the plan and the undo where it ended. Does nothing where the undo is needed, running or over. The undo's
        schedule is noted as ``unsynced``, here or when its attack ended. Raises ``WriteConflict``, ``Unavailable``.
        """
        found = self.executors.locate(undo_id)
        if found is None or found[1].undoes is None:
            return None
        plan, undo = found
        if plan.state is not PlanState.ACTIVE or undo.deleted or undo.status is not Status.SCHEDULED:
            return None
        located = self.executors.locate(found[1].undoes)
        attack = located[1] if located else None
        if not is_needless(attack):
            return None
        if attack is None or attack.deleted:
            self.executors.soft_delete_executor(plan, undo, at, by or (attack.deleted_by if attack else None))
            return None
        return plan, self.runs.end(undo, nothing_to_undo(attack), at)
