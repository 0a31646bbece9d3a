"""What an operator can set, read once from the environment (.chalice/config.json holds it per stage)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

import pytz

from chalicelib.errors import UnsafeSettings

APP = "chaosmonkey"
LARGEST_PLAN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One stage's settings. Names of AWS resources follow from the stage, so that policies can name them."""

    stage: str
    timezone: tzinfo
    allowed_origin: str = "*"
    grace_seconds: int = 900
    retention_days: int = 400
    list_shards: int = 1
    max_executors: int = LARGEST_PLAN
    parallel_requests: int = 16

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
    def scheduler_role(self) -> str:
        return f"{self.name}-scheduler"

    @property
    def dead_letter_queue(self) -> str:
        return f"{self.name}-undelivered"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment holds.

    STAGE (default ``local``), TIMEZONE (default ``Europe/Madrid``, a name pytz knows), ALLOWED_ORIGIN (default ``*``),
    GRACE_SECONDS (how late an attack may still run, default 900), RETENTION_DAYS (default 400), LIST_SHARDS (default
    1, docs/adr/0001), MAX_EXECUTORS (executors of one plan, default and at most 1000), PARALLEL_REQUESTS (default 16).

    Raises ``UnsafeSettings`` with a sentence that names the variable.
    """
    return Settings(
        stage=_stage(environment.get("STAGE", "local")),
        timezone=_timezone(environment.get("TIMEZONE", "Europe/Madrid")),
        allowed_origin=environment.get("ALLOWED_ORIGIN", "*"),
        grace_seconds=_whole(environment, "GRACE_SECONDS", 900, 60, 86_400),
        retention_days=_whole(environment, "RETENTION_DAYS", 400, 1, 3650),
        list_shards=_whole(environment, "LIST_SHARDS", 1, 1, 64),
        max_executors=_whole(environment, "MAX_EXECUTORS", LARGEST_PLAN, 1, LARGEST_PLAN),
        parallel_requests=_whole(environment, "PARALLEL_REQUESTS", 16, 1, 64),
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


def _whole(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environment.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise UnsafeSettings(f"{name} is {text!r}: give a whole number from {least} to {most}")
    return int(text)
