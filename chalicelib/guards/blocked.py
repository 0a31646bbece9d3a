"""Hold the reason of a guard that blocks an attack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Blocked:
    """An attack that is not to be: by which guard, and why, in words for a person."""

    guard: str
    reason: str
