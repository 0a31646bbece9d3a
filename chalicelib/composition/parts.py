"""Build the parts that the use cases share, each at its first use: the adapters, the settings and the clock.

``place`` is the account and Region of the running function.
"""

import os
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from chalicelib.composition.lazy_adapters import LateAlarms, LateDeliveries, LateResolver, client, session
from chalicelib.config.arns import Place
from chalicelib.config.settings import Settings, from_environment
from chalicelib.plugin import registry
from chalicelib.runtime.metrics import Metrics

if TYPE_CHECKING:
    from chalicelib.adapters.dynamodb.store import DynamoStore
    from chalicelib.adapters.events.logged import LoggedPublisher
    from chalicelib.adapters.scheduler.schedules import EventBridgeSchedules, ScheduleTarget
    from chalicelib.planning.preview import Foresight
    from chalicelib.scheduling.early_undo import EarlyUndo
    from chalicelib.scheduling.sync import ScheduleSync


def utc_now() -> datetime:
    """Return the time by the machine's clock, in UTC."""
    return datetime.now(UTC)


@cache
def settings() -> Settings:
    """Return the settings of this function's environment. Raises ``UnsafeSettings``."""
    return from_environment(os.environ)


def foresight(place: Place) -> "Foresight":
    """Return the preview of plans before their dates."""
    from chalicelib.planning.preview import Foresight

    return Foresight(
        settings=settings(),
        controls=store().controls,
        alarms=LateAlarms(),
        resolver=LateResolver(place.resolve_function(settings())),
        attacks=registry.attacks(),
    )


def early_undo(place: Place) -> "EarlyUndo":
    """Return the use case that runs undos early."""
    from chalicelib.adapters.aws.parallel import in_parallel
    from chalicelib.scheduling.early_undo import EarlyUndo

    return EarlyUndo(
        executors=store().executors,
        runs=store().runs,
        unfinished=store().unfinished,
        deliveries=deliveries(place),
        at_once=lambda attempt, undos: in_parallel(attempt, undos, width=settings().parallel_requests),
    )


def deliveries(place: Place) -> LateDeliveries:
    """Return the direct delivery to the attack function."""
    return LateDeliveries(place.attack_function(settings()), settings().parallel_requests)


def schedule_sync(place: Place) -> "ScheduleSync":
    """Return the sync that makes schedules follow their executors' rows."""
    from chalicelib.scheduling.sync import ScheduleSync

    return ScheduleSync(executors=store().executors, schedules=schedules(place))


@cache
def store() -> "DynamoStore":
    """Return the adapters of the stage's table."""
    from chalicelib.adapters.dynamodb.store import DynamoStore

    return DynamoStore(settings(), utc_now, session=session())


@cache
def metrics() -> Metrics:
    """Return the writer of metrics into the log, from which CloudWatch takes them."""
    return Metrics(stage=settings().stage, clock=utc_now)


@cache
def publisher() -> "LoggedPublisher":
    """Return the publisher of lifecycle events, which also counts them."""
    from chalicelib.adapters.events.event_bus import EventBridgePublisher, connect
    from chalicelib.adapters.events.logged import LoggedPublisher

    return LoggedPublisher(EventBridgePublisher(lambda: connect(session=session()), settings().stage), metrics())


def schedules(place: Place) -> "EventBridgeSchedules":
    """Return the schedules of the stage."""
    from chalicelib.adapters.scheduler.schedules import EventBridgeSchedules

    width = settings().parallel_requests
    return EventBridgeSchedules(
        client("scheduler", connections=width), target(place), zone=settings().timezone, width=width
    )


def target(place: Place) -> "ScheduleTarget":
    """Return the target that every schedule of the stage invokes."""
    from chalicelib.adapters.scheduler.schedules import ScheduleTarget

    return ScheduleTarget(
        group=settings().schedule_group,
        function_arn=place.attack_function(settings()),
        role_arn=place.scheduler_role(settings()),
        dead_letter_arn=place.dead_letter_queue(settings()),
        grace_seconds=settings().grace_seconds,
    )
