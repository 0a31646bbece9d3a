"""Define the stages and their settings: the one source of `.chalice/config.json` and of the policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC

from chalicelib.config.settings import Settings, from_environment
from chalicelib.domain.delivery import tried_for
from infra.stage.partitions import partition_of

TIMEZONE = "Europe/Madrid"
FILTERS_OF_MINISTACK = "tag:*,tag-key,instance-state-name,instance-type,image-id"
"""The EC2 filters that MiniStack honours. It ignores every other one, and then all instances match."""
ANOTHER_ACCOUNT = "210987654321"
"""An example account: MiniStack accepts any twelve digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """The calls that API Gateway admits to each method of a stage's API, of all callers together.

    AWS treats them as targets, not as ceilings
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html).
    """

    requests_per_second: float
    """The average over time."""
    burst: int
    """The most at once."""

    def __str__(self) -> str:
        return f"{self.requests_per_second:g} calls a second, {self.burst} at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One deployment of the engine. ``environment`` overrides what all stages share."""

    name: str
    environment: Mapping[str, str]
    log_days: int
    throttle: Throttle = Throttle(requests_per_second=50, burst=100)
    region: str | None = None
    """The one Region that it may be deployed to. Without it: the credentials' Region, in the partition ``aws``."""
    python: str = "3.11"
    """The Python version of its functions. ``make deploy`` has to run on the same."""
    reserved: Mapping[str, int] = field(default_factory=dict)
    """The reserved concurrency of functions, by their names in Chalice's configuration."""
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    """The network in which the attack function runs (docs/explanation/security.md); AWS's own where there is none."""
    notifications: bool = False
    """Send lifecycle events and alarms to an SNS topic, ``chaosmonkey-<stage>``."""
    volume_keys: tuple[str, ...] = ()
    """ARNs of the KMS keys of volumes whose instances attacks stop: starting one again takes kms:CreateGrant."""
    extra_attack_actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """IAM actions, with their ARNs, that plugins call but do not list in ``iam_actions``: ``{"ec2:DescribeVolumes":
    ()}``.

    Plugins of the original engine list none. ``infra/stage/extra_actions.py`` checks them.
    """

    @property
    def partition(self) -> str:
        """Return the AWS partition of its Region. Raises botocore's ``UnknownRegionError``."""
        return partition_of(self.region) if self.region else "aws"

    @property
    def names(self) -> Settings:
        """Return settings that hold the names of its AWS resources, as the engine itself uses them."""
        return Settings(stage=self.name, timezone=UTC)


STAGES = (
    Stage(
        name="local",
        # Its machines are emulated on this computer, with new host keys each time.
        environment={
            "EC2_FILTERS": FILTERS_OF_MINISTACK,
            "SSH_HOST_KEYS": "accept-new",
            "ALLOWED_ROLES": f"arn:aws:iam::{ANOTHER_ACCOUNT}:role/chaosmonkey-*",
        },
        log_days=7,
        # AWS's limits for a whole account: this stage has only one caller.
        throttle=Throttle(requests_per_second=10_000, burst=5_000),
    ),
    Stage(name="dev", environment={}, log_days=30, throttle=Throttle(requests_per_second=20, burst=40)),
    Stage(
        name="prod",
        environment={},
        log_days=365,
        throttle=Throttle(requests_per_second=50, burst=100),
        # The API, which halts the engine, never waits behind attacks, nor do other functions of the account.
        reserved={"api_handler": 50, "attack": 200, "sweep": 2, "undelivered": 5},
    ),
)


def stage(name: str) -> Stage:
    """Return the stage of that name. Raises ``KeyError``."""
    return {each.name: each for each in STAGES}[name]


def environment(of: Stage) -> dict[str, str]:
    """Return the environment of a stage's functions. TZ makes ``datetime.today()`` in a planner the engine's day."""
    shared = {"STAGE": of.name, "TIMEZONE": TIMEZONE, "ALLOWED_ORIGIN": "*"}
    merged = {**shared, **of.environment}
    return {**merged, "TZ": merged["TIMEZONE"]}


def own_environment(function: str) -> dict[str, str]:
    """Return the variables that only this function gets (``attack``, ...).

    The attack function may act in other accounts; the sessions of all other functions may only read
    (chalicelib/drivers/cloud/credentials.py).
    """
    return {"ROLE_SESSIONS": "act"} if function == "attack" else {}


def parameters(of: Stage) -> dict[str, str]:
    """Return the parameters that the templates before and after the functions share."""
    return {"Stage": of.name, "Notifications": "on" if of.notifications else "off"}


def parameters_before(of: Stage) -> dict[str, str]:
    """Return all parameters of the template before the functions."""
    return {**parameters(of), "LogDays": str(of.log_days)}


def parameters_after(of: Stage) -> dict[str, str]:
    """Return all parameters of the template after the functions."""
    return {**parameters(of), "AttackEventAge": str(tried_for(grace_seconds(of)))}


def grace_seconds(of: Stage) -> int:
    """Return how many seconds late an attack of the stage may still run."""
    return from_environment(environment(of)).grace_seconds


def functions_parameters(of: Stage) -> dict[str, str]:
    """Return the parameters of the template of the functions and the API (`functions.json`)."""
    return {
        "Stage": of.name,
        "AllowedOrigin": environment(of)["ALLOWED_ORIGIN"],
        "RequestsPerSecond": f"{of.throttle.requests_per_second:g}",
        "RequestBurst": str(of.throttle.burst),
    }
