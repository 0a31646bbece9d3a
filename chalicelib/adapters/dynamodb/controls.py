"""Keep the state of the whole engine in DynamoDB (``ports.Controls``): one row, and one for each history entry."""

from dataclasses import dataclass, replace

from chalicelib.adapters.aws.errors import Refused
from chalicelib.adapters.dynamodb.control_row import (
    CONTROL,
    UNREADABLE,
    actions_of,
    actions_of_lever,
    control_of_row,
)
from chalicelib.adapters.dynamodb.fields import Malformed, required, text
from chalicelib.adapters.dynamodb.mapping import readable
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Change, Table
from chalicelib.domain.broken import Broken, Kind
from chalicelib.domain.dates import stored
from chalicelib.domain.engine_state import AuditEntry, Control, Lever
from chalicelib.domain.errors import Unreadable, WriteConflict
from chalicelib.domain.page import Page

_HISTORY = "engine.history"


@dataclass(frozen=True, slots=True)
class Controls:
    table: Table

    def control(self) -> Control:
        return control_of_row(self.table.get("reading the engine's state", CONTROL).get(CONTROL))

    def steer(self, known: Control, control: Control, act: AuditEntry) -> None:
        unchanged = Row.version == known.version
        if known.version == 0:  # no row, or one without a number
            unchanged = Row.version.does_not_exist() | ~(Row.version > 0)  # a text is not greater than a number
        change = Change(CONTROL, actions_of(control), unchanged)
        try:
            self.table.together("changing the engine's state", change, put=self._entry(act))
        except Refused:
            if not self._is_done(act):
                raise WriteConflict("another request has changed the engine's state") from None

    def pull(self, lever: Lever, act: AuditEntry) -> Control:
        row = self.table.get("reading the engine's state", CONTROL).get(CONTROL)
        known = control_of_row(row)
        pulled = lever.of(replace(known, version=known.version + 1))
        if row is not None and (known.version == 0 or known.reason == UNREADABLE):
            self.steer(known, pulled, act)
        else:
            change = Change(CONTROL, actions_of_lever(lever), None)
            self.table.together("pulling the halt lever", change, put=self._entry(act))
        return pulled

    def history(self, *, limit: int, after: str | None) -> Page[AuditEntry]:
        rows = self.table.newest("reading the engine's history", _HISTORY, before=after, limit=limit + 1)
        acts, broken = readable(rows[:limit], _act_of_row)
        return Page(items=acts, broken=broken, next_position=rows[limit - 1].sk if len(rows) > limit else None)

    def _entry(self, act: AuditEntry) -> Row:
        return self.table.rows(
            _HISTORY,
            act.position,
            expires=self.table.layout.expiry(act.at),
            name=act.action,
            by=act.by,
            outcome=dict(act.details),
        )

    def _is_done(self, act: AuditEntry) -> bool:
        """Return whether the act is in the history, into which it came together with its change."""
        key = (_HISTORY, act.position)
        row = self.table.get("reading the engine's history", key).get(key)
        return row is not None and readable([row], _act_of_row)[0] == (act,)


def _act_of_row(row: Row) -> AuditEntry:
    """Return the entry in a row. Raise ``Unreadable``."""
    try:
        at = stored(row.sk)
        return AuditEntry(at=at, by=text(row, "by"), action=text(row, "name"), details=required(row, "outcome", dict))
    except (Malformed, ValueError) as error:
        problem = str(error) if isinstance(error, Malformed) else "its date is malformed"
        broken = Broken(kind=Kind.ENTRY, id=row.sk, plan_id=None, problem=problem, position=row.sk)
        raise Unreadable(broken) from None
