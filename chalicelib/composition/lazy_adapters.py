"""Provide adapters that most calls do not use: each makes its client at its first use, because that is slow.

The module belongs to the composition root (``bootstrap``) and holds the session that all clients of a function share.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.domain.model import Config, Executor
from chalicelib.domain.secret_reference import Reference
from chalicelib.domain.targets import Resolution

if TYPE_CHECKING:
    from botocore.session import Session

    from chalicelib.adapters.aws.deliveries import LambdaDeliveries
    from chalicelib.adapters.aws.resolver import LambdaResolver
    from chalicelib.adapters.kms.vault import KmsVault


@cache
def session() -> "Session":
    """Return the session that all clients of a function share, which saves each tens of milliseconds of reading AWS's
    models."""
    from chalicelib.adapters.aws import sessions

    return sessions.session()


def client(service: str, **options: Any) -> Any:
    """Return a client of that session, with the options of ``adapters.aws.clients.client``."""
    from chalicelib.adapters.aws import clients

    return clients.client(service, session=session(), **options)


class LateAlarms:
    """CloudWatch's alarms. Most plans have none, so the client is made for the first plan that does."""

    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        from chalicelib.adapters.aws.alarms import CloudWatchAlarms

        return CloudWatchAlarms(client("cloudwatch", connections=1)).states(names)


@dataclass(frozen=True, slots=True)
class LateVault:
    """KMS's vault. Most plans have no secrets, so the client, and the encryption library, are loaded for the first that
    does."""

    key: str

    def seal(self, plan_id: str, texts: Sequence[str]) -> list[str]:
        return _vault(self.key).seal(plan_id, texts)

    def open(self, plan_id: str, sealed: str) -> str:
        return _vault(self.key).open(plan_id, sealed)


@cache
def _vault(key: str) -> "KmsVault":
    from chalicelib.adapters.kms.vault import KmsVault

    return KmsVault(client("kms", connections=1), key)


class LateSecrets:
    """The secrets of Systems Manager and Secrets Manager, whose clients are made for the first plan that refers to
    one."""

    def read(self, reference: Reference) -> str:
        from chalicelib.adapters.aws.secret_reader import AwsSecrets

        return AwsSecrets(lambda service, region: client(service, connections=1, region=region)).read(reference)


@dataclass(frozen=True, slots=True)
class LateResolver:
    """The resolve function, whose clients are made when targets are asked for. A dry run waits longer than other
    requests."""

    function: str

    def resolve(self, attack: Config) -> Resolution:
        from chalicelib.adapters.aws import timeouts

        return _lambda_resolver(self.function, timeouts.RESOLVE).resolve(attack)

    def resolving(self, attack: Config) -> AbstractContextManager[Callable[[], Resolution]]:
        from chalicelib.adapters.aws import timeouts

        return _lambda_resolver(self.function, timeouts.GLANCE).resolving(attack)


@cache
def _lambda_resolver(function: str, seconds: float) -> "LambdaResolver":
    from chalicelib.adapters.aws.resolver import LambdaResolver

    return LambdaResolver(client("lambda", connections=1, read=seconds), function)


@dataclass(frozen=True, slots=True)
class LateDeliveries:
    """The attack function, whose client is made for the first direct delivery: schedules make most deliveries."""

    function: str
    width: int

    def deliver_all(self, executors: Iterable[Executor]) -> None:
        _deliveries(self.function, self.width).deliver_all(executors)

    def deliver_early(self, executor: Executor, by: str | None = None) -> None:
        _deliveries(self.function, self.width).deliver_early(executor, by)


@cache
def _deliveries(function: str, width: int) -> "LambdaDeliveries":
    from chalicelib.adapters.aws.deliveries import LambdaDeliveries

    return LambdaDeliveries(client("lambda", connections=width), function, width=width)
