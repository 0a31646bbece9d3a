"""What is set for the whole engine, in DynamoDB: ``ports.Controls``. One row, and one for each act of its history."""

from datetime import UTC, datetime

from chalicelib.adapters.aws_failures import Refused
from chalicelib.adapters.dynamodb.control_row import CONTROL, actions_of, control_of_row
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change, Table
from chalicelib.control import Act, Control
from chalicelib.errors import Lost
from chalicelib.model import Page

_HISTORY = "engine.history"
_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Controls:
    _table: Table

    def control(self) -> Control:
        return control_of_row(self._table.get("reading the engine's state", CONTROL).get(CONTROL))

    def steer(self, known: Control, control: Control, act: Act) -> None:
        unchanged = Row.version.does_not_exist() if known.version == 0 else Row.version == known.version
        change = Change(CONTROL, actions_of(control), unchanged)
        entry = self._table.rows(
            _HISTORY,
            act.position,
            expires=self._table.layout.expiry(act.at),
            name=act.action,
            by=act.by,
            outcome=dict(act.details),
        )
        try:
            self._table.together("changing the engine's state", change, put=entry)
        except Refused:
            if self.control() != control:
                raise Lost("the engine was changed by another") from None

    def history(self, *, limit: int, after: str | None) -> Page[Act]:
        rows = self._table.newest("reading the engine's history", _HISTORY, before=after, limit=limit + 1)
        acts = tuple(_act_of_row(row) for row in rows)
        return Page(items=acts[:limit], next_position=acts[limit - 1].position if len(acts) > limit else None)


def _act_of_row(row: Row) -> Act:
    at = datetime.strptime(row.sk, _FORMAT).replace(tzinfo=UTC)
    return Act(at=at, by=row.by, action=row.name, details=row.outcome)
