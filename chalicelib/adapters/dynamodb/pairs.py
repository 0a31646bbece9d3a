"""An executor with its plan: reading the two, and the conditions under which the two are changed together."""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamodb.layout import PLAN, executor_key
from chalicelib.adapters.dynamodb.mapping import executor_of_row, executor_row, plan_of_row
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.model import Executor, Plan, PlanState
from chalicelib.ports import Clock


class Pairs:
    """What the stores of executors and of runs have in common."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._remaining: dict[str, int] = {}

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        """As ``ports.ExecutorStore`` and ``ports.Runs`` promise: one strongly consistent BatchGetItem."""
        key = executor_key(executor_id)
        plan_key = (key[0], PLAN)
        rows = self._table.get("reading the executor", plan_key, key)
        if len(rows) < 2:
            return None
        plan = plan_of_row(rows[plan_key])
        self._expect(plan.id, plan.remaining)
        return plan, executor_of_row(rows[key])

    def _expect(self, plan_id: str, remaining: int) -> None:
        """Remember how many a plan has left: a guess for the next write, which its condition checks."""
        if len(self._remaining) > 1000:
            self._remaining.clear()
        self._remaining[plan_id] = remaining

    def _same(self, one: Executor, other: Executor) -> bool:
        """Whether two executors make the same row: what JSON cannot tell apart does not count."""
        rows, layout = self._table.rows, self._table.layout
        return bool(executor_row(rows, layout, one).serialize() == executor_row(rows, layout, other).serialize())


ACTIVE: Condition = Row.state == PlanState.ACTIVE.value


def unchanged(executor: Executor) -> Condition:
    """The executor's row is as the caller knows it, and not deleted."""
    whose: Condition = Row.run_id == executor.run.id if executor.run else Row.run_id.does_not_exist()
    whose &= (Row.status == executor.status.value) & (Row.due == executor.due) & Row.deleted.does_not_exist()
    return whose


def one_less(remaining: int) -> tuple[list[Action], Condition]:
    """What takes one from the plan's ``remaining``, given how many are believed left.

    The last one takes the plan out of the index of open plans as well, and an update cannot decide that by itself:
    so there are two, each on condition that it is the right one.
    """
    if remaining > 1:
        return [Row.remaining.add(-1)], Row.remaining > 1
    return [Row.remaining.set(0), Row.state_key.remove()], Row.remaining == 1
