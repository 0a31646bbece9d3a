"""Executors from delivery to record, in DynamoDB: ``ports.Runs``."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.adapters.aws_failures import Refused
from chalicelib.adapters.changes import as_begun, claimed, claimed_now, ended, postponed, tally_moved
from chalicelib.adapters.dynamodb.control_row import CONTROL, control_of_row, quiet, unchanged_since
from chalicelib.adapters.dynamodb.layout import PLAN, executor_key, pending_key
from chalicelib.adapters.dynamodb.mapping import RUN_ATTRIBUTES, executor_row
from chalicelib.adapters.dynamodb.pairs import ACTIVE, Pairs, changed_by, unchanged, with_one_less
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change
from chalicelib.adapters.dynamodb.told import on_these, told
from chalicelib.errors import Lost, Unavailable
from chalicelib.model import Executor, Failure, Plan, PlanState, Result, Run, Status, Terms
from chalicelib.ports.stores import Seen

_CLAIMING = "claiming the executor"


class Runs(Pairs):
    def claim(self, executor: Executor, run: Run) -> Executor:
        return self._claim(executor, claimed(executor, run), [], _one_more_runs(executor, ACTIVE))

    def claim_unread(self, executor: Executor, terms: Terms, run: Run, *, last: bool = False) -> Executor | Seen:
        if executor.status is not Status.SCHEDULED:
            return self.locate_due(executor.id)
        running = claimed(executor, run)
        try:
            self._claim_on_these(executor, running, terms, run)
        except Refused:
            seen = self.locate_due(executor.id)
            return seen[0][1] if seen[0] and _is_run_by(seen[0][1], run) else seen
        self._expect(executor.plan_id, 1 if last else 2)
        return running

    def _claim_on_these(self, executor: Executor, running: Executor, terms: Terms, run: Run) -> None:
        """Claim what is as told, unless something holds the engine. Where its row alone cannot tell, which is so
        between two freezes, the refusal shows it whole, and once more is tried on condition that it stays as it is."""

        def claim(calm: Condition) -> None:
            self._table.together(
                _CLAIMING,
                self._claiming(executor, running, told(executor)),
                _one_more_runs(executor, ACTIVE & on_these(terms, executor)),
                check=(CONTROL, calm),
                gives_way=True,
            )

        try:
            claim(quiet(run.started))
        except Refused as refused:
            row = self._table.shown(refused).get(CONTROL)
            control = control_of_row(row)
            if row is None or not control.is_quiet(run.started):
                raise
            claim(unchanged_since(control))

    def claim_now(self, plan: Plan, executor: Executor, run: Run, by: str | None = None) -> Executor:
        layout, running = self._table.layout, claimed_now(executor, run, by)
        moved = [
            Row.due.set(running.due),
            Row.position.set(running.position),
            Row.expires.set(layout.executor_expiry(running, running.due)),
            *changed_by(by),
        ]
        tally = self._dates(plan, tally_moved(plan, executor, running.due), Row.running.add(1))
        return self._claim(executor, running, moved, tally, self._unsettled(executor, run.started, None))

    def postpone(self, plan: Plan, executor: Executor, due: datetime, error: Failure | None) -> Executor:
        if executor.status is not Status.RUNNING:
            raise Lost(f"executor {executor.id} is {executor.status}")
        layout, later = self._table.layout, postponed(executor, due, error)
        row = executor_row(self._table.rows, layout, later)
        actions: list[Action] = [
            Row.status.set(row.status),
            Row.due.set(row.due),
            Row.position.set(row.position),
            Row.expires.set(row.expires),
            *(attribute.remove() for attribute in RUN_ATTRIBUTES),
        ]
        if error is not None:
            actions += [Row.attempts.set(row.attempts), Row.error_type.set(row.error_type)]
            actions.append(Row.error_message.set(row.error_message))
        try:
            self._table.together(
                "postponing the undo",
                Change(executor_key(executor.id), actions, unchanged(executor)),
                self._dates(plan, tally_moved(plan, executor, due), Row.running.add(-1)),
                self._unsettled(executor, self._clock(), due),
            )
        except Refused:
            found = self.locate(executor.id)
            if found is None or not self._same(found[1], later):
                raise Lost(f"plan {plan.id} or executor {executor.id} has changed") from None
        return later

    def undone(self, undo_id: str) -> None:
        with suppress(Refused):
            change = Change(pending_key(undo_id), [Row.state_key.remove()], Row.state_key.exists())
            self._table.update("striking the note of the undo", change)

    def refused(self, executor_id: str, delivery_id: str) -> None:
        actions = [Row.deliveries.add(1), Row.last_refused.set(delivery_id)]
        another = Row.last_refused.does_not_exist() | (Row.last_refused != delivery_id)
        with suppress(Refused):
            change = Change(executor_key(executor_id), actions, Row.pk.exists() & another)
            self._table.update("counting the delivery", change)

    def end(self, executor: Executor, result: Result, at: datetime) -> Executor:
        if executor.status.executed:
            raise Lost(f"executor {executor.id} is {executor.status}")
        operation, done = "recording the outcome", ended(executor, result, at)
        known = replace(executor, delivered=None) if executor.status is Status.SCHEDULED else executor
        change = self._record(executor, done)
        ran = [Row.running.add(-1)] if executor.status is Status.RUNNING else []
        for attempt in range(self._table.backoff.tries):
            tally = Change((executor.plan_id, PLAN), ran, ACTIVE)
            try:
                self._table.together(operation, change, with_one_less(tally, self._remaining.get(executor.plan_id, 2)))
            except Refused:
                found = self.locate(executor.id)
                if found is not None and self._same(found[1], as_begun(done, found[1])):
                    return as_begun(done, found[1])
                active = found is not None and found[0].state is PlanState.ACTIVE
                if found is None or not active or not self._same(found[1], as_begun(known, found[1])):
                    raise Lost(f"executor {executor.id} is not as it was") from None
                if not self._table.backoff.pause(attempt):  # others of the plan have ended: count again
                    break
            else:
                return done
        raise Unavailable(operation)

    def _claim(self, executor: Executor, running: Executor, moved: Sequence[Action], *others: Change) -> Executor:
        if executor.status is not Status.SCHEDULED:
            raise Lost(f"executor {executor.id} is {executor.status}")
        try:
            self._table.together(_CLAIMING, self._claiming(executor, running, unchanged(executor), moved), *others)
        except Refused:
            found = self.locate(executor.id)
            if found is None or not self._same(found[1], running):
                raise Lost(f"executor {executor.id} cannot be claimed") from None
        return running

    def _claiming(
        self, executor: Executor, running: Executor, condition: Condition, moved: Sequence[Action] = ()
    ) -> Change:
        row = executor_row(self._table.rows, self._table.layout, running)
        actions: list[Action] = [
            Row.status.set(row.status),
            Row.run_id.set(row.run_id),
            Row.run_request.set(row.run_request),
            Row.run_seed.set(row.run_seed),
            Row.run_started.set(row.run_started),
            Row.run_lease_until.set(row.run_lease_until),
            *_delivery(executor),
            *moved,
        ]
        return Change(executor_key(executor.id), actions, condition)

    def _record(self, executor: Executor, done: Executor) -> Change:
        row = executor_row(self._table.rows, self._table.layout, done)
        actions: list[Action] = [Row.status.set(row.status), Row.state_key.set(row.state_key)]
        actions.append(Row.finished.set(row.finished))
        if executor.status is Status.SCHEDULED:
            actions += _delivery(executor)
        if row.outcome is not None:
            actions.append(Row.outcome.set(row.outcome))
        if row.error_type is not None:
            actions += [Row.error_type.set(row.error_type), Row.error_message.set(row.error_message)]
        return Change(executor_key(executor.id), actions, unchanged(executor))


def _one_more_runs(executor: Executor, condition: Condition) -> Change:
    return Change((executor.plan_id, PLAN), [Row.running.add(1)], condition)


def _is_run_by(executor: Executor, run: Run) -> bool:
    """Whether it was this run's claim that succeeded, its answer lost on the way."""
    return executor.status is Status.RUNNING and executor.run == run


def _delivery(executor: Executor) -> list[Action]:
    """What puts on record that the executor was delivered, if it was."""
    return [] if executor.delivered is None else [Row.delivered.set(executor.delivered), Row.deliveries.add(1)]
