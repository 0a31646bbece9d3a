"""The composition root: the only module that knows both the engine and its adapters.

Everything is built at its first use and kept for as long as the function's process lives. Each builder imports what
its own function needs, so that none pays at its cold start for another's libraries.
"""

import os
from datetime import UTC, datetime
from functools import cache
from random import SystemRandom
from typing import TYPE_CHECKING

from chalicelib import registry
from chalicelib.composing import nothing_is_garbage
from chalicelib.metrics import Metrics
from chalicelib.on_demand import LateAlarms, LateDeliveries, LateResolver, LateSecrets, LateVault, client, session
from chalicelib.place import Place
from chalicelib.settings import Settings, from_environment

if TYPE_CHECKING:
    from chalicelib.adapters.dynamodb.store import DynamoStore
    from chalicelib.adapters.eventbridge import EventBridgeSchedules, ScheduleTarget
    from chalicelib.adapters.logged import LoggedPublisher
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
@nothing_is_garbage()
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
        deliveries=LateDeliveries(place.attack_function(settings()), settings().parallel_requests),
        reverting=_reverting(place),
        publisher=_publisher(),
        foresight=Foresight(
            settings=settings(),
            controls=store,
            alarms=LateAlarms(),
            resolver=LateResolver(place.resolve_function(settings())),
            attacks=registry.attacks(),
        ),
        sealing=Sealing(vault=LateVault(settings().key), attacks=registry.attacks(), planners=registry.planners()),
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
@nothing_is_garbage()
def execution() -> "Execution":
    """What runs a delivered executor."""
    from chalicelib.execution import Execution
    from chalicelib.sealing import Opening

    return Execution(
        settings=settings(),
        runs=_store(),
        publisher=_publisher(),
        attacks=registry.attacks(),
        opening=Opening(vault=LateVault(settings().key), reader=LateSecrets(), stage=settings().stage),
        alarms=LateAlarms(),
        clock=utc_now,
        rng=SystemRandom(),
    )


@cache
@nothing_is_garbage()
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
        book=EventBridgeBook(client("scheduler", connections=width), _target(place), width=width),
        schedules=_schedules(place),
        clock=utc_now,
        pause=lambda: time.sleep(2),  # so long may what was just changed take to be listed
        at_once=lambda mend, differences: in_parallel(mend, differences, width=width),
    )


@cache
@nothing_is_garbage()
def undelivered() -> "Undelivered":
    """What ends an executor that AWS gave up on."""
    from chalicelib.undelivered import Undelivered

    return Undelivered(runs=_store(), publisher=_publisher(), clock=utc_now)


def _reverting(place: Place) -> "Reverting":
    from chalicelib.adapters.parallel import in_parallel
    from chalicelib.reverting import Reverting

    store, deliveries = _store(), LateDeliveries(place.attack_function(settings()), settings().parallel_requests)
    return Reverting(
        executors=store,
        runs=store,
        unfinished=store,
        deliveries=deliveries,
        at_once=lambda attempt, undos: in_parallel(attempt, undos, width=settings().parallel_requests),
    )


@cache
def _store() -> "DynamoStore":
    from chalicelib.adapters.dynamodb.store import DynamoStore

    return DynamoStore(settings(), utc_now, session=session())


@cache
def metrics() -> Metrics:
    """What CloudWatch counts."""
    return Metrics(stage=settings().stage, clock=utc_now)


@cache
def _publisher() -> "LoggedPublisher":
    from chalicelib.adapters.event_bus import EventBridgePublisher, connect
    from chalicelib.adapters.logged import LoggedPublisher

    return LoggedPublisher(EventBridgePublisher(lambda: connect(session=session()), settings().stage), metrics())


def _schedules(place: Place) -> "EventBridgeSchedules":
    from chalicelib.adapters.eventbridge import EventBridgeSchedules

    width = settings().parallel_requests
    return EventBridgeSchedules(
        client("scheduler", connections=width), _target(place), zone=settings().timezone, width=width
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
