"""The targets of an attack: as it finds them, and as the resolve function returns them to the API, in JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CANNOT_SAY = "the attack does not say what it could hit"


@dataclass(frozen=True, slots=True)
class Target:
    """A machine that an attack may choose: ``min_healthy`` counts those that are ``running``."""

    id: str
    name: str | None = None
    running: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The targets of an attack now. ``known`` goes on record with them (a Region, for instance).

    ``spared`` has the reason for each machine that matches and is no candidate, by id. ``warnings`` are sentences for
    the author of the plan: for instance that no machine has a tag key of the filter in that case.
    """

    candidates: tuple[Target, ...]
    known: Mapping[str, Any] = field(default_factory=dict)
    spared: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The targets that an attack could hit.

    ``candidates``, those of them that are ``running``, and ``spared`` are counts. ``named`` and ``why_spared`` (reasons
    by id) list the first of them. ``warnings`` are the attack's sentences about its filters. ``unknown`` is the reason
    why nothing of that is known: the attack cannot resolve its targets, or it failed to (``failed``).
    """

    candidates: int = 0
    running: int = 0
    named: tuple[Target, ...] = ()
    takes: int = 1
    spared: int = 0
    spared_because: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    unknown: str | None = None
    failed: bool = False

    @classmethod
    def failure(cls, sentence: str) -> "Resolution":
        return cls(unknown=sentence, failed=True)

    def document(self) -> dict[str, Any]:
        """Return it as JSON: ``{"error"}``, ``{"unknown": true}``, or all the rest."""
        if self.failed:
            return {"error": self.unknown}
        if self.unknown is not None:
            return {"unknown": True}
        return {
            "candidates": [{"id": target.id, "name": target.name} for target in self.named],
            "candidates_total": self.candidates,
            "running_total": self.running,
            "takes": self.takes,
            "spared": dict(self.spared_because),
            "spared_total": self.spared,
            "known": dict(self.known),
            "warnings": list(self.warnings),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Resolution":
        """Return the resolution in a ``document``. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything
        else."""
        if "error" in document:
            return cls.failure(str(document["error"]))
        if "unknown" in document:
            return cls(unknown=CANNOT_SAY)
        return cls(
            candidates=int(document["candidates_total"]),
            running=int(document["running_total"]),
            named=tuple(Target(each["id"], each["name"]) for each in document["candidates"]),
            takes=int(document["takes"]),
            spared=int(document["spared_total"]),
            spared_because=document["spared"],
            known=document["known"],
            warnings=tuple(map(str, document["warnings"])),
        )
