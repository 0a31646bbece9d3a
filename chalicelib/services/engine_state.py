"""Halt the engine and release it, freeze spans of time, and list who did so.

A change takes effect with the next request and the next attack: nothing is cached. Every change goes into the history,
with its caller.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any, TypeVar

from chalicelib.config.settings import Settings
from chalicelib.domain.dates import parse, show
from chalicelib.domain.engine_state import AuditEntry, Control, Freeze, Lever
from chalicelib.domain.errors import FreezeNotFound, InvalidRequest, located
from chalicelib.domain.fault import Fault
from chalicelib.domain.human_text import FORMAT
from chalicelib.domain.json_schema import Schema, closed
from chalicelib.domain.page import Page
from chalicelib.planning.validation import NAME, check
from chalicelib.ports.engine_state import Controls
from chalicelib.ports.services import Clock
from chalicelib.runtime.contention import retry_conflicts
from chalicelib.scheduling.early_undo import EarlyUndo

T = TypeVar("T")

MOST_FREEZES = 100

REASON: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 512,
    "format": FORMAT,
    "description": "1 to 512 printable characters, one of them visible",
}
LEVER: Schema = closed(["halted"], halted={"type": "boolean"}, reason=REASON, refuse_plans={"type": "boolean"})
FREEZE: Schema = closed(
    ["name", "start", "end", "reason"], name=NAME, start={"type": "string"}, end={"type": "string"}, reason=REASON
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStateService:
    """The use cases of ``engine/``. Every method may raise ``Unavailable``: then nothing was changed."""

    settings: Settings
    controls: Controls
    early_undo: EarlyUndo
    clock: Clock
    rng: Random
    pause: Callable[[float], None] = time.sleep

    def control(self) -> Control:
        """Return the engine's state as of now."""
        return self.controls.control()

    def pull(self, document: Any, by: str) -> Control:
        """Halt the engine or release it, as the posted document says, and return its state; ``by`` is who asks.

        A halt also undoes at once all attacks that can be undone. The halt comes first, and stays whatever becomes of
        the undos. Of two calls at once the last one counts; a change of the freezes never delays this one.

        Raises ``InvalidRequest``: to halt takes a reason, and to refuse plans takes a halt.
        """
        check(document, LEVER)
        halted, reason = document["halted"], document.get("reason")
        if halted and reason is None:
            why = "a halt needs a reason: give one, the engine shows it to everybody"
            raise InvalidRequest(why, (Fault("$.reason", why),))
        if document.get("refuse_plans") and not halted:
            why = "only a halted engine refuses plans: give halted as true, or leave refuse_plans out"
            raise InvalidRequest(why, (Fault("$.refuse_plans", why),))
        now = self.clock()
        lever = Lever(
            halted=halted,
            reason=reason if halted else None,
            refuse_plans=document.get("refuse_plans", False),
            by=by,
            at=now.replace(microsecond=0),
        )
        act = AuditEntry(at=now, by=by, action="halted" if halted else "let go on", details=dict(document))
        pull = partial(self.controls.pull, lever, act)
        control = retry_conflicts(pull, "pulling the halt lever", pause=self.pause, rng=self.rng)
        if halted:
            self.early_undo.revert_all(by)
        return control

    def history(self, *, limit: int, after: str | None) -> Page[AuditEntry]:
        """Return a page of the changes to the engine's state, newest first."""
        return self.controls.history(limit=limit, after=after)

    def freeze(self, document: Any, by: str) -> Freeze:
        """Freeze a span of time. Raises ``InvalidRequest`` for one that is over, or ends before it begins."""
        check(document, FREEZE)
        now, zone = self.clock(), self.settings.timezone
        with located("$.start"):
            start = parse(document["start"], zone)
        with located("$.end"):
            end = parse(document["end"], zone)
            if end <= max(start, now):
                raise InvalidRequest(
                    f"the freeze ends at {show(end, zone)}: give an end after its start and after {show(now, zone)}"
                )
        freeze = Freeze(
            id=f"{self.rng.getrandbits(64):016x}",
            name=document["name"],
            start=start,
            end=end,
            reason=document["reason"],
        )

        def frozen(control: Control) -> tuple[Control, Freeze]:
            """Return the state with the new freeze, without those that are over: the history has them."""
            left = [each for each in control.freezes if each.end > now]
            if len(left) >= MOST_FREEZES:
                raise InvalidRequest(f"there are {MOST_FREEZES} freezes already: delete one that is not needed")
            return replace(control, freezes=(*sorted([*left, freeze], key=lambda each: each.start),)), freeze

        return self._steer(frozen, AuditEntry(at=now, by=by, action="froze", details=_shown(freeze)))

    def thaw(self, freeze_id: str, by: str) -> None:
        """Take a freeze back. Raises ``FreezeNotFound``."""
        now = self.clock()

        def thawed(control: Control) -> tuple[Control, Freeze]:
            found = next((each for each in control.freezes if each.id == freeze_id), None)
            if found is None:
                raise FreezeNotFound(freeze_id)
            return replace(control, freezes=tuple(each for each in control.freezes if each is not found)), found

        known = next((each for each in self.control().freezes if each.id == freeze_id), None)
        if known is None:
            raise FreezeNotFound(freeze_id)
        self._steer(thawed, AuditEntry(at=now, by=by, action="thawed", details=_shown(known)))

    def _steer(self, change: Callable[[Control], tuple[Control, T]], act: AuditEntry) -> T:
        """Read, change and write; read again where another was faster."""

        def steer() -> T:
            known = self.controls.control()
            changed, result = change(known)
            self.controls.steer(known, replace(changed, version=known.version + 1), act)
            return result

        return retry_conflicts(steer, "changing the engine's state", pause=self.pause, rng=self.rng)


def _shown(freeze: Freeze) -> Mapping[str, Any]:
    return {
        "id": freeze.id,
        "name": freeze.name,
        "start": freeze.start.isoformat(),
        "end": freeze.end.isoformat(),
        "reason": freeze.reason,
    }
