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
from chalicelib.place import Place
from chalicelib.settings import Settings, from_environment

if TYPE_CHECKING:
    from chalicelib.adapters.dynamodb.store import DynamoStore
    from chalicelib.adapters.eventbridge import EventBridgeSchedules
    from chalicelib.engine import Engine
    from chalicelib.execution import Execution
    from chalicelib.sweep import Sweep


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
    from chalicelib.adapters.clients import client
    from chalicelib.adapters.invocation import LambdaDeliveries
    from chalicelib.engine import Engine

    place, store, width = Place.of(function_arn), _store(), settings().parallel_requests
    return Engine(
        settings=settings(),
        plans=store,
        executors=store,
        listings=store,
        schedules=_schedules(place),
        deliveries=LambdaDeliveries(
            client("lambda", connections=width), place.attack_function(settings()), width=width
        ),
        attacks=registry.attacks(),
        planners=registry.planners(),
        clock=utc_now,
        rng=SystemRandom(),
    )


@cache
def execution() -> "Execution":
    """What runs a delivered executor."""
    from chalicelib.execution import Execution

    return Execution(settings=settings(), runs=_store(), attacks=registry.attacks(), clock=utc_now, rng=SystemRandom())


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
        schedules=_schedules(Place.of(function_arn)),
        clock=utc_now,
    )


@cache
def _store() -> "DynamoStore":
    from chalicelib.adapters.dynamodb.store import DynamoStore

    return DynamoStore(settings(), utc_now)


def _schedules(place: Place) -> "EventBridgeSchedules":
    from chalicelib.adapters.clients import client
    from chalicelib.adapters.eventbridge import EventBridgeSchedules, ScheduleTarget

    width = settings().parallel_requests
    return EventBridgeSchedules(
        client("scheduler", connections=width),
        ScheduleTarget(
            group=settings().schedule_group,
            function_arn=place.attack_function(settings()),
            role_arn=place.scheduler_role(settings()),
            dead_letter_arn=place.dead_letter_queue(settings()),
            grace_seconds=settings().grace_seconds,
        ),
        zone=settings().timezone,
        width=width,
    )
