"""Model plans, their executors and their outcomes.

Everything here is immutable and independent of AWS and HTTP. Instants are aware datetimes in UTC with whole seconds,
because a one-time schedule has no fractions of a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.domain.broken import Broken
from chalicelib.domain.page import position

Config = Mapping[str, Any]
"""A JSON object as it was posted: ``{"ref": ..., "args": {...}}``."""


ANYONE = "anyone"
"""Who calls where no signature is asked for, as in the local stage."""


def truncate_to_second(instant: datetime) -> datetime:
    """Return an instant as it is stored: without its fraction of a second."""
    return instant.replace(microsecond=0)


class PlanState(StrEnum):
    """The states of a plan between its first row and its last."""

    CREATING = "creating"
    ACTIVE = "active"
    DELETED = "deleted"


LONGEST_DURATION = 30 * 86_400
"""Seconds after which an attack is undone, at the most."""


class Mode(StrEnum):
    """The modes of a plan: its executors attack, or only resolve and record."""

    ATTACK = "attack"
    DRY_RUN = "dry_run"


class Status(StrEnum):
    """The statuses of an executor; all but the first two are final."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    MISSED = "missed"
    CANCELLED = "cancelled"

    @property
    def executed(self) -> bool:
        """Return whether the executor can no longer run: the API's ``executed``."""
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
    mode: Mode = Mode.ATTACK
    guards: Config | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackSpec:
    """The attack of a plan: the attack (for executors without one of their own), its mode and its guards.

    ``sealed_under`` is the id of the plan under which its secrets were encrypted.
    """

    attack: Config
    sealed_under: str
    mode: Mode = Mode.ATTACK
    guards: Config | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan and the tally of its executors.

    ``dues`` are the dates of all its executors that were not deleted, in order. Executors end in the order of their
    dates, so the next one is the ``remaining``-th from the end: the list of plans needs no look at the executors.
    ``undoable`` is true where one of its attacks has an undo. ``secrets_of`` is the id of the plan whose secrets it
    has, if it has another's. ``created_by`` and ``deleted_by`` are callers' ARNs. ``warnings`` of a posted plan and
    ``broken``, the rows of its executors that cannot be read, are not stored.
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
    mode: Mode = Mode.ATTACK
    guards: Config | None = None
    undoable: bool = False
    secrets_of: str | None = None
    created_by: str | None = None
    deleted_by: str | None = None
    warnings: tuple[str, ...] = field(default=(), compare=False)
    broken: tuple[Broken, ...] = field(default=(), compare=False)

    @property
    def terms(self) -> AttackSpec:
        return AttackSpec(attack=self.attack, sealed_under=self.sealed_under, mode=self.mode, guards=self.guards)

    @property
    def sealed_under(self) -> str:
        """Return the id under which its secrets are encrypted."""
        return self.secrets_of or self.id

    @property
    def total(self) -> int:
        return len(self.dues)

    @property
    def executed(self) -> bool:
        """Return whether nothing is left to run."""
        return self.remaining == 0

    @property
    def next_due(self) -> datetime | None:
        """Return the date of the next executor to run, None when none is left."""
        return self.dues[-self.remaining] if 0 < self.remaining <= len(self.dues) else None

    @property
    def position(self) -> str:
        """Return its place in the lists of plans, which are read backwards: newest first."""
        return position(self.created, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The reason for which an executor did not do its work, in words for a person."""

    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One claim of an executor: who runs it, since when, and until when it is to be believed alive.

    ``id`` is unique among the runs of an executor, since Lambda repeats its request id. ``seed`` is where
    the attack's chance comes from: the same candidates and the same seed give the same choice.
    """

    id: str
    request_id: str
    started: datetime
    lease_until: datetime
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """One attack at one date.

    ``attack`` is None where it is the plan's own; a planner may give an executor another. ``delivered`` is when the
    delivery came that decided its fate, ``deliveries`` how many came in all, those that were refused included.
    ``began`` is when it was allowed to act, ``prepared`` what its undo has to know of what was there before. An attack
    that can be undone names its ``undo``, an executor of its own, and that one what it ``undoes``; ``attempts`` are
    those of an undo that did not succeed. ``deleted`` marks a tombstone: on record, but out of the API's sight.
    ``changed_by`` is who last moved it or had it run, ``deleted_by`` who deleted it: callers' ARNs. ``warnings`` say
    what may hold it back at the date that a call has just given it; they are not stored.
    """

    id: str
    plan_id: str
    name: str
    due: datetime
    status: Status = Status.SCHEDULED
    attack: Config | None = None
    delivered: datetime | None = None
    deliveries: int = 0
    run: Run | None = None
    began: datetime | None = None
    prepared: Config | None = None
    undo: str | None = None
    undoes: str | None = None
    attempts: int = 0
    finished: datetime | None = None
    outcome: Mapping[str, Any] | None = None
    error: Failure | None = None
    deleted: bool = False
    changed_by: str | None = None
    deleted_by: str | None = None
    warnings: tuple[str, ...] = field(default=(), compare=False)

    @property
    def to_undo(self) -> bool:
        """Return whether there is something to undo: the attack prepared something, and was then allowed to act.

        ``began`` alone does not mean that: a limited attack begins in the same way, and may have prepared nothing.
        """
        return self.prepared is not None

    @property
    def position(self) -> str:
        """Return its place in the lists of executors: by date, then id."""
        return position(self.due, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The end of a run, or of an executor that did not run, as it goes on record. ``status`` is a final one."""

    status: Status
    outcome: Mapping[str, Any] | None = None
    error: Failure | None = None
