"""Hold the machines that match an attack's filters, and the base of attacks that choose among them once."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Generic, TypeVar

from chalicelib.domain.attack_failures import AttackFailed, Spared
from chalicelib.domain.targets import Resolved, Target
from chalicelib.plugin import Attack

_RUNNING = "running"
"""libcloud's name for it, whatever the cloud."""

Place_co = TypeVar("Place_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[Place_co]):
    """The machines of a ``place`` that match: ``nodes`` may be attacked, in the order of their ids; ``spared`` says by
    id why others may not. ``name`` is the place's, and ``known`` goes on record. ``warnings`` are sentences about the
    filters, for who posts the plan."""

    place: Place_co
    name: str
    nodes: Sequence[Any]
    spared: Mapping[str, str]
    known: Mapping[str, Any]
    warnings: tuple[str, ...] = ()

    def resolved(self) -> Resolved:
        """Return the targets as the engine asks for them."""
        return Resolved(
            candidates=tuple(
                Target(str(node.id), str(node.name) if node.name else None, str(node.state) == _RUNNING)
                for node in self.nodes
            ),
            known=self.known,
            spared=self.spared,
            warnings=self.warnings,
        )

    def record(self) -> dict[str, Any]:
        """Return what goes on record with the outcome of an attack, with ``spared`` where there are some."""
        spared = {"spared": len(self.spared)} if self.spared else {}
        return {**self.known, "candidates": len(self.nodes), **spared}

    def choose(self, rng: Random, at_most: int, *, what: str, done: str) -> list[Any]:
        """Return so many nodes at random, or all where there are fewer.

        ``what`` and ``done`` are words for the errors, "instance" and "terminated": ``AttackFailed`` where nothing
        matches, ``Spared`` where all that match are spared.
        """
        if self.nodes:
            return rng.sample(self.nodes, min(at_most, len(self.nodes))) if at_most > 1 else [rng.choice(self.nodes)]
        if not self.spared:
            raise AttackFailed(f"no {what} {self.name} matches: nothing was {done}", **self.record())
        id, reason = min(self.spared.items())
        raise Spared(
            f"every {what} {self.name} that matches is spared ({len(self.spared)}; {id}: {reason}): nothing was {done}",
            **self.record(),
        )


class ChoosingAttack(Attack, Generic[Place_co]):
    """An attack on machines that it chooses: it looks once, be it in ``resolve``, ``prepare`` or ``run``."""

    _found: Found[Place_co] | None = None

    @property
    def takes(self) -> int:
        """One, unless it is another kind."""
        return 1

    @abstractmethod
    def find(self) -> Found[Place_co]:
        """Return the machines that match, and which of them may be attacked. Raises ``AttackFailed``."""

    def resolve(self) -> Resolved:
        """Return the machines that ``run`` chooses among. Raises ``AttackFailed`` where they cannot be listed."""
        self._found = self.find()
        return self._found.resolved()

    def found(self) -> Found[Place_co]:
        """Return the first result of ``find``. Raises ``AttackFailed``."""
        if self._found is None:
            self._found = self.find()
        return self._found
