"""Run pending undos early while the engine is halted.

Halting hands over the undos that it finds. It misses the undo of an attack that was just about to begin, and one that
the index does not show yet; and a hand-over may fail. So the sweep gives each such undo an earlier date, and
Scheduler delivers it. The sweep itself invokes nothing.
"""

from datetime import datetime, timedelta

from chalicelib.domain.model import PlanState, Status
from chalicelib.ports.runs import Runs
from chalicelib.scheduling.sync import ScheduleSync

SOON = timedelta(seconds=60)
"""Scheduler is exact to the minute."""


def expedite(undo_id: str, now: datetime, runs: Runs, schedule_sync: ScheduleSync) -> bool:
    """Move a pending undo that is due later than ``SOON``, and return whether it was moved.

    An undo that has ended is taken off the list of pending ones. One whose attack still runs postpones itself when it
    is delivered. Raises ``WriteConflict``, ``Unavailable``.
    """
    found = schedule_sync.executors.locate(undo_id)
    if found is None or found[1].status.executed or found[0].state is not PlanState.ACTIVE:
        runs.undone(undo_id)
        return False
    plan, undo = found
    if undo.status is not Status.SCHEDULED or undo.due <= now + SOON:
        return False
    schedule_sync.move(plan, undo, now + SOON)
    return True
