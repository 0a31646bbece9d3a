"""Hold the contents of a store and of Scheduler, for their comparison."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.broken import Broken
from chalicelib.domain.model import Executor, Plan

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
    """The rows of the store, tombstones included: plans and executors by id, and the notes about them.

    ``unsynced`` has the instant since when an executor's schedule may differ from its row; ``half_deleted`` the instant
    since when a deleted plan waits for the end of its deletion. Attacks and outcomes are left out. ``broken`` has the
    rows of either kind that cannot be read, by id.
    """

    plans: Mapping[str, Plan] = field(default_factory=dict)
    executors: Mapping[str, Executor] = field(default_factory=dict)
    unsynced: Mapping[str, datetime] = field(default_factory=dict)
    half_deleted: Mapping[str, datetime] = field(default_factory=dict)
    broken: Mapping[str, Broken] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Iterable["Contents"]) -> "Contents":
        """Return all the parts as one."""
        every = list(parts)
        return cls(
            plans={id: plan for part in every for id, plan in part.plans.items()},
            executors={id: executor for part in every for id, executor in part.executors.items()},
            unsynced={id: since for part in every for id, since in part.unsynced.items()},
            half_deleted={id: since for part in every for id, since in part.half_deleted.items()},
            broken={id: broken for part in every for id, broken in part.broken.items()},
        )
