"""Making an executor's schedule agree with its row, once the row was changed."""

from datetime import datetime

from chalicelib.errors import Unavailable
from chalicelib.model import Executor, Plan, PlanState, Status
from chalicelib.ports.services import Schedules
from chalicelib.ports.stores import ExecutorStore

Found = tuple[Plan, Executor] | None

_ROUNDS = 5


def settle(executor_id: str, found: Found, executors: ExecutorStore, schedules: Schedules) -> None:
    """Put or drop the schedule as the row that was ``found`` says, and strike the note that this was to be done.

    Two who change an executor at once may come to its schedule in another order than to its row. So the row is read
    again afterwards, and followed again where it has changed: whoever comes last has seen the last row. Raises
    ``Unavailable``, also where the row comes to no rest; the note then stays for the sweep.
    """
    for _ in range(_ROUNDS):
        if found and scheduled_for(found):
            schedules.put(*found)
        else:
            schedules.drop_all([executor_id])
        followed, found = scheduled_for(found), executors.locate(executor_id)
        if scheduled_for(found) == followed:
            return executors.settle(executor_id, followed)
    raise Unavailable(f"settling the schedule of {executor_id}")


def scheduled_for(found: Found) -> datetime | None:
    """The date for which the executor has to have a schedule; None where it must have none."""
    if found is None or found[0].state is not PlanState.ACTIVE:
        return None
    executor = found[1]
    return executor.due if executor.status is Status.SCHEDULED and not executor.deleted else None
