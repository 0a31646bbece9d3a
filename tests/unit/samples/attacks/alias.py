"""Another place to find the attack at."""

from tests.unit.samples.attacks.note import Note

__all__ = ["Note"]
