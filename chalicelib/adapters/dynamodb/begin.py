"""The last step before an attack acts, in DynamoDB: ``ports.Runs.begin``.

Two rows a limit, one that counts a day's attacks and one that knows when the last began. They change in one transaction
with the executor, so that of fifty at once exactly as many begin as the cap allows, each counted once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from pynamodb.expressions.update import Action

from chalicelib.adapters.aws_failures import Refused
from chalicelib.adapters.dynamodb.layout import executor_key, pending_key
from chalicelib.adapters.dynamodb.pairs import Pairs, pair, unchanged
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change, Key
from chalicelib.capping import Counted, why_not
from chalicelib.control import Limit
from chalicelib.errors import Lost, Unavailable
from chalicelib.ids import plan_of
from chalicelib.model import Config, Executor, Plan, Status, position

_PARTITION = "engine.caps"


class Begin(Pairs):
    def begin(
        self, executor: Executor, limits: Sequence[Limit], day: date, at: datetime, prepared: Config | None = None
    ) -> Executor | str:
        if executor.status is not Status.RUNNING or executor.began:
            raise Lost(f"executor {executor.id} is {executor.status}")
        operation, acting = "counting the attack", replace(executor, began=at, prepared=prepared)
        actions: list[Action] = [Row.began.set(at)]
        notes = []
        if prepared is not None:
            actions.append(Row.prepared.set(prepared))
            notes = [self._pending(executor.undo, at)] if executor.undo else []
        change = Change(executor_key(executor.id), actions, unchanged(executor) & Row.began.does_not_exist())
        counts = [count for limit in limits for count in self._counts(limit, day, at)]
        for attempt in range(self._table.backoff.tries):
            try:
                self._table.together(operation, change, *notes, *counts)
                return acting
            except Refused as refused:
                if reason := _first_reason(limits, self._table.shown(refused), day, at):
                    return reason
                found, reason = self._refused(operation, executor, limits, day, at)
                if found is not None and self._same(found[1], acting):
                    return acting
                if found is None or not self._same(found[1], executor):
                    raise Lost(f"executor {executor.id} is not running as it was") from None
                if reason:
                    return reason
            if not self._table.backoff.pause(attempt):  # the gap has ended between the two requests
                break
        raise Unavailable(operation)

    def _pending(self, undo_id: str, noted: datetime) -> Change:
        layout = self._table.layout
        actions = [
            Row.state_key.set(layout.pending_undos(layout.shard(plan_of(undo_id)))),
            Row.position.set(position(noted, undo_id)),
            Row.expires.set(layout.expiry(noted)),
        ]
        return Change(pending_key(undo_id), actions, None)

    def _counts(self, limit: Limit, day: date, at: datetime) -> list[Change]:
        changes = []
        if limit.per_day is not None:
            over = datetime.combine(day, time(), UTC) + timedelta(days=2)  # in every zone
            actions: list[Action] = [Row.made.add(1), Row.expires.set(self._table.layout.expiry(over))]
            allowed = Row.made.does_not_exist() | (Row.made < limit.per_day)
            changes.append(Change(_of_day(limit, day), actions, allowed, shown=True))
        if limit.gap is not None:
            actions = [Row.last.set(at), Row.expires.set(self._table.layout.expiry(at + limit.gap))]
            allowed = Row.last.does_not_exist() | (Row.last <= at - limit.gap)
            changes.append(Change(_of_last(limit), actions, allowed, shown=True))
        return changes

    def _refused(
        self, operation: str, executor: Executor, limits: Sequence[Limit], day: date, at: datetime
    ) -> tuple[tuple[Plan, Executor] | None, str | None]:
        """Why the transaction was refused, where it was not the limits alone, read in one request: the executor as it
        is now, and which limit does not allow it."""
        keys = [key for limit in limits for key in (_of_day(limit, day), _of_last(limit))]
        rows = self._table.get(operation, *pair(executor.id), *keys)
        return self._found(executor.id, rows), _first_reason(limits, rows, day, at)


def _first_reason(limits: Sequence[Limit], rows: Mapping[Key, Row], day: date, at: datetime) -> str | None:
    return next(filter(None, (_why(limit, rows, day, at) for limit in limits)), None)


def _why(limit: Limit, rows: Mapping[Key, Row], day: date, at: datetime) -> str | None:
    today, last = rows.get(_of_day(limit, day)), rows.get(_of_last(limit))
    return why_not(limit, Counted(int(today.made) if today else 0, last.last if last else None), at)


def _of_day(limit: Limit, day: date) -> Key:
    return _PARTITION, f"{day.isoformat()}#{limit.scope}"


def _of_last(limit: Limit) -> Key:
    return _PARTITION, f"last#{limit.scope}"
