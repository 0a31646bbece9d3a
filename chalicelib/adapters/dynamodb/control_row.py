"""The engine's state and its row, in both directions. It lies in the table of the plans, under a key of its own.

Whether it is quiet is written beside the document, so that a claim can ask for it in a condition.
"""

from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamodb.row import Row
from chalicelib.control import Control, Freeze

CONTROL = ("engine", "control")


def control_of_row(row: Row | None) -> Control:
    """The engine's state in its row; what was never set is as it is by default."""
    if row is None:
        return Control()
    document = row.control
    return Control(
        halted=document["halted"],
        reason=document["reason"],
        refuse_plans=document["refuse_plans"],
        by=document["by"],
        at=_instant(document["at"]),
        freezes=tuple(
            Freeze(**{**freeze, "start": _known(freeze["start"]), "end": _known(freeze["end"])})
            for freeze in document["freezes"]
        ),
        version=int(row.version),
    )


def document_of(control: Control) -> dict[str, Any]:
    return {
        "halted": control.halted,
        "reason": control.reason,
        "refuse_plans": control.refuse_plans,
        "by": control.by,
        "at": control.at and control.at.isoformat(),
        "freezes": [
            {
                "id": freeze.id,
                "name": freeze.name,
                "start": freeze.start.isoformat(),
                "end": freeze.end.isoformat(),
                "reason": freeze.reason,
            }
            for freeze in control.freezes
        ],
    }


def actions_of(control: Control) -> list[Action]:
    """What makes the row say that the engine is so."""
    actions = [
        Row.version.set(control.version),
        Row.control.set(document_of(control)),
        Row.halted.set(control.halted),
    ]
    if control.frozen is None:
        return [*actions, Row.frozen_from.remove(), Row.frozen_until.remove()]
    return [*actions, Row.frozen_from.set(control.frozen[0]), Row.frozen_until.set(control.frozen[1])]


def quiet(instant: datetime) -> Condition:
    """That ``Control.is_quiet``, as a condition on the row that does not look at single freezes: it does not hold
    between two, nor for a row from before it could be asked."""
    unfrozen: Condition = (
        Row.frozen_until.does_not_exist() | (Row.frozen_until <= instant) | (Row.frozen_from > instant)
    )
    going: Condition = Row.halted == False  # noqa: E712  pynamodb builds a condition of it
    calm: Condition = Row.pk.does_not_exist() | (going & unfrozen)
    return calm


def unchanged_since(control: Control) -> Condition:
    """The row is still that of the control as it is given, which was read from it."""
    same: Condition = Row.version == control.version
    return same


def _instant(text: str | None) -> datetime | None:
    return None if text is None else _known(text)


def _known(text: str) -> datetime:
    return datetime.fromisoformat(text)
