"""What people have set for the whole engine: halted or not, frozen when, and who said so."""

from collections.abc import Mapping
from dataclasses import dataclass
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
class Control:
    """The engine's state as of now. ``version`` counts its changes, so that two at once cannot undo each other.

    ``by`` and ``at`` tell who halted it or let it go on, and when; None where nobody ever did.
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
        """The span that holds all freezes, and the time between them; None where there is no freeze."""
        if not self.freezes:
            return None
        return min(freeze.start for freeze in self.freezes), max(freeze.end for freeze in self.freezes)

    def is_quiet(self, instant: datetime) -> bool:
        """Whether nothing holds the engine then."""
        return not self.halted and not any(freeze.holds(instant) for freeze in self.freezes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One entry of the engine's history: who did what to all of it, and when (to the microsecond, UTC)."""

    at: datetime
    by: str
    action: str
    details: Mapping[str, Any]

    @property
    def position(self) -> str:
        """Where it stands in the history, which is read backwards."""
        return f"{self.at:%Y-%m-%dT%H:%M:%S.%fZ}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What is allowed of all attacks (``ref`` None) or of one kind: so many in a day of the engine's zone, and so much
    time between the begin of two. None allows any."""

    ref: str | None = None
    per_day: int | None = None
    gap: timedelta | None = None

    @property
    def scope(self) -> str:
        return self.ref or "all attacks"

    def counts(self, *refs: str) -> bool:
        """Whether it counts an attack that goes by these refs: the one that was posted, and its class's own."""
        return self.ref is None or spelt(self.ref) in map(spelt, refs)


def spelt(ref: str) -> str:
    """A ref as the engine writes it: ``module.Class``, as the original's documentation has it, is ``module:Class``."""
    return ref.replace(".", ":")
