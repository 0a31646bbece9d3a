"""The base classes of plugins: ``Attack`` and ``Planner``.

The interface is the one that the original engine documents ("Extending the Chaos Monkey Engine") and that its own
plugins used. A plugin written for it loads unchanged: ``chaosmonkey.attacks`` and its siblings lead here.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from random import Random, SystemRandom
from types import SimpleNamespace
from typing import Any, ClassVar

from chalicelib.domain.dates import END, in_zone
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.model import LONGEST_DURATION, Config, Job
from chalicelib.domain.targets import Resolved


class Plugin:
    """The common base of attacks and planners."""

    ref: ClassVar[str]
    """Where the class is: ``module:Class``, the module being a file of the plugins folder."""
    schema: ClassVar[Mapping[str, Any]]
    """JSON Schema of the whole ``{"ref", "args"}`` object (or, where it names no ``args``, of the args)."""
    example: ClassVar[Mapping[str, Any]]
    """An object that the schema accepts, as a template for people."""

    @classmethod
    def check(cls, args: Config) -> None:
        """Check what a schema cannot, when a plan is posted, with ``args`` that the schema has accepted.

        A reference (an object, ``chalicelib/secrets/reference_schemas.py``) may stand in place of a secret: leave it
        alone, the plugin gets the secret. Raise ``InvalidRequest`` with a sentence that says what is accepted. By
        default everything is.
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
        """Take ``attack_config``, the ``args`` object that was posted, validated against the schema."""
        self.attack_config = attack_config

    @property
    def takes(self) -> int:
        """Return how many machines the attack takes at the most. Plans with ``max_targets`` or ``min_healthy`` are
        refused for an attack that does not define it."""
        return 1

    def resolve(self) -> Resolved | None:
        """Return the targets of the attack now. It reads and changes nothing; ``run`` then attacks one of these
        candidates.

        None, the default, where the attack has no such thing: then a plan with ``min_healthy`` is refused. Raise
        ``AttackFailed`` where the targets cannot be read.
        """
        return None

    def prepare(self) -> Any:
        """Choose, and read what the attack is about to change: the state (JSON) that ``revert`` needs.

        Called before ``run`` of the same object, and its answer stored before ``run`` acts: no secret may be in it. An
        attack that can be undone implements this and ``revert``, and takes ``duration`` (seconds) in its args.
        """
        return None

    def revert(self, state: Any) -> Any:
        """Put back the ``state`` that ``prepare`` returned.

        The engine calls it on another object, in another process, perhaps more than once, and perhaps although ``run``
        never acted: leave alone what is already as it was. The return value goes on record as the outcome of the undo.
        Raise ``AttackFailed`` where it did not succeed: the engine tries again.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot be undone")

    @classmethod
    def can_resolve(cls) -> bool:
        """Return whether the attack implements ``resolve``."""
        return cls.resolve is not Attack.resolve

    @classmethod
    def defines_takes(cls) -> bool:
        """Return whether the attack, or a base of it, defines ``takes``."""
        return cls.takes is not Attack.takes

    @classmethod
    def can_be_undone(cls) -> bool:
        """Return whether the attack implements ``revert``."""
        return cls.revert is not Attack.revert

    def run(self) -> Any:
        """Attack, and return the outcome (JSON, up to 8 KB), which goes on record.

        Raise ``AttackFailed`` with a sentence where nothing was attacked. Any other exception is recorded as a failure
        too, by its type and message.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement run()")

    @classmethod
    def to_dict(cls) -> dict[str, Any]:
        """Return the plugin's entry in the catalogue."""
        return cls._to_dict(cls.ref, cls.schema, cls.example)


def undone_after(config: Config) -> timedelta:
    """Return how long after an attack its undo comes: its ``duration`` in seconds, by its args.

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
    """The only things that a planner may depend on, so that the same circumstances give the same plan.

    A plan that recurs is drawn for one ``day`` at a time, with ``now`` as the day's first instant. ``previous`` is the
    last date drawn before it, and ``since`` is when the recurrence began.
    """

    now: datetime
    rng: Random
    timezone: tzinfo
    day: date | None = None
    previous: datetime | None = None
    since: datetime | None = None


_collected: ContextVar[list[Job] | None] = ContextVar("_collected", default=None)
_zone: ContextVar[tzinfo] = ContextVar("_zone", default=UTC)


class Planner(Plugin):
    """One way to say when. Subclass it in a file of ``plugins/planners/``.

    Planning is pure: ``_add_job`` only collects. ``self.now`` (aware, UTC), ``self.rng`` (a ``random.Random``) and
    ``self.timezone`` (the engine's zone, or the recurrence's) are given; use them, not the clock of the machine.
    """

    recurs: ClassVar[bool] = True
    """Whether a recurring plan may use it: then it plans ``self.now``'s local day, and nothing outside it."""
    over_midnight: ClassVar[bool] = False
    """Whether hours that it plans may go on into the next day, as windows over midnight do."""

    now: datetime
    rng: Random
    timezone: tzinfo
    day: date | None = None
    """The local day to plan, of a plan that recurs; None of one that does not."""
    previous: datetime | None = None
    """The last date that a recurring plan had before this day, None where there is none."""
    since: datetime | None = None
    """When the recurrence began, None of a plan that does not recur."""

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
        self.day, self.previous, self.since = circumstances.day, circumstances.previous, circumstances.since
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
        """Begin a plan, as the original's own planners do. The engine makes the plan itself; the return value stands
        for it."""
        return SimpleNamespace(id=None, name=name)

    @staticmethod
    def _add_executor(date: datetime, name: str, attack_config: Config, plan_id: str | None) -> None:
        """Add a job, as the original's own planners do; ``plan_id`` is the return value of ``add_plan``."""
        Planner._add_job(date, name, attack_config)

    @classmethod
    def to_dict(cls) -> dict[str, Any]:
        """Return the plugin's entry in the catalogue."""
        return cls._to_dict(cls.ref, cls.schema, cls.example)


def _instant(when: datetime | date) -> datetime:
    """Return a planner's date as the engine stores it: aware, UTC, whole seconds."""
    if not isinstance(when, date):
        raise InvalidRequest(f"a planner gave a {type(when).__name__} as a date: give a datetime")
    if not isinstance(when, datetime):
        when = datetime.combine(when, time())
    try:
        return in_zone(when, _zone.get()).astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise OverflowError(f"{when.isoformat()} is beyond the calendar: give a date before {END:%Y-%m-%d}") from None
