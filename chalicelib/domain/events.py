"""Describe the lifecycle of plans and executors as events, each published once it is on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.domain.model import Config, Executor, Failure, Plan, Status

LONGEST_TARGET = 256
TARGETS = ("target", "instance_id", "endpoint")
"""Under which of these an attack's outcome names what it chose; the first that is there counts (CONTRIBUTING.md)."""


class Happened(StrEnum):
    """The kinds of events."""

    PLAN_CREATED = "Plan Created"
    PLAN_DELETED = "Plan Deleted"
    EXECUTOR_STARTED = "Executor Started"
    EXECUTOR_SUCCEEDED = "Executor Succeeded"
    EXECUTOR_FAILED = "Executor Failed"
    EXECUTOR_SKIPPED = "Executor Skipped"
    EXECUTOR_MISSED = "Executor Missed"


_OF_STATUS = {
    Status.RUNNING: Happened.EXECUTOR_STARTED,
    Status.SUCCEEDED: Happened.EXECUTOR_SUCCEEDED,
    Status.FAILED: Happened.EXECUTOR_FAILED,
    Status.SKIPPED: Happened.EXECUTOR_SKIPPED,
    Status.MISSED: Happened.EXECUTOR_MISSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleEvent:
    """One thing that happened, and when. ``name`` is the plan's or the executor's; ``attack`` is a ref; ``target`` is
    what the attack chose. ``executor_id``, ``due``, ``target``, ``error``, ``outcome`` and ``undo`` (whether it is
    one) are an executor's alone, ``executors`` (how many) and ``by`` (who asked for it) a plan's."""

    happened: Happened
    at: datetime
    plan_id: str
    name: str
    attack: str
    executors: int | None = None
    by: str | None = None
    executor_id: str | None = None
    due: datetime | None = None
    target: str | None = None
    error: Failure | None = None
    undo: bool = False
    outcome: Mapping[str, Any] | None = None


def plan_created(plan: Plan) -> LifecycleEvent:
    """Return the event that the plan is active."""
    return _of_plan(Happened.PLAN_CREATED, plan, plan.created, plan.created_by)


def plan_deleted(plan: Plan, at: datetime) -> LifecycleEvent:
    """Return the event that nothing of the plan will run any more."""
    return _of_plan(Happened.PLAN_DELETED, plan, at, plan.deleted_by)


def of_executor(executor: Executor, attack: Config) -> LifecycleEvent:
    """Return the event of the executor's present status: it runs, or has ended. ``attack`` is its plan's."""
    at = executor.finished or (executor.run.started if executor.run else executor.due)
    return LifecycleEvent(
        happened=_OF_STATUS[executor.status],
        at=at,
        plan_id=executor.plan_id,
        name=executor.name,
        attack=_ref(executor.attack or attack),
        executor_id=executor.id,
        due=executor.due,
        target=target(executor.outcome),
        error=executor.error,
        undo=executor.undoes is not None,
        outcome=executor.outcome,
    )


def target(outcome: Mapping[str, Any] | None) -> str | None:
    """Return the target that an outcome names; None where it names none."""
    found = (outcome[name] for name in TARGETS if outcome and isinstance(outcome.get(name), str))
    chosen = next(found, None)
    return chosen[:LONGEST_TARGET] if chosen else None


def _of_plan(happened: Happened, plan: Plan, at: datetime, by: str | None) -> LifecycleEvent:
    return LifecycleEvent(
        happened=happened,
        at=at,
        plan_id=plan.id,
        name=plan.name,
        attack=_ref(plan.attack),
        executors=plan.total,
        by=by,
    )


def _ref(attack: Mapping[str, Any]) -> str:
    return str(attack["ref"])
