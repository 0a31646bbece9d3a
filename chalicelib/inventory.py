"""What a store and a scheduler hold, as a comparison of the two needs it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model import Executor, Plan

Facts = Mapping[str, str]
"""What is compared of a schedule, by its name in words: its date, whom it invokes, with what, ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A schedule as it was found. ``due`` is None where it does not fire once, or its date cannot be read."""

    name: str
    facts: Facts
    due: datetime | None
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Rows of the store, tombstones included: plans and executors by id, and what is noted of them.

    ``unsettled`` tells since when an executor's schedule may not agree with its row, ``unburied`` since when a deleted
    plan waits to be interred. What a plan attacks and what came of an executor is left out.
    """

    plans: Mapping[str, Plan] = field(default_factory=dict)
    executors: Mapping[str, Executor] = field(default_factory=dict)
    unsettled: Mapping[str, datetime] = field(default_factory=dict)
    unburied: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Iterable["Contents"]) -> "Contents":
        """All the parts as one."""
        every = list(parts)
        return cls(
            plans={id: plan for part in every for id, plan in part.plans.items()},
            executors={id: executor for part in every for id, executor in part.executors.items()},
            unsettled={id: since for part in every for id, since in part.unsettled.items()},
            unburied={id: since for part in every for id, since in part.unburied.items()},
        )
