"""Compose the engine: the only package that imports both the engine and its adapters.

Each service is built at its first use and kept while the function's process lives. Each builder imports only what its
own function needs, which shortens the cold starts of the others.
"""

from functools import cache
from random import SystemRandom
from typing import TYPE_CHECKING

from chalicelib.composition import parts
from chalicelib.composition.lazy_adapters import (
    LateAlarms,
    LateSecrets,
    LateVault,
    client,
)
from chalicelib.config.arns import Place
from chalicelib.plugin import registry
from chalicelib.runtime.gc_freeze import nothing_is_garbage

if TYPE_CHECKING:
    from chalicelib.execution.executor import Execution
    from chalicelib.repair.dead_letters import Undelivered
    from chalicelib.repair.reconcile import Reconciliation
    from chalicelib.repair.sweep import Sweep
    from chalicelib.services.engine_state import EngineStateService
    from chalicelib.services.executors import ExecutorService
    from chalicelib.services.plan_creation import PlanCreation
    from chalicelib.services.plans import PlanService


@cache
@nothing_is_garbage()
def plan_creation(function_arn: str) -> "PlanCreation":
    """Return the use cases that create plans; ``function_arn`` is the API function's, and names account and Region."""
    from chalicelib.secrets.encryption import Sealing
    from chalicelib.services.plan_creation import PlanCreation

    place, store = Place.of(function_arn), parts.store()
    attacks, planners = registry.attacks(), registry.planners()
    return PlanCreation(
        settings=parts.settings(),
        uncommitted=store.uncommitted,
        keys=store.keys,
        plans=store.plans,
        schedules=parts.schedules(place),
        deliveries=parts.deliveries(place),
        publisher=parts.publisher(),
        foresight=parts.foresight(place),
        sealing=Sealing(vault=LateVault(parts.settings().key), attacks=attacks, planners=planners),
        attacks=attacks,
        planners=planners,
        clock=parts.utc_now,
        rng=SystemRandom(),
    )


@cache
@nothing_is_garbage()
def plan_service(function_arn: str) -> "PlanService":
    """Return the use cases of plans; ``function_arn`` as for ``plan_creation``."""
    from chalicelib.services.plans import PlanService

    place, store = Place.of(function_arn), parts.store()
    return PlanService(
        plans=store.plans,
        listings=store.listings,
        schedules=parts.schedules(place),
        early_undo=parts.early_undo(place),
        publisher=parts.publisher(),
        clock=parts.utc_now,
    )


@cache
@nothing_is_garbage()
def executor_service(function_arn: str) -> "ExecutorService":
    """Return the use cases of executors; ``function_arn`` as for ``plan_creation``."""
    from chalicelib.scheduling.needless_undo import NeedlessUndos
    from chalicelib.services.executors import ExecutorService

    place, store = Place.of(function_arn), parts.store()
    return ExecutorService(
        plans=store.plans,
        executors=store.executors,
        listings=store.listings,
        schedule_sync=parts.schedule_sync(place),
        early_undo=parts.early_undo(place),
        needless_undos=NeedlessUndos(executors=store.executors, runs=store.runs),
        deliveries=parts.deliveries(place),
        foresight=parts.foresight(place),
        zone=parts.settings().timezone,
        clock=parts.utc_now,
        rng=SystemRandom(),
    )


@cache
def engine_state(function_arn: str) -> "EngineStateService":
    """Return the use cases of the whole engine's state; ``function_arn`` as for ``plan_creation``."""
    from chalicelib.services.engine_state import EngineStateService

    return EngineStateService(
        settings=parts.settings(),
        controls=parts.store().controls,
        early_undo=parts.early_undo(Place.of(function_arn)),
        clock=parts.utc_now,
        rng=SystemRandom(),
    )


@cache
@nothing_is_garbage()
def execution() -> "Execution":
    """Return the use case that runs a delivered executor."""
    from chalicelib.execution.executor import Execution
    from chalicelib.secrets.encryption import Opening

    store = parts.store()
    return Execution(
        settings=parts.settings(),
        claims=store.claims,
        runs=store.runs,
        publisher=parts.publisher(),
        attacks=registry.attacks(),
        opening=Opening(vault=LateVault(parts.settings().key), reader=LateSecrets(), stage=parts.settings().stage),
        alarms=LateAlarms(),
        clock=parts.utc_now,
        rng=SystemRandom(),
    )


@cache
@nothing_is_garbage()
def sweep(function_arn: str) -> "Sweep":
    """Return the sweep, which repairs unfinished work; ``function_arn`` as for ``plan_creation``."""
    from chalicelib.repair.sweep import Sweep

    store = parts.store()
    return Sweep(
        settings=parts.settings(),
        plans=store.plans,
        uncommitted=store.uncommitted,
        executors=store.executors,
        runs=store.runs,
        unfinished=store.unfinished,
        controls=store.controls,
        schedules=parts.schedules(Place.of(function_arn)),
        publisher=parts.publisher(),
        clock=parts.utc_now,
    )


def reconciliation(function_arn: str) -> "Reconciliation":
    """Return the comparison of Scheduler with the table, for operators; ``function_arn`` as for ``plan_creation``."""
    import time

    from chalicelib.adapters.aws.parallel import in_parallel
    from chalicelib.adapters.scheduler.schedule_reader import EventBridgeBook
    from chalicelib.repair.reconcile import Reconciliation

    place, store, width = Place.of(function_arn), parts.store(), parts.settings().parallel_requests
    return Reconciliation(
        settings=parts.settings(),
        scan=store.scan,
        book=EventBridgeBook(client("scheduler", connections=width), parts.target(place), width=width),
        schedule_sync=parts.schedule_sync(place),
        clock=parts.utc_now,
        pause=lambda: time.sleep(2),  # seconds until a list surely shows the last change
        at_once=lambda repair, differences: in_parallel(repair, differences, width=width),
    )


@cache
@nothing_is_garbage()
def undelivered() -> "Undelivered":
    """Return the use case that ends executors whose delivery AWS gave up."""
    from chalicelib.repair.dead_letters import Undelivered

    return Undelivered(runs=parts.store().runs, publisher=parts.publisher(), clock=parts.utc_now)
