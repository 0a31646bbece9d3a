"""The exceptions that an attack raises on purpose."""

from typing import Any, Self


class AttackFailed(Exception):
    """An attack did not do what it was for.

    ``message`` is a sentence for a person; ``outcome`` is what is known all the same (candidates, choice), and goes on
    record with it. Neither may hold a secret.
    """

    def __init__(self, message: str, **outcome: Any) -> None:
        super().__init__(message)
        self.outcome = outcome

    def with_outcome(self, **outcome: Any) -> Self:
        """Return the same failure, of the same class, with this outcome."""
        return type(self)(str(self), **outcome)


class Spared(AttackFailed):
    """The refusal to attack a resource that is protected, or may be: the executor is skipped.

    The drivers raise it. A plugin lets it pass only where it has changed nothing before; else it raises
    ``AttackFailed``.
    """
