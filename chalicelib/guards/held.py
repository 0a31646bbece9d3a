"""What a guard that holds an attack back gives."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    """An attack that is not to be: by which guard, and why, in words for a person."""

    guard: str
    reason: str
