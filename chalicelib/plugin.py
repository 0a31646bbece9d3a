"""The public interface of plugin authors: ``Attack``, ``Planner`` and what they may raise.

It keeps the interface that the original engine documents ("Extending the Chaos Monkey Engine") and that its own
plugins used, so that a plugin written for it loads unchanged (``chaosmonkey.attacks`` and its siblings lead here).
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from random import Random, SystemRandom
from types import SimpleNamespace
from typing import Any, ClassVar, Self

from chalicelib.dates import in_zone
from chalicelib.errors import InvalidRequest
from chalicelib.model import LONGEST_DURATION, Config, Job


class AttackFailed(Exception):
    """An attack did not do what it was for.

    ``message`` is a sentence for a person; ``outcome`` is what is known all the same (candidates, choice), and goes on
    record with it. Neither may hold a secret.
    """

    def __init__(self, message: str, **outcome: Any) -> None:
        super().__init__(message)
        self.outcome = outcome

    def with_outcome(self, **outcome: Any) -> Self:
        """The same failure, of the same kind, with this outcome."""
        return type(self)(str(self), **outcome)


class Spared(AttackFailed):
    """What the attack would have hit is protected, or may be: nothing was done, and its executor is skipped.

    The drivers raise it. Let it pass only where nothing was done before: else it is an ``AttackFailed``.
    """


@dataclass(frozen=True, slots=True)
class Target:
    """A machine that an attack may choose: ``min_healthy`` counts those that are ``running``."""

    id: str
    name: str | None = None
    running: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What an attack could hit now. ``known`` goes on record with it (a Region, for instance); ``spared`` is why
    machines that match are no candidates, by id."""

    candidates: tuple[Target, ...]
    known: Mapping[str, Any] = field(default_factory=dict)
    spared: Mapping[str, str] = field(default_factory=dict)


class Plugin:
    """What attacks and planners have in common."""

    ref: ClassVar[str]
    """Where the class is: ``module:Class``, the module being a file of the plugins folder."""
    schema: ClassVar[Mapping[str, Any]]
    """JSON Schema of the whole ``{"ref", "args"}`` object (or, where it names no ``args``, of the args)."""
    example: ClassVar[Mapping[str, Any]]
    """An object that the schema accepts, as a template for people."""

    @classmethod
    def check(cls, args: Config) -> None:
        """What a schema cannot judge, called when a plan is posted, with ``args`` that the schema has accepted.

        Where a secret is to be, a reference (an object, ``chalicelib/references.py``) may stand: leave it alone, the
        plugin is given the secret. Raise ``InvalidRequest`` with a sentence that says what would be accepted. By
        default all is.
        """

    @staticmethod
    def _to_dict(ref: str, schema: Mapping[str, Any], example: Mapping[str, Any]) -> dict[str, Any]:
        return {"ref": ref, "schema": schema, "example": example}


class Attack(Plugin):
    """One way to harm a system. Subclass it in a file of ``plugins/attacks/``."""

    iam_actions: ClassVar[tuple[str, ...]] = ()
    """The AWS actions that ``run`` calls, e.g. ``ec2:DescribeInstances``: the attack function's role allows them."""
    rng: Random = SystemRandom()
    """Where chance comes from. Set another before ``run`` to choose the same again."""

    def __init__(self, attack_config: Config) -> None:
        """``attack_config`` is the ``args`` object that was posted, validated against the schema."""
        self.attack_config = attack_config

    @property
    def takes(self) -> int:
        """How many machines the attack takes, at the most. Plans with ``max_targets`` or ``min_healthy`` are refused
        for one that does not say so itself."""
        return 1

    def resolve(self) -> Resolved | None:
        """What could be attacked now. It reads and changes nothing, and ``run`` then attacks one of these candidates.

        None where the attack cannot say, as by default: then a plan that asks for ``min_healthy`` is refused. Raise
        ``AttackFailed`` where it cannot be found out.
        """
        return None

    def prepare(self) -> Any:
        """Choose, and read what the attack is about to change: the state (JSON) that ``revert`` needs.

        Called before ``run`` of the same object, and its answer stored before ``run`` acts: no secret may be in it. An
        attack that can be undone implements this and ``revert``, and takes ``duration`` (seconds) in its args.
        """
        return None

    def revert(self, state: Any) -> Any:
        """Put back what ``prepare`` had read. Called on another object, in another process, perhaps more than once,
        perhaps although ``run`` never came to act: what is as it was already is left alone.

        What is returned goes on record as the outcome of the undo. Raise ``AttackFailed`` where it did not succeed: it
        is tried again.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot be undone")

    @classmethod
    def can_resolve(cls) -> bool:
        """Whether the attack implements ``resolve``."""
        return cls.resolve is not Attack.resolve

    @classmethod
    def says_takes(cls) -> bool:
        """Whether the attack, or a base of it, says itself how many it ``takes``."""
        return cls.takes is not Attack.takes

    @classmethod
    def can_be_undone(cls) -> bool:
        """Whether the attack implements ``revert``."""
        return cls.revert is not Attack.revert

    def run(self) -> Any:
        """Attack. What is returned (JSON, up to 8 KB) goes on record as the outcome.

        Raise ``AttackFailed`` with a sentence where nothing was attacked; any other exception is recorded as a
        failure too, by its type and message.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement run()")

    @classmethod
    def to_dict(cls) -> dict[str, Any]:
        """The plugin's entry in the catalogue."""
        return cls._to_dict(cls.ref, cls.schema, cls.example)


def undone_after(config: Config) -> timedelta:
    """How long after an attack its undo comes: its ``duration`` in seconds, by its args.

    Raises ``InvalidRequest`` where it names none.
    """
    seconds = config["args"].get("duration")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_DURATION:
        raise InvalidRequest(
            f"the attack {config['ref']} is undone after a while: give duration in its args, in seconds,"
            f" at most {LONGEST_DURATION}"
        )
    return timedelta(seconds=int(seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a planner may depend on: nothing else, so that the same circumstances give the same plan."""

    now: datetime
    rng: Random
    timezone: tzinfo


_collected: ContextVar[list[Job] | None] = ContextVar("_collected", default=None)
_zone: ContextVar[tzinfo] = ContextVar("_zone", default=UTC)


class Planner(Plugin):
    """One way to say when. Subclass it in a file of ``plugins/planners/``.

    Planning is pure: ``_add_job`` only collects. ``self.now`` (aware, UTC), ``self.rng`` (a ``random.Random``) and
    ``self.timezone`` (the engine's zone) are given; use them, not the clock of the machine.
    """

    now: datetime
    rng: Random
    timezone: tzinfo

    def __init__(self, name: str) -> None:
        self.name = name

    def plan(self, planner_config: Config, attack_config: Config) -> None:
        """Call ``self._add_job`` for each attack. Both configs are the whole ``{"ref", "args"}`` objects.

        Raise ``APIError`` to answer in your own words.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement plan()")

    def jobs(self, planner_config: Config, attack_config: Config, circumstances: Circumstances) -> list[Job]:
        """Run ``plan`` under the circumstances and return what it collected, in the order of the dates."""
        self.now, self.rng, self.timezone = circumstances.now, circumstances.rng, circumstances.timezone
        jobs: list[Job] = []
        collecting, zone = _collected.set(jobs), _zone.set(circumstances.timezone)
        try:
            self.plan(planner_config, attack_config)
        finally:
            _collected.reset(collecting)
            _zone.reset(zone)
        return sorted(jobs, key=lambda job: job.date)

    @staticmethod
    def _add_job(date: datetime, name: str, attack_config: Config) -> None:
        """Attack with ``attack_config`` at ``date``: a naive one is in the engine's zone, a plain date its midnight."""
        jobs = _collected.get()
        if jobs is None:
            raise RuntimeError("jobs can only be added while the engine runs plan()")
        jobs.append(Job(date=_instant(date), name=str(name), attack=attack_config))

    @staticmethod
    def add_plan(name: str) -> SimpleNamespace:
        """As the original's own planners begin; the engine makes the plan itself, so this only stands for it."""
        return SimpleNamespace(id=None, name=name)

    @staticmethod
    def _add_executor(date: datetime, name: str, attack_config: Config, plan_id: str | None) -> None:
        """As the original's own planners add a job; ``plan_id`` is what ``add_plan`` gave."""
        Planner._add_job(date, name, attack_config)

    @classmethod
    def to_dict(cls) -> dict[str, Any]:
        """The plugin's entry in the catalogue."""
        return cls._to_dict(cls.ref, cls.schema, cls.example)


def _instant(when: datetime | date) -> datetime:
    """A planner's date as the engine keeps it: aware, UTC, whole seconds."""
    if not isinstance(when, date):
        raise InvalidRequest(f"a planner gave {when!r} as a date: give a datetime")
    if not isinstance(when, datetime):
        when = datetime.combine(when, time())
    return in_zone(when, _zone.get()).astimezone(UTC).replace(microsecond=0)
