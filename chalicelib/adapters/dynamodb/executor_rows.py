"""An executor with its plan: reading the two, and the conditions under which the two are changed together."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamodb.control_row import CONTROL, control_of_row
from chalicelib.adapters.dynamodb.layout import PLAN, executor_key, unsynced_key
from chalicelib.adapters.dynamodb.mapping import executor_of_row, executor_row, plan_of_row
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change, Key, Table
from chalicelib.domain.model import Executor, Plan, PlanState
from chalicelib.domain.page import position
from chalicelib.ports.claims import ClaimView
from chalicelib.ports.services import Clock


class ExecutorRows:
    """The requests and conditions that the stores of executors, claims and runs share. ``clock`` dates notes."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self.table = table
        self.clock = clock
        self._remaining: dict[str, int] = {}

    def locate(self, executor_id: str) -> tuple[Plan, Executor] | None:
        """Locate as ``ports.ExecutorStore`` promises, in one strongly consistent BatchGetItem."""
        return self.found(executor_id, self.table.get("reading the executor", *pair(executor_id)))

    def locate_due(self, executor_id: str) -> ClaimView:
        """Locate as ``ports.Claims`` promises: the engine's row comes in the same request."""
        rows = self.table.get("reading the executor", *pair(executor_id), CONTROL)
        return self.found(executor_id, rows), control_of_row(rows.get(CONTROL))

    def found(self, executor_id: str, rows: Mapping[Key, Row]) -> tuple[Plan, Executor] | None:
        plan_key, key = pair(executor_id)
        if plan_key not in rows or key not in rows:
            return None
        plan = plan_of_row(rows[plan_key])
        self.expect(plan.id, plan.remaining)
        return plan, executor_of_row(rows[key])

    def expect(self, plan_id: str, remaining: int) -> None:
        """Remember how many a plan has left: a guess for the next write, which its condition checks."""
        if len(self._remaining) > 1000:
            self._remaining.clear()
        self._remaining[plan_id] = remaining

    def remaining(self, plan_id: str) -> int:
        """Return how many executors the plan is believed to have left; 2 for a plan that was not read yet."""
        return self._remaining.get(plan_id, 2)

    def same(self, one: Executor, other: Executor) -> bool:
        """Return whether two executors make the same row: values that are equal as JSON count as equal, however often
        they were delivered."""
        rows, layout = self.table.rows, self.table.layout
        one = replace(one, deliveries=other.deliveries)
        return bool(executor_row(rows, layout, one).serialize() == executor_row(rows, layout, other).serialize())

    def unsynced(self, executor: Executor, noted: datetime, due: datetime | None) -> Change:
        """Return the note that the schedule may not be for that date yet, or not be gone (None). It is an update,
        because the attack function, which makes one, may put no row."""
        layout = self.table.layout
        actions = [
            Row.state_key.set(layout.unsynced_executors(layout.shard(executor.plan_id))),
            Row.position.set(position(noted, executor.id)),
            Row.expires.set(layout.expiry(noted)),
            Row.due.remove() if due is None else Row.due.set(due),
        ]
        return Change(unsynced_key(executor.id), actions, None)

    def undo_unsynced(self, attack: Executor, at: datetime) -> list[Change]:
        """Return the same note of an attack's undo, where the attack is over and has left nothing to undo. It is noted
        since the attack was due, because nobody else is about to change the undo."""
        if attack.undo is None or attack.to_undo:
            return []
        return [self.unsynced(replace(attack, id=attack.undo), min(at, attack.due), None)]

    def dates(self, plan: Plan, changed: Plan, *tally: Action) -> Change:
        """Return the change of the plan's dates, on condition that they are as given: they are the plan's version."""
        actions = [Row.dues.set(changed.dues), Row.expires.set(self.table.layout.plan_expiry(changed)), *tally]
        return Change((plan.id, PLAN), actions, ACTIVE & (Row.dues == plan.dues))


def pair(executor_id: str) -> tuple[Key, Key]:
    """Return the keys of the plan's row and of the executor's."""
    key = executor_key(executor_id)
    return (key[0], PLAN), key


ACTIVE: Condition = Row.state == PlanState.ACTIVE.value


def unchanged(executor: Executor) -> Condition:
    """Return the condition that the executor's row is as the caller knows it, and not deleted."""
    whose: Condition = Row.run_id == executor.run.id if executor.run else Row.run_id.does_not_exist()
    whose &= (Row.status == executor.status.value) & (Row.due == executor.due) & Row.deleted.does_not_exist()
    return whose


def changed_by(by: str | None) -> list[Action]:
    """Return the change that puts on record who changed an executor, if that is known."""
    return [] if by is None else [Row.changed_by.set(by)]


def with_one_less(change: Change, remaining: int) -> Change:
    """Return a change of a plan that also takes one from its ``remaining``, given how many are believed left.

    The last one takes the plan out of the index of open plans as well, and an update cannot decide that by itself:
    so there are two, each on condition that it is the right one.
    """
    taking: list[Action] = [Row.remaining.add(-1)]
    condition = Row.remaining > 1
    if remaining <= 1:
        taking, condition = [Row.remaining.set(0), Row.state_key.remove()], Row.remaining == 1
    return Change(
        change.key, [*change.actions, *taking], condition if change.condition is None else change.condition & condition
    )


def delivery_of(executor: Executor) -> list[Action]:
    """Return the change that puts on record that the executor was delivered, if it was."""
    return [] if executor.delivered is None else [Row.delivered.set(executor.delivered), Row.deliveries.add(1)]
