"""Let an attack begin, the last step before it acts, in DynamoDB: ``ports.Runs.begin``.

Each limit has two rows: one counts a day's attacks, the other holds when the last one began. Both change in one
transaction with the executor. So of fifty attacks at once exactly as many begin as the limit allows, each counted once.
The same transaction checks the engine's row, so no attack begins after a halt has been answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from pynamodb.expressions.update import Action

from chalicelib.adapters.aws.errors import Refused
from chalicelib.adapters.dynamodb.control_row import CONTROL, control_of_row, quiet, quiet_or_unchanged
from chalicelib.adapters.dynamodb.executor_rows import ExecutorRows, pair, unchanged
from chalicelib.adapters.dynamodb.layout import executor_key, pending_key
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change, Key
from chalicelib.domain.engine_state import Control, Limit
from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.ids import plan_of
from chalicelib.domain.limits import Counted, limit_violation
from chalicelib.domain.model import Config, Executor, Status
from chalicelib.domain.page import position
from chalicelib.domain.unavailable import Unavailable

_PARTITION = "engine.caps"


def begin(
    rows: ExecutorRows,
    executor: Executor,
    limits: Sequence[Limit],
    day: date,
    at: datetime,
    prepared: Config | None = None,
) -> Executor | Control | str:
    if executor.status is not Status.RUNNING or executor.began:
        raise WriteConflict(f"executor {executor.id} is {executor.status}")
    operation, acting = "counting the attack", replace(executor, began=at, prepared=prepared)
    actions: list[Action] = [Row.began.set(at)]
    notes = []
    if prepared is not None:
        actions.append(Row.prepared.set(prepared))
        notes = [_pending(rows, executor.undo, at)] if executor.undo else []
    change = Change(executor_key(executor.id), actions, unchanged(executor) & Row.began.does_not_exist())
    counts = [count for limit in limits for count in _counts(rows, limit, day, at)]
    allowed = quiet(at)
    for attempt in range(rows.table.backoff.tries):
        try:
            rows.table.together(operation, change, *notes, *counts, check=(CONTROL, allowed))
            return acting
        except Refused as refused:
            read = rows.table.shown(refused)
            if not read:
                read = rows.table.get(operation, *pair(executor.id), CONTROL, *_keys(limits, day))
                found = rows.found(executor.id, read)
                if found is not None and rows.same(found[1], acting):
                    return acting
                if found is None or not rows.same(found[1], executor):
                    raise WriteConflict(f"executor {executor.id} is not running as it was") from None
            control = control_of_row(read.get(CONTROL))
            if not control.is_quiet(at):
                return control
            if reason := _first_reason(limits, read, day, at):
                return reason
            # The time between two freezes is quiet too, which a condition on the row alone cannot express.
            allowed = quiet_or_unchanged(control, at)
        if not rows.table.backoff.pause(attempt):  # the gap has ended between the two requests
            break
    raise Unavailable(operation)


def _pending(rows: ExecutorRows, undo_id: str, noted: datetime) -> Change:
    layout = rows.table.layout
    actions = [
        Row.state_key.set(layout.pending_undos(layout.shard(plan_of(undo_id)))),
        Row.position.set(position(noted, undo_id)),
        Row.expires.set(layout.expiry(noted)),
    ]
    return Change(pending_key(undo_id), actions, None)


def _counts(rows: ExecutorRows, limit: Limit, day: date, at: datetime) -> list[Change]:
    changes = []
    if limit.per_day is not None:
        over = datetime.combine(day, time(), UTC) + timedelta(days=2)  # in every zone
        actions: list[Action] = [Row.made.add(1), Row.expires.set(rows.table.layout.expiry(over))]
        allowed = Row.made.does_not_exist() | (Row.made < limit.per_day)
        changes.append(Change(_of_day(limit, day), actions, allowed, shown=True))
    if limit.gap is not None:
        actions = [Row.last.set(at), Row.expires.set(rows.table.layout.expiry(at + limit.gap))]
        allowed = Row.last.does_not_exist() | (Row.last <= at - limit.gap)
        changes.append(Change(_of_last(limit), actions, allowed, shown=True))
    return changes


def _keys(limits: Sequence[Limit], day: date) -> list[Key]:
    return [key for limit in limits for key in (_of_day(limit, day), _of_last(limit))]


def _first_reason(limits: Sequence[Limit], rows: Mapping[Key, Row], day: date, at: datetime) -> str | None:
    return next(filter(None, (_violation(limit, rows, day, at) for limit in limits)), None)


def _violation(limit: Limit, rows: Mapping[Key, Row], day: date, at: datetime) -> str | None:
    today, last = rows.get(_of_day(limit, day)), rows.get(_of_last(limit))
    if any(row is not None and row.problems for row in (today, last)):
        return f"the count of {limit.scope} on record cannot be read"
    return limit_violation(limit, Counted(int(today.made or 0) if today else 0, last.last if last else None), at)


def _of_day(limit: Limit, day: date) -> Key:
    return _PARTITION, f"{day.isoformat()}#{limit.scope}"


def _of_last(limit: Limit) -> Key:
    return _PARTITION, f"last#{limit.scope}"
