"""What people can do to the whole engine: halt it and let it go on, freeze spans of time, and read who did what.

It takes effect with the next request and the next attack: nothing is cached. Every change goes into the history, with
who made it.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeVar

from chalicelib.control import Act, Control, Freeze
from chalicelib.dates import parse, show
from chalicelib.errors import FreezeNotFound, InvalidRequest, Lost, Unavailable
from chalicelib.model import Page
from chalicelib.ports.services import Clock
from chalicelib.ports.stores import Controls
from chalicelib.reverting import Reverting
from chalicelib.schema import Schema, closed
from chalicelib.settings import Settings
from chalicelib.validation import NAME, check

T = TypeVar("T")

MOST_FREEZES = 100
_TRIES_AGAINST_OTHERS = 5

REASON: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 512,
    "pattern": r"^(?=.*\S)" + NAME["pattern"][1:],
    "description": "1 to 512 printable characters, not spaces alone",
}
LEVER: Schema = closed(["halted"], halted={"type": "boolean"}, reason=REASON, refuse_plans={"type": "boolean"})
FREEZE: Schema = closed(
    ["name", "start", "end", "reason"], name=NAME, start={"type": "string"}, end={"type": "string"}, reason=REASON
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """The use cases of ``engine/``. Every method may raise ``Unavailable``: then nothing was changed."""

    settings: Settings
    controls: Controls
    reverting: Reverting
    clock: Clock
    rng: Random

    def control(self) -> Control:
        """The engine's state as of now."""
        return self.controls.control()

    def pull(self, document: Any, by: str) -> Control:
        """Halt the engine or let it go on, as the posted document says; ``by`` is who asks. What was begun is undone at
        once when it is halted: the lever is pulled first, and stays so whatever comes of that.

        Raises ``InvalidRequest``: to halt takes a reason, and to refuse plans takes a halt.
        """
        check(document, LEVER)
        halted, reason = document["halted"], document.get("reason")
        if halted and reason is None:
            raise InvalidRequest("to halt the engine give a reason: it is shown to whoever wonders why nothing happens")
        if document.get("refuse_plans") and not halted:
            raise InvalidRequest("only a halted engine refuses plans: give halted as true, or leave refuse_plans out")
        now = self.clock()

        def pulled(control: Control) -> Control:
            return replace(
                control,
                halted=halted,
                reason=reason if halted else None,
                refuse_plans=document.get("refuse_plans", False),
                by=by,
                at=now.replace(microsecond=0),
            )

        act = Act(at=now, by=by, action="halted" if halted else "let go on", details=dict(document))
        control = self._steer(lambda control: (pulled(control), control), act)[1]
        if halted:
            self.reverting.revert_all(by)
        return control

    def history(self, *, limit: int, after: str | None) -> Page[Act]:
        """A page of what was done to the engine, newest first."""
        return self.controls.history(limit=limit, after=after)

    def freeze(self, document: Any, by: str) -> Freeze:
        """Freeze a span of time. Raises ``InvalidRequest`` for one that is over, or ends before it begins."""
        check(document, FREEZE)
        now, zone = self.clock(), self.settings.timezone
        start, end = parse(document["start"], zone), parse(document["end"], zone)
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
            """What is over is forgotten: the history has it."""
            left = [each for each in control.freezes if each.end > now]
            if len(left) >= MOST_FREEZES:
                raise InvalidRequest(f"there are {MOST_FREEZES} freezes already: delete one that is not needed")
            return replace(control, freezes=(*sorted([*left, freeze], key=lambda each: each.start),)), freeze

        return self._steer(frozen, Act(at=now, by=by, action="froze", details=_shown(freeze)))[0]

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
        self._steer(thawed, Act(at=now, by=by, action="thawed", details=_shown(known)))

    def _steer(self, change: Callable[[Control], tuple[Control, T]], act: Act) -> tuple[T, Control]:
        """Read, change and write; read again where another was faster."""
        for _ in range(_TRIES_AGAINST_OTHERS):
            known = self.controls.control()
            changed, result = change(known)
            changed = replace(changed, version=known.version + 1)
            with suppress(Lost):
                self.controls.steer(known, changed, act)
                return result, changed
        raise Unavailable("changing the engine's state", retry_after=1)


def _shown(freeze: Freeze) -> Mapping[str, Any]:
    return {
        "id": freeze.id,
        "name": freeze.name,
        "start": freeze.start.isoformat(),
        "end": freeze.end.isoformat(),
        "reason": freeze.reason,
    }
