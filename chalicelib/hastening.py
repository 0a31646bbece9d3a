"""Undos that wait for their date while the engine is halted: what halting could not hand over is made to come soon.

Halting hands over the undos it finds. It does not find the one whose attack was just about to begin, nor one that its
index does not show yet, and a hand-over may fail. The sweep sees to those. It invokes nothing: it gives the undo an
earlier date, and its schedule brings it.
"""

from datetime import datetime, timedelta

from chalicelib.model import PlanState, Status
from chalicelib.ports.services import Schedules
from chalicelib.ports.stores import ExecutorStore, Runs
from chalicelib.settling import settle

SOON = timedelta(seconds=60)
"""Scheduler is exact to the minute."""


def hasten(undo_id: str, now: datetime, executors: ExecutorStore, runs: Runs, schedules: Schedules) -> bool:
    """Move a pending undo that is due later than soon; whether it was moved. What has ended is pending no more.

    One whose attack still runs puts itself off when it comes. Raises ``Lost``, ``Unavailable``.
    """
    found = executors.locate(undo_id)
    if found is None or found[1].status.executed or found[0].state is not PlanState.ACTIVE:
        runs.undone(undo_id)
        return False
    plan, undo = found
    if undo.status is not Status.SCHEDULED or undo.due <= now + SOON:
        return False
    settle(undo_id, (plan, executors.move(plan, undo, now + SOON)), executors, schedules)
    return True
