"""The engine's state and its row, in both directions. It lies in the table of the plans, under a key of its own."""

from datetime import datetime
from typing import Any

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


def _instant(text: str | None) -> datetime | None:
    return None if text is None else _known(text)


def _known(text: str) -> datetime:
    return datetime.fromisoformat(text)
