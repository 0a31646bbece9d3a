"""Read the operator's settings once from the environment (.chalice/config.json holds it per stage)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any

import pytz

from chalicelib.domain import role_allowlist, tags
from chalicelib.domain.engine_state import Limit, spelt
from chalicelib.domain.errors import UnsafeSettings
from chalicelib.domain.zones import zone_named

APP = "chaosmonkey"
LARGEST_PLAN = 1000
LEAST_GRACE = 600
"""Seconds in which a schedule that is lost is noticed (120), swept (300) and has fired again (120), with a minute to
spare: an executor with a shorter grace would be missed although the engine is well."""


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
        """Return the name that the table, the API's function and the schedule group share."""
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
        """Return the alias of the KMS key that encrypts the secrets of plans."""
        return f"alias/{self.name}"

    @property
    def scheduler_role(self) -> str:
        return f"{self.name}-scheduler"

    @property
    def dead_letter_queue(self) -> str:
        return f"{self.name}-undelivered"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Return the settings in an environment (``variables.py`` describes them), and the ``STAGE``, by default ``local``.

    Raises ``UnsafeSettings`` with a sentence that names the variable.
    """
    stage = _stage(environment.get("STAGE", "local"))
    return Settings(
        stage=stage,
        timezone=_timezone(environment.get("TIMEZONE", "Europe/Madrid")),
        signed_calls=_signed_calls(environment.get("API_AUTH"), environment.get("STAGE")),
        allowed_origin=environment.get("ALLOWED_ORIGIN", "*"),
        grace_seconds=_whole(environment, "GRACE_SECONDS", 900, LEAST_GRACE, 86_400),
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
    if not re.fullmatch(r"[a-z][a-z0-9]{1,13}", name, re.ASCII):
        raise UnsafeSettings(f"STAGE is {name!r}: give 2 to 14 lowercase letters and digits, a letter first")
    return name


def _timezone(name: str) -> tzinfo:
    try:
        return zone_named(name)
    except pytz.UnknownTimeZoneError:
        raise UnsafeSettings(
            f"TIMEZONE {name!r} is not a time zone: give a name of the IANA list, such as Europe/Madrid or UTC"
        ) from None


def _signed_calls(text: str | None, stage: str | None) -> bool:
    """Return whether calls must be signed: the API terminates machines, so it is open only where a setting says so. An
    unset STAGE does not count as ``local``."""
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
    """Return whether attacks only resolve their targets. A stage attacks only where its settings say so; the local one
    does by default, as there is nothing to harm. An unset STAGE does not count as ``local``."""
    if text is None:
        return stage != "local"
    if text not in ("true", "false"):
        raise UnsafeSettings(f"LEASHED is {text!r}: give true, or false to let the stage attack")
    return text == "true"


def _limits(environment: Mapping[str, str]) -> tuple[Limit, ...]:
    """Return the limits, that of all attacks first. One that limits nothing is left out."""
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
        document = json.loads(text, object_pairs_hook=_each_once)
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


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of these pairs. Raise ``ValueError`` where a name stands twice: one of its limits would be
    lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


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
        return role_allowlist.parse(text)
    except ValueError as error:
        raise UnsafeSettings(f"ALLOWED_ROLES: {error}") from None


def _whole(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environment.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise UnsafeSettings(f"{name} is {text!r}: give a whole number from {least} to {most}")
    return int(text)
