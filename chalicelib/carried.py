"""What a schedule carries besides its appointment, so that an attack can be claimed without reading the table first.

The pattern is *event-carried state transfer* (https://martinfowler.com/articles/201701-event-driven.html). The table
stays the authority: the claim compares all of it with the rows in the very transaction that makes the executor run
(``ports.Runs.claim_unread``, docs/adr/0014), so what is stale, or was written by somebody else, is never acted upon.
"""

import json
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.ids import plan_of
from chalicelib.model import Config, Executor, Mode, Plan, Terms

LARGEST = 8 * 1024
"""Bytes of JSON. Most attacks take 200, one with a sealed key 4,000; what is larger is read from the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """An executor as it is stored while it is scheduled, but for what its appointment says of it.

    ``attack`` is as it is stored, its secrets sealed; it is the executor's ``own`` or else its plan's. ``last``: its
    plan had no later one when the schedule was written. Only a guess rests on that.
    """

    name: str
    attack: Config
    own: bool = False
    changed_by: str | None = None
    last: bool = False

    def document(self) -> dict[str, Any]:
        """As it is written; what is usual is left out."""
        document: dict[str, Any] = {"name": self.name, "attack": self.attack}
        unusual = {"own": self.own, "changed_by": self.changed_by, "last": self.last}
        return {**document, **{name: value for name, value in unusual.items() if value}}

    def told(self, executor_id: str, due: datetime) -> tuple[Executor, Terms]:
        """The executor of that appointment, and its plan's terms, if all this is still true."""
        executor = Executor(
            id=executor_id,
            plan_id=plan_of(executor_id),
            name=self.name,
            due=due,
            attack=self.attack if self.own else None,
            changed_by=self.changed_by,
        )
        return executor, Terms(attack=self.attack)


def carried_by(plan: Plan, executor: Executor) -> Carried | None:
    """What the executor's schedule carries. None where there is something to be judged or undone, for which the table
    is read anyway, and where it would be too much."""
    if plan.mode is not Mode.ATTACK or plan.guards is not None or executor.undo or executor.undoes:
        return None
    carried = Carried(
        name=executor.name,
        attack=plan.attack if executor.attack is None else executor.attack,
        own=executor.attack is not None,
        changed_by=executor.changed_by,
        last=_is_last(plan, executor),
    )
    return carried if _is_small(carried.document()) else None


def carried_of(document: Any) -> Carried | None:
    """What an event carries; None where that is nothing that could be used. Never raises."""
    if not isinstance(document, Mapping):
        return None
    name, attack, changed_by = document.get("name"), document.get("attack"), document.get("changed_by")
    own, last = document.get("own", False), document.get("last", False)
    if not (isinstance(name, str) and isinstance(attack, Mapping) and isinstance(changed_by, str | None)):
        return None
    if not (isinstance(own, bool) and isinstance(last, bool) and _is_attack(attack) and _is_small(document)):
        return None
    return Carried(name=name, attack=attack, own=own, changed_by=changed_by, last=last)


def _is_attack(document: Mapping[str, Any]) -> bool:
    return isinstance(document.get("ref"), str) and "args" in document


def _is_small(document: Mapping[str, Any]) -> bool:
    try:
        return len(json.dumps(document, allow_nan=False)) <= LARGEST
    except (ValueError, RecursionError):  # not what the engine wrote
        return False


def _is_last(plan: Plan, executor: Executor) -> bool:
    """Of several at one instant none is taken to be the last: that is right for all but one."""
    return len(plan.dues) - bisect_left(plan.dues, executor.due) <= 1
