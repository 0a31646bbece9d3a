"""The composition root: the only module that knows both the engine and its adapters.

Everything is built at its first use and kept for as long as the function's process lives. Each builder imports what
its own function needs, so that none pays at its cold start for another's libraries.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from chalicelib import registry
from chalicelib.metrics import Metrics
from chalicelib.model import Config, Executor
from chalicelib.place import Place
from chalicelib.references import Reference
from chalicelib.resolution import Resolution
from chalicelib.settings import Settings, from_environment

if TYPE_CHECKING:
    from botocore.session import Session

    from chalicelib.adapters.dynamodb.store import DynamoStore
    from chalicelib.adapters.eventbridge import EventBridgeSchedules, ScheduleTarget
    from chalicelib.adapters.invocation import LambdaDeliveries
    from chalicelib.adapters.kms_vault import KmsVault
    from chalicelib.adapters.logged import LoggedPublisher
    from chalicelib.adapters.resolver import LambdaResolver
    from chalicelib.engine import Engine
    from chalicelib.execution import Execution
    from chalicelib.reconciliation import Reconciliation
    from chalicelib.reverting import Reverting
    from chalicelib.steering import Steering
    from chalicelib.sweep import Sweep
    from chalicelib.undelivered import Undelivered


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@cache
def settings() -> Settings:
    """The settings of this function's environment. Raises ``UnsafeSettings``."""
    return from_environment(os.environ)


@cache
def engine(function_arn: str) -> "Engine":
    """What the API asks; ``function_arn`` is that of the function that runs it, and says in which account it is."""
    from chalicelib.engine import Engine
    from chalicelib.foresight import Foresight
    from chalicelib.sealing import Sealing

    place, store = Place.of(function_arn), _store()
    return Engine(
        settings=settings(),
        plans=store,
        executors=store,
        listings=store,
        schedules=_schedules(place),
        deliveries=_Deliveries(place.attack_function(settings())),
        reverting=_reverting(place),
        publisher=_publisher(),
        foresight=Foresight(
            settings=settings(),
            controls=store,
            alarms=_Alarms(),
            resolver=_Resolver(place.resolve_function(settings())),
            attacks=registry.attacks(),
        ),
        sealing=Sealing(vault=_Vault(settings().key), attacks=registry.attacks(), planners=registry.planners()),
        attacks=registry.attacks(),
        planners=registry.planners(),
        clock=utc_now,
        rng=SystemRandom(),
    )


@cache
def steering(function_arn: str) -> "Steering":
    """What people steer the whole engine by; ``function_arn`` as for the engine."""
    from chalicelib.steering import Steering

    reverting = _reverting(Place.of(function_arn))
    return Steering(settings=settings(), controls=_store(), reverting=reverting, clock=utc_now, rng=SystemRandom())


@cache
def execution() -> "Execution":
    """What runs a delivered executor."""
    from chalicelib.execution import Execution
    from chalicelib.sealing import Opening

    return Execution(
        settings=settings(),
        runs=_store(),
        publisher=_publisher(),
        attacks=registry.attacks(),
        opening=Opening(vault=_Vault(settings().key), reader=_Secrets(), stage=settings().stage),
        alarms=_Alarms(),
        clock=utc_now,
        rng=SystemRandom(),
    )


@cache
def sweep(function_arn: str) -> "Sweep":
    """What repairs unfinished work; ``function_arn`` as for the engine."""
    from chalicelib.sweep import Sweep

    store = _store()
    return Sweep(
        settings=settings(),
        plans=store,
        executors=store,
        runs=store,
        unfinished=store,
        controls=store,
        schedules=_schedules(Place.of(function_arn)),
        publisher=_publisher(),
        clock=utc_now,
    )


def reconciliation(function_arn: str) -> "Reconciliation":
    """What compares Scheduler with the table in full, for an operator's command; ``function_arn`` as for the engine."""
    import time

    from chalicelib.adapters.parallel import in_parallel
    from chalicelib.adapters.schedule_book import EventBridgeBook
    from chalicelib.reconciliation import Reconciliation

    place, store, width = Place.of(function_arn), _store(), settings().parallel_requests
    return Reconciliation(
        settings=settings(),
        census=store,
        executors=store,
        book=EventBridgeBook(_client("scheduler", connections=width), _target(place), width=width),
        schedules=_schedules(place),
        clock=utc_now,
        pause=lambda: time.sleep(2),
        at_once=lambda mend, differences: in_parallel(mend, differences, width=width),
    )


@cache
def undelivered() -> "Undelivered":
    """What ends an executor that AWS gave up on."""
    from chalicelib.undelivered import Undelivered

    return Undelivered(runs=_store(), publisher=_publisher(), clock=utc_now)


class _Alarms:
    """CloudWatch's, whose client is made when a plan asks for alarms: most do not, and it takes its time."""

    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        from chalicelib.adapters.alarms import CloudWatchAlarms

        return CloudWatchAlarms(_client("cloudwatch", connections=1)).states(names)


@dataclass(frozen=True, slots=True)
class _Vault:
    """KMS's, whose client is made when a plan has secrets: most have none, and what encrypts takes its time to load."""

    key: str

    def seal(self, plan_id: str, texts: Sequence[str]) -> list[str]:
        return _vault(self.key).seal(plan_id, texts)

    def open(self, plan_id: str, sealed: str) -> str:
        return _vault(self.key).open(plan_id, sealed)


@cache
def _vault(key: str) -> "KmsVault":
    from chalicelib.adapters.kms_vault import KmsVault

    return KmsVault(_client("kms", connections=1), key)


class _Secrets:
    """Of Systems Manager and Secrets Manager, whose clients are made when a plan refers to one."""

    def read(self, reference: Reference) -> str:
        from chalicelib.adapters.secret_reader import AwsSecrets

        return AwsSecrets(lambda service, region: _client(service, connections=1, region=region)).read(reference)


@dataclass(frozen=True, slots=True)
class _Resolver:
    """The resolve function's, whose client is made when a dry run asks for targets: it waits longer than others."""

    function: str

    def resolve(self, attack: Config) -> Resolution:
        return _lambda_resolver(self.function).resolve(attack)


@cache
def _lambda_resolver(function: str) -> "LambdaResolver":
    from chalicelib.adapters import timeouts
    from chalicelib.adapters.resolver import LambdaResolver

    return LambdaResolver(_client("lambda", connections=1, read=timeouts.RESOLVE), function)


@dataclass(frozen=True, slots=True)
class _Deliveries:
    """The attack function's, whose client is made when something is handed over: schedules do that as a rule."""

    function: str

    def deliver_all(self, executors: Iterable[Executor]) -> None:
        _lambda_deliveries(self.function).deliver_all(executors)

    def deliver_early(self, executor: Executor, by: str | None = None) -> None:
        _lambda_deliveries(self.function).deliver_early(executor, by)


@cache
def _lambda_deliveries(function: str) -> "LambdaDeliveries":
    from chalicelib.adapters.invocation import LambdaDeliveries

    width = settings().parallel_requests
    return LambdaDeliveries(_client("lambda", connections=width), function, width=width)


def _reverting(place: Place) -> "Reverting":
    from chalicelib.adapters.parallel import in_parallel
    from chalicelib.reverting import Reverting

    store, deliveries = _store(), _Deliveries(place.attack_function(settings()))
    return Reverting(
        executors=store,
        runs=store,
        unfinished=store,
        deliveries=deliveries,
        at_once=lambda attempt, undos: in_parallel(attempt, undos, width=settings().parallel_requests),
    )


@cache
def _session() -> "Session":
    """Shared by all clients of a function: each reads tens of milliseconds of descriptions of AWS less."""
    from chalicelib.adapters.sessions import session

    return session()


def _client(service: str, **options: Any) -> Any:
    from chalicelib.adapters.clients import client

    return client(service, session=_session(), **options)


@cache
def _store() -> "DynamoStore":
    from chalicelib.adapters.dynamodb.store import DynamoStore

    return DynamoStore(settings(), utc_now, session=_session())


@cache
def metrics() -> Metrics:
    """What CloudWatch counts."""
    return Metrics(stage=settings().stage, clock=utc_now)


@cache
def _publisher() -> "LoggedPublisher":
    from chalicelib.adapters.event_bus import EventBridgePublisher, connect
    from chalicelib.adapters.logged import LoggedPublisher

    return LoggedPublisher(EventBridgePublisher(lambda: connect(session=_session()), settings().stage), metrics())


def _schedules(place: Place) -> "EventBridgeSchedules":
    from chalicelib.adapters.eventbridge import EventBridgeSchedules

    width = settings().parallel_requests
    return EventBridgeSchedules(
        _client("scheduler", connections=width), _target(place), zone=settings().timezone, width=width
    )


def _target(place: Place) -> "ScheduleTarget":
    from chalicelib.adapters.eventbridge import ScheduleTarget

    return ScheduleTarget(
        group=settings().schedule_group,
        function_arn=place.attack_function(settings()),
        role_arn=place.scheduler_role(settings()),
        dead_letter_arn=place.dead_letter_queue(settings()),
        grace_seconds=settings().grace_seconds,
    )
