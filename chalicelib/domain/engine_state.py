"""Hold the state of the whole engine, as people set it: halted or not, frozen when, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """A span of time in which nothing is attacked: ``start`` is in it, ``end`` is not. Both UTC, whole seconds."""

    id: str
    name: str
    start: datetime
    end: datetime
    reason: str

    def holds(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """A position of the halt lever, and who put it there."""

    halted: bool
    reason: str | None
    refuse_plans: bool
    by: str
    at: datetime

    def of(self, control: "Control") -> "Control":
        """Return the engine's state with the lever in this position."""
        return replace(
            control,
            halted=self.halted,
            reason=self.reason,
            refuse_plans=self.refuse_plans,
            by=self.by,
            at=self.at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The engine's state as of now. ``version`` counts its changes, so that two at once cannot undo each other.

    ``by`` and ``at`` are those of the last halt or release; None where there was none.
    """

    halted: bool = False
    reason: str | None = None
    refuse_plans: bool = False
    by: str | None = None
    at: datetime | None = None
    freezes: tuple[Freeze, ...] = ()
    version: int = 0

    @property
    def frozen(self) -> tuple[datetime, datetime] | None:
        """Return the span from the first freeze's start to the last one's end; None where there is no freeze."""
        if not self.freezes:
            return None
        return min(freeze.start for freeze in self.freezes), max(freeze.end for freeze in self.freezes)

    def is_quiet(self, instant: datetime) -> bool:
        """Return whether neither a halt nor a freeze holds then."""
        return not self.halted and not any(freeze.holds(instant) for freeze in self.freezes)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry of the engine's history: who did what to all of it, and when (to the microsecond, UTC)."""

    at: datetime
    by: str
    action: str
    details: Mapping[str, Any]

    @property
    def position(self) -> str:
        """Return its place in the history, which is read backwards."""
        return f"{self.at:%Y-%m-%dT%H:%M:%S.%fZ}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit on all attacks (``ref`` None) or on one kind: attacks in a day of the engine's zone, and the time between
    two begins. None means no limit."""

    ref: str | None = None
    per_day: int | None = None
    gap: timedelta | None = None

    @property
    def scope(self) -> str:
        return self.ref or "all attacks"

    def counts(self, *refs: str) -> bool:
        """Return whether it counts an attack, given the ref that was posted and that of its class."""
        return self.ref is None or spelt(self.ref) in map(spelt, refs)


def spelt(ref: str) -> str:
    """Return a ref as the engine writes it: the original's ``module.Class`` becomes ``module:Class``."""
    return ref.replace(".", ":")
