"""Make an executor's schedule agree with its row, once the row was changed."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.model import Executor, Plan, PlanState, Status
from chalicelib.domain.unavailable import Unavailable
from chalicelib.plugin import undone_after
from chalicelib.ports.executors import ExecutorStore
from chalicelib.ports.services import Schedules
from chalicelib.runtime.contention import retry_conflicts

PlanAndExecutor = tuple[Plan, Executor]

_ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSync:
    """The schedules of executors, made to follow their rows. Every method may raise ``Unavailable``."""

    executors: ExecutorStore
    schedules: Schedules

    def sync(self, executor_id: str, row: PlanAndExecutor | None, noted_before: datetime | None = None) -> None:
        """Put or drop the schedule as the ``row`` says, and delete the note that this was to be done.

        Two callers who change an executor at once may reach its schedule in another order than its row. So this reads
        the row again afterwards, and follows it again where it has changed: the last caller has read the last row. A
        note of another date is deleted only if it was ``noted_before`` that instant. Where the row goes on changing,
        this raises ``Unavailable`` and leaves the note for the sweep.
        """
        for _ in range(_ROUNDS):
            if row and scheduled_for(row):
                self.schedules.put(*row)
            else:
                self.schedules.drop_all([executor_id])
            followed, row = scheduled_for(row), self.executors.locate(executor_id)
            if scheduled_for(row) == followed:
                return self.executors.mark_synced(executor_id, followed, noted_before)
        raise Unavailable(f"updating the schedule of {executor_id}")

    def move(self, plan: Plan, executor: Executor, due: datetime, by: str | None = None) -> None:
        """Give the executor another date, and its schedule with it. Raises ``WriteConflict``."""
        self.sync(executor.id, (plan, self.executors.move(plan, executor, due, by)))

    def align_undo(self, attack: Executor, due: datetime, by: str | None = None) -> None:
        """Move the undo of an attack that is now due at another date: it comes as long after the attack as before.

        Does nothing for an attack without an undo. An undo that comes too soon all the same waits for its attack.
        """

        def align() -> None:
            found = self.executors.locate(str(attack.undo))
            if found is None or found[1].status is not Status.SCHEDULED:
                return
            plan, undo = found
            undo_due = due + undone_after(attack.attack or plan.attack)
            if undo.due != undo_due:
                self.move(plan, undo, undo_due, by)

        if attack.undo:
            retry_conflicts(align, f"moving the undo of executor {attack.id}")


def scheduled_for(row: PlanAndExecutor | None) -> datetime | None:
    """Return the date for which the executor has to have a schedule; None where it must have none."""
    if row is None or row[0].state is not PlanState.ACTIVE:
        return None
    executor = row[1]
    return executor.due if executor.status is Status.SCHEDULED and not executor.deleted else None
