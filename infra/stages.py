"""The stages there are and what each sets apart: the one source of `.chalice/config.json` and of the policies."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytz

from chalicelib.appointment import tried_for
from chalicelib.settings import Settings, from_environment

TIMEZONE = "Europe/Madrid"
FILTERS_OF_MINISTACK = "tag:*,tag-key,instance-state-name,instance-type,image-id"
"""It ignores every other filter of EC2, and then all instances match."""
ANOTHER_ACCOUNT = "210987654321"
"""Any twelve digits are an account to MiniStack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """How many calls API Gateway lets through to each method of a stage's API, of all callers together.

    A target, not a ceiling (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html).
    """

    requests_per_second: float
    """In the long run."""
    burst: int
    """At once: how many calls are saved up while there are fewer."""

    def __str__(self) -> str:
        return f"{self.requests_per_second:g} calls a second, {self.burst} at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One deployment of the engine. ``environment`` overrides what all stages share."""

    name: str
    environment: Mapping[str, str]
    log_days: int
    throttle: Throttle = Throttle(requests_per_second=50, burst=100)
    notifications: bool = False
    """Whether lifecycle events and alarms go to an SNS topic, ``chaosmonkey-<stage>``."""

    @property
    def names(self) -> Settings:
        """The names of its AWS resources, which the engine itself goes by."""
        return Settings(stage=self.name, timezone=pytz.utc)


STAGES = (
    Stage(
        name="local",
        # Its machines are made anew all the time, and are on this one.
        environment={
            "EC2_FILTERS": FILTERS_OF_MINISTACK,
            "SSH_HOST_KEYS": "accept-new",
            "ALLOWED_ROLES": f"arn:aws:iam::{ANOTHER_ACCOUNT}:role/chaosmonkey-*",
        },
        log_days=7,
        # What AWS gives an account: nobody else calls it.
        throttle=Throttle(requests_per_second=10_000, burst=5_000),
    ),
    Stage(name="dev", environment={}, log_days=30, throttle=Throttle(requests_per_second=20, burst=40)),
    Stage(name="prod", environment={}, log_days=365, throttle=Throttle(requests_per_second=50, burst=100)),
)


def stage(name: str) -> Stage:
    """The stage of that name. Raises ``KeyError``."""
    return {each.name: each for each in STAGES}[name]


def environment(of: Stage) -> dict[str, str]:
    """The environment of a stage's functions. TZ makes ``datetime.today()`` in a planner the engine's day."""
    shared = {"STAGE": of.name, "TIMEZONE": TIMEZONE, "ALLOWED_ORIGIN": "*"}
    merged = {**shared, **of.environment}
    return {**merged, "TZ": merged["TIMEZONE"]}


def own_environment(function: str) -> dict[str, str]:
    """What one function (``attack``, ...) alone finds beside that: in the account of a role that it assumes every other
    may only look (chalicelib/drivers/credentials.py)."""
    return {"ROLE_SESSIONS": "act"} if function == "attack" else {}


def parameters(of: Stage) -> dict[str, str]:
    """What the templates before and after the functions ask."""
    return {"Stage": of.name, "Notifications": "on" if of.notifications else "off"}


def parameters_after(of: Stage) -> dict[str, str]:
    """What the template after the functions asks, all of it."""
    return {**parameters(of), "AttackEventAge": str(tried_for(grace_seconds(of)))}


def grace_seconds(of: Stage) -> int:
    """How late an attack of the stage may still run."""
    return from_environment(environment(of)).grace_seconds


def functions_parameters(of: Stage) -> dict[str, str]:
    """What the template of the functions and the API asks (`functions.json`)."""
    return {
        "Stage": of.name,
        "AllowedOrigin": environment(of)["ALLOWED_ORIGIN"],
        "RequestsPerSecond": f"{of.throttle.requests_per_second:g}",
        "RequestBurst": str(of.throttle.burst),
    }
