"""What an operator can set, read once from the environment (.chalice/config.json holds it per stage)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any

import pytz

from chalicelib import roles, tags
from chalicelib.control import Limit, spelt
from chalicelib.errors import UnsafeSettings

APP = "chaosmonkey"
LARGEST_PLAN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One stage's settings. Names of AWS resources follow from the stage, so that policies can name them."""

    stage: str
    timezone: tzinfo
    signed_calls: bool = True
    allowed_origin: str = "*"
    grace_seconds: int = 900
    retention_days: int = 400
    list_shards: int = 1
    max_executors: int = LARGEST_PLAN
    parallel_requests: int = 24
    leashed: bool = True
    limits: tuple[Limit, ...] = ()
    protected_tags: tuple[tags.Tag, ...] = tags.parse(tags.PROTECTED_BY_DEFAULT)
    required_tags: tuple[tags.Tag, ...] = ()
    allowed_roles: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The table, the API's function and the schedule group all bear it."""
        return f"{APP}-{self.stage}"

    @property
    def table(self) -> str:
        return self.name

    @property
    def schedule_group(self) -> str:
        return self.name

    @property
    def attack_function(self) -> str:
        return f"{self.name}-attack"

    @property
    def resolve_function(self) -> str:
        return f"{self.name}-resolve"

    @property
    def key(self) -> str:
        """The alias of the KMS key that plans' secrets are sealed under."""
        return f"alias/{self.name}"

    @property
    def scheduler_role(self) -> str:
        return f"{self.name}-scheduler"

    @property
    def dead_letter_queue(self) -> str:
        return f"{self.name}-undelivered"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment holds.

    STAGE (default ``local``), TIMEZONE (default ``Europe/Madrid``, a name pytz knows), ALLOWED_ORIGIN (default ``*``),
    GRACE_SECONDS (how late an attack may still run, default 900), RETENTION_DAYS (default 400), LIST_SHARDS (default
    1, docs/adr/0001), MAX_EXECUTORS (executors of one plan, default and at most 1000), PARALLEL_REQUESTS (default 24).

    Who may call (docs/access.md): API_AUTH, ``iam`` (every call is signed; the default but in the local stage) or
    ``open``, which outside the local stage takes the words ``open-to-anyone``.

    What holds attacks back (docs/safety.md): LEASHED (``true`` or ``false``; default true but in the local stage),
    MAX_ATTACKS_PER_DAY and MIN_GAP_MINUTES (of all attacks; default any), ATTACK_LIMITS (the same by ref, as JSON:
    ``{"module:Class": {"max_attacks_per_day": 5, "min_gap_minutes": 30}}``), PROTECTED_TAGS and REQUIRED_TAGS
    (``key=value,...``; default ``chaos:protected=true`` and none).

    Where attacks may act beyond their own account (docs/other-accounts.md): ALLOWED_ROLES (ARNs of roles, with commas
    between them; default none).

    Raises ``UnsafeSettings`` with a sentence that names the variable.
    """
    stage = _stage(environment.get("STAGE", "local"))
    return Settings(
        stage=stage,
        timezone=_timezone(environment.get("TIMEZONE", "Europe/Madrid")),
        signed_calls=_signed_calls(environment.get("API_AUTH"), environment.get("STAGE")),
        allowed_origin=environment.get("ALLOWED_ORIGIN", "*"),
        grace_seconds=_whole(environment, "GRACE_SECONDS", 900, 60, 86_400),
        retention_days=_whole(environment, "RETENTION_DAYS", 400, 1, 3650),
        list_shards=_whole(environment, "LIST_SHARDS", 1, 1, 64),
        max_executors=_whole(environment, "MAX_EXECUTORS", LARGEST_PLAN, 1, LARGEST_PLAN),
        parallel_requests=_whole(environment, "PARALLEL_REQUESTS", 24, 1, 64),
        leashed=_leashed(environment.get("LEASHED"), environment.get("STAGE")),
        limits=_limits(environment),
        protected_tags=_tags(environment, "PROTECTED_TAGS", tags.PROTECTED_BY_DEFAULT),
        required_tags=_tags(environment, "REQUIRED_TAGS", ""),
        allowed_roles=_roles(environment.get("ALLOWED_ROLES", "")),
    )


def _stage(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]{1,15}", name, re.ASCII):
        raise UnsafeSettings(f"STAGE is {name!r}: give 2 to 16 small letters and digits, a letter first")
    return name


def _timezone(name: str) -> tzinfo:
    try:
        return pytz.timezone(name)
    except pytz.UnknownTimeZoneError:
        raise UnsafeSettings(
            f"TIMEZONE {name!r} is not a time zone: give a name of the IANA list, such as Europe/Madrid or UTC"
        ) from None


def _signed_calls(text: str | None, stage: str | None) -> bool:
    """The API terminates machines: it is open only where that is said. Who names no stage has not said ``local``."""
    local = stage == "local"
    if text is None:
        return not local
    if text == "open" and not local:
        raise UnsafeSettings(
            "API_AUTH is 'open': whoever finds the URL could attack. Give iam, or open-to-anyone if that is meant"
        )
    if text not in ("iam", "open", "open-to-anyone"):
        raise UnsafeSettings(f"API_AUTH is {text!r}: give iam, so that every call has to be signed")
    return text == "iam"


def _leashed(text: str | None, stage: str | None) -> bool:
    """A stage attacks only where its settings say so in so many words; the local one has nothing to harm, and who names
    no stage has not said ``local``."""
    if text is None:
        return stage != "local"
    if text not in ("true", "false"):
        raise UnsafeSettings(f"LEASHED is {text!r}: give true, or false to let the stage attack")
    return text == "true"


def _limits(environment: Mapping[str, str]) -> tuple[Limit, ...]:
    """That of all attacks first. What limits nothing is left out."""
    overall = {
        limit: _whole(environment, name, 0, 1, 1_000_000)
        for name, limit in (("MAX_ATTACKS_PER_DAY", "max_attacks_per_day"), ("MIN_GAP_MINUTES", "min_gap_minutes"))
        if name in environment
    }
    by_ref = {spelt(ref): limits for ref, limits in _by_ref(environment.get("ATTACK_LIMITS", "{}")).items()}
    limits = (_limit(None, overall), *(_limit(ref, limits) for ref, limits in by_ref.items()))
    return tuple(limit for limit in limits if limit.per_day is not None or limit.gap is not None)


def _by_ref(text: str) -> dict[str, Any]:
    known = {"max_attacks_per_day", "min_gap_minutes"}
    try:
        document = json.loads(text)
        sound = isinstance(document, dict) and all(
            isinstance(limits, dict)
            and limits.keys() <= known
            and all(type(value) is int and 1 <= value <= 1_000_000 for value in limits.values())
            for limits in document.values()
        )
        sound = sound and len({spelt(ref) for ref in document}) == len(document)
    except ValueError:
        sound = False
    if not sound:
        raise UnsafeSettings(
            f"ATTACK_LIMITS is {text[:100]!r}: give JSON such as"
            ' {"module:Class": {"max_attacks_per_day": 5, "min_gap_minutes": 30}}, each attack once,'
            " with whole numbers from 1"
        )
    return dict(document)


def _limit(ref: str | None, limits: Mapping[str, int]) -> Limit:
    gap = limits.get("min_gap_minutes")
    return Limit(
        ref=ref, per_day=limits.get("max_attacks_per_day"), gap=None if gap is None else timedelta(minutes=gap)
    )


def _tags(environment: Mapping[str, str], name: str, default: str) -> tuple[tags.Tag, ...]:
    try:
        return tags.parse(environment.get(name, default))
    except ValueError as error:
        raise UnsafeSettings(f"{name}: {error}") from None


def _roles(text: str) -> tuple[str, ...]:
    try:
        return roles.parse(text)
    except ValueError as error:
        raise UnsafeSettings(f"ALLOWED_ROLES: {error}") from None


def _whole(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environment.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise UnsafeSettings(f"{name} is {text!r}: give a whole number from {least} to {most}")
    return int(text)
