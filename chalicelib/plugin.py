"""The public interface of plugin authors: ``Attack``, ``Planner`` and what they may raise.

It keeps the interface that the original engine documents ("Extending the Chaos Monkey Engine") and that its own
plugins used, so that a plugin written for it loads unchanged (``chaosmonkey.attacks`` and its siblings lead here).
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from random import Random, SystemRandom
from types import SimpleNamespace
from typing import Any, ClassVar

from chalicelib.dates import in_zone
from chalicelib.errors import InvalidRequest
from chalicelib.model import Config, Job


class AttackFailed(Exception):
    """An attack did not do what it was for.

    ``message`` is a sentence for a person; ``outcome`` is what is known all the same (candidates, choice), and goes on
    record with it. Neither may hold a secret.
    """

    def __init__(self, message: str, **outcome: Any) -> None:
        super().__init__(message)
        self.outcome = outcome


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

        Raise ``InvalidRequest`` with a sentence that says what would be accepted. By default all is.
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
