"""The engine's state and its row, in both directions. It lies in the table of the plans, under a key of its own.

Its quietness is written beside the document, so that a claim can ask for it in a condition.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamodb.fields import Malformed, optional, required
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.domain.dates import stored
from chalicelib.domain.engine_state import Control, Freeze, Lever

CONTROL = ("engine", "control")
UNREADABLE = "the engine's state on record cannot be read: PUT engine/ writes it anew, without its freezes"


def control_of_row(row: Row | None) -> Control:
    """Return the engine's state in its row; what was never set is as it is by default.

    Guards fail closed: an engine is halted if its state cannot be read, or if the attributes that the conditions of
    transactions ask for say something else than its document. Version 0 is that of a row without a number.
    """
    if row is None:
        return Control()
    version = row.version if isinstance(row.version, int) and row.version > 0 else 0
    try:
        lever = optional(row, "lever", dict) or {}
        control = _control({**required(row, "control", dict), **lever}, version)
        halted = required(row, "halted", bool)
        frozen = optional(row, "frozen_from", datetime), optional(row, "frozen_until", datetime)
    except (Malformed, KeyError, TypeError, ValueError):
        return unreadable(version)
    agree = (halted, frozen) == (control.halted, control.frozen or (None, None))
    return control if version and agree else unreadable(version)


def unreadable(version: int) -> Control:
    """Return the state of an engine whose row cannot be read: halted, with what writes it anew as the reason."""
    return Control(halted=True, reason=UNREADABLE, version=version)


def _control(document: Mapping[str, Any], version: int) -> Control:
    """Raise ``KeyError``, ``TypeError`` or ``ValueError`` where the document is not one that this engine writes."""
    return Control(
        halted=_typed(document["halted"], bool),
        reason=_typed(document["reason"], str | None),
        refuse_plans=_typed(document["refuse_plans"], bool),
        by=_typed(document["by"], str | None),
        at=None if document["at"] is None else stored(document["at"]),
        freezes=tuple(map(_freeze, document["freezes"])),
        version=version,
    )


def _freeze(document: Mapping[str, Any]) -> Freeze:
    return Freeze(
        id=_typed(document["id"], str),
        name=_typed(document["name"], str),
        start=stored(document["start"]),
        end=stored(document["end"]),
        reason=_typed(document["reason"], str),
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
    """Return the update actions that write this state to the engine's row."""
    actions = [
        Row.version.set(control.version),
        Row.control.set(document_of(control)),
        Row.lever.remove(),  # the document has its position
        Row.halted.set(control.halted),
    ]
    if control.frozen is None:
        return [*actions, Row.frozen_from.remove(), Row.frozen_until.remove()]
    return [*actions, Row.frozen_from.set(control.frozen[0]), Row.frozen_until.set(control.frozen[1])]


def actions_of_lever(lever: Lever) -> list[Action]:
    """Return the actions that put the lever into that position.

    The lever counts instead of the position in the document. This is a new version, so a caller who has not read it
    cannot overwrite it.
    """
    position = {
        "halted": lever.halted,
        "reason": lever.reason,
        "refuse_plans": lever.refuse_plans,
        "by": lever.by,
        "at": lever.at.isoformat(),
    }
    document = Row.control | document_of(Control())  # the stored state, or that of an engine which nobody has changed
    return [Row.lever.set(position), Row.halted.set(lever.halted), Row.control.set(document), Row.version.add(1)]


def quiet(instant: datetime) -> Condition:
    """Return the condition on the engine's row that nothing blocks attacks at this instant.

    The row holds only the span of all freezes. So the condition fails between two freezes, where ``Control.is_quiet``
    holds.
    """
    unfrozen: Condition = (
        Row.frozen_until.does_not_exist() | (Row.frozen_until <= instant) | (Row.frozen_from > instant)
    )
    going: Condition = Row.halted == False  # noqa: E712 - pynamodb builds a condition of it
    calm: Condition = Row.pk.does_not_exist() | (going & unfrozen)
    return calm


def quiet_or_unchanged(judged: Control, instant: datetime) -> Condition:
    """Return the condition that the engine is ``quiet``, or still in the state that was judged to allow an attack."""
    condition: Condition = quiet(instant) | (Row.version == judged.version)
    return condition


def _typed(value: Any, kind: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"not a {kind}")
    return value
