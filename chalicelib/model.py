"""What the engine is about: plans, their executors and what became of them.

Everything here is immutable and knows neither AWS nor HTTP. Instants are aware datetimes in UTC with whole seconds,
because a one-time schedule knows no fraction of a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

Config = Mapping[str, Any]
"""A JSON object as it was posted: ``{"ref": ..., "args": {...}}``."""

Item = TypeVar("Item")


def position(instant: datetime, id: str) -> str:
    """A place in a list as text that sorts as the instants do (UTC, whole seconds), the id making it unique."""
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}#{id}"


def whole(instant: datetime) -> datetime:
    """An instant as it is kept: without its fraction of a second."""
    return instant.replace(microsecond=0)


class PlanState(StrEnum):
    """Where a plan is between its first row and its last."""

    CREATING = "creating"
    ACTIVE = "active"
    DELETED = "deleted"


class Status(StrEnum):
    """Where an executor is; all but the first two are final."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    MISSED = "missed"
    CANCELLED = "cancelled"

    @property
    def executed(self) -> bool:
        """True once the executor can no longer run: the API's ``executed``."""
        return self not in (Status.SCHEDULED, Status.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One attack to come, as a planner drew it: not yet an executor."""

    date: datetime
    name: str
    attack: Config


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """A plan as it was asked for, validated."""

    name: str
    attack: Config
    planner: Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan and the tally of its executors.

    ``dues`` are the dates of all its executors that were not deleted, in order. Executors end in the order of their
    dates, so the next one is the ``remaining``-th from the end: the list of plans needs no look at the executors.
    """

    id: str
    name: str
    created: datetime
    attack: Config
    planner: Config
    state: PlanState
    dues: tuple[datetime, ...]
    remaining: int
    running: int = 0

    @property
    def total(self) -> int:
        return len(self.dues)

    @property
    def executed(self) -> bool:
        """True when nothing is left to run."""
        return self.remaining == 0

    @property
    def next_due(self) -> datetime | None:
        """The date of the next executor to run, None when none is left."""
        return self.dues[-self.remaining] if 0 < self.remaining <= len(self.dues) else None

    @property
    def position(self) -> str:
        """Where it stands in the lists of plans, which are read backwards: newest first."""
        return position(self.created, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an executor did not do what it was for, in words for a person."""

    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One claim of an executor: who runs it, since when, and until when it is to be believed alive.

    ``id`` tells this run from any other of the same executor: the Lambda request id, or what stands for it.
    """

    id: str
    started: datetime
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """One attack at one date.

    ``attack`` is None where it is the plan's own; a planner may give an executor another. ``deleted`` marks a
    tombstone: on record, but out of the API's sight.
    """

    id: str
    plan_id: str
    name: str
    due: datetime
    status: Status = Status.SCHEDULED
    attack: Config | None = None
    run: Run | None = None
    finished: datetime | None = None
    outcome: Mapping[str, Any] | None = None
    error: Failure | None = None
    deleted: bool = False

    @property
    def position(self) -> str:
        """Where it stands in the lists of executors: by date, then id."""
        return position(self.due, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a run, or the lack of one, ended: what is put on record. ``status`` is a final one."""

    status: Status
    outcome: Mapping[str, Any] | None = None
    error: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """A part of a list and the position after which the rest begins (None on the last page)."""

    items: tuple[Item, ...]
    next_position: str | None
