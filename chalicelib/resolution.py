"""What an attack could hit now, as the resolve function tells the API: it crosses from one to the other as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.plugin import Target

CANNOT_SAY = "the attack does not say what it could hit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """``candidates``, those of them that are ``running``, and ``spared`` count; ``named`` and ``why_spared`` (reasons
    by id) are the first of them.

    ``unknown`` is why nothing of that is known: the attack cannot say, or it was asked and failed (``failed``).
    """

    candidates: int = 0
    running: int = 0
    named: tuple[Target, ...] = ()
    takes: int = 1
    spared: int = 0
    why_spared: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    unknown: str | None = None
    failed: bool = False

    @classmethod
    def failure(cls, sentence: str) -> "Resolution":
        return cls(unknown=sentence, failed=True)

    def document(self) -> dict[str, Any]:
        """As JSON: ``{"error"}``, ``{"unknown": true}``, or all the rest."""
        if self.failed:
            return {"error": self.unknown}
        if self.unknown is not None:
            return {"unknown": True}
        return {
            "candidates": [{"id": target.id, "name": target.name} for target in self.named],
            "candidates_total": self.candidates,
            "running_total": self.running,
            "takes": self.takes,
            "spared": dict(self.why_spared),
            "spared_total": self.spared,
            "known": dict(self.known),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Resolution":
        """From what ``document`` made. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
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
            why_spared=document["spared"],
            known=document["known"],
        )
