"""Adapters that most calls do without: each makes its client when it is first asked, since that takes its time.

Part of the composition root (``bootstrap``), with the session that all clients of a function share.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.model import Config, Executor
from chalicelib.references import Reference
from chalicelib.resolution import Resolution

if TYPE_CHECKING:
    from botocore.session import Session

    from chalicelib.adapters.invocation import LambdaDeliveries
    from chalicelib.adapters.kms_vault import KmsVault
    from chalicelib.adapters.resolver import LambdaResolver


@cache
def session() -> "Session":
    """Shared by all clients of a function: each reads tens of milliseconds of descriptions of AWS less."""
    from chalicelib.adapters import sessions

    return sessions.session()


def client(service: str, **options: Any) -> Any:
    """A client of that session, with the options of ``adapters.clients.client``."""
    from chalicelib.adapters import clients

    return clients.client(service, session=session(), **options)


class LateAlarms:
    """CloudWatch's, whose client is made when a plan asks for alarms: most do not, and it takes its time."""

    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        from chalicelib.adapters.alarms import CloudWatchAlarms

        return CloudWatchAlarms(client("cloudwatch", connections=1)).states(names)


@dataclass(frozen=True, slots=True)
class LateVault:
    """KMS's, whose client is made when a plan has secrets: most have none, and what encrypts takes its time to load."""

    key: str

    def seal(self, plan_id: str, texts: Sequence[str]) -> list[str]:
        return _vault(self.key).seal(plan_id, texts)

    def open(self, plan_id: str, sealed: str) -> str:
        return _vault(self.key).open(plan_id, sealed)


@cache
def _vault(key: str) -> "KmsVault":
    from chalicelib.adapters.kms_vault import KmsVault

    return KmsVault(client("kms", connections=1), key)


class LateSecrets:
    """Of Systems Manager and Secrets Manager, whose clients are made when a plan refers to one."""

    def read(self, reference: Reference) -> str:
        from chalicelib.adapters.secret_reader import AwsSecrets

        return AwsSecrets(lambda service, region: client(service, connections=1, region=region)).read(reference)


@dataclass(frozen=True, slots=True)
class LateResolver:
    """The resolve function's, whose clients are made when targets are asked for. A dry run waits longer than others."""

    function: str

    def resolve(self, attack: Config) -> Resolution:
        from chalicelib.adapters import timeouts

        return _lambda_resolver(self.function, timeouts.RESOLVE).resolve(attack)

    def resolving(self, attack: Config) -> AbstractContextManager[Callable[[], Resolution]]:
        from chalicelib.adapters import timeouts

        return _lambda_resolver(self.function, timeouts.GLANCE).resolving(attack)


@cache
def _lambda_resolver(function: str, seconds: float) -> "LambdaResolver":
    from chalicelib.adapters.resolver import LambdaResolver

    return LambdaResolver(client("lambda", connections=1, read=seconds), function)


@dataclass(frozen=True, slots=True)
class LateDeliveries:
    """The attack function's, whose client is made when something is handed over: schedules do that as a rule."""

    function: str
    width: int

    def deliver_all(self, executors: Iterable[Executor]) -> None:
        _deliveries(self.function, self.width).deliver_all(executors)

    def deliver_early(self, executor: Executor, by: str | None = None) -> None:
        _deliveries(self.function, self.width).deliver_early(executor, by)


@cache
def _deliveries(function: str, width: int) -> "LambdaDeliveries":
    from chalicelib.adapters.invocation import LambdaDeliveries

    return LambdaDeliveries(client("lambda", connections=width), function, width=width)
