"""From the delivery of an executor to the record of what became of it.

Scheduler and Lambda deliver at least once, late, and after things were moved or deleted: an executor is claimed before
anything is done, and whatever was claimed is put on record. A delivery that may not run does nothing but say why.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from random import Random
from typing import Any

from chalicelib.errors import Lost, Unavailable
from chalicelib.ids import is_executor_id
from chalicelib.model import Executor, Failure, Plan, PlanState, Result, Run, Status, whole
from chalicelib.outcome import bounded, words
from chalicelib.plugin import Attack, AttackFailed
from chalicelib.ports import Clock, Runs
from chalicelib.registry import Registry
from chalicelib.settings import Settings

log = logging.getLogger(__name__)

_CLOCKS_DIFFER_BY = timedelta(seconds=5)
_LEASE_MARGIN = timedelta(seconds=60)
_TRIES_AGAINST_OTHERS = 3


class Refusal(StrEnum):
    """Why a delivery does nothing."""

    MALFORMED = "the event is not one of ours"
    UNKNOWN = "there is no such executor"
    DELETED = "it was deleted"
    UNCOMMITTED = "its plan was never completed"
    MOVED = "it was moved to another date"
    EARLY = "it is not due yet"
    RUNNING = "it is running already"
    ENDED = "it has ended already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a schedule hands over, and who received it. ``seconds`` is how long the receiver may still live."""

    executor_id: str
    due: datetime
    request_id: str
    seconds: float


def delivery(event: Any, request_id: str, seconds: float) -> Delivery | None:
    """The delivery in an event ``{"executor_id", "due": "YYYY-MM-DDTHH:MM:SSZ"}``; None where it is not one."""
    if not isinstance(event, Mapping):
        return None
    executor_id, due = event.get("executor_id"), event.get("due")
    if not (isinstance(executor_id, str) and is_executor_id(executor_id) and isinstance(due, str)):
        return None
    try:
        instant = datetime.strptime(due, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Delivery(executor_id=executor_id, due=instant, request_id=request_id, seconds=seconds)


def refusal(found: tuple[Plan, Executor] | None, due: datetime, now: datetime) -> Refusal | None:
    """Why this appointment is not kept, None where it is."""
    if found is None:
        return Refusal.UNKNOWN
    plan, executor = found
    if plan.state is PlanState.CREATING:
        return Refusal.UNCOMMITTED
    if plan.state is PlanState.DELETED or executor.deleted:
        return Refusal.DELETED
    if executor.status is Status.RUNNING:
        return Refusal.RUNNING
    if executor.status.executed:
        return Refusal.ENDED
    if executor.due != due:
        return Refusal.MOVED
    if now + _CLOCKS_DIFFER_BY < due:
        return Refusal.EARLY
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Runs what is due."""

    settings: Settings
    runs: Runs
    attacks: Registry[Attack]
    clock: Clock
    rng: Random

    def execute(self, delivered: Delivery) -> Executor | Refusal:
        """Claim the executor, run its attack, and put on record how that ended.

        Returns the executor as recorded, or why nothing was done. Raises ``Unavailable`` only before the claim, when
        delivering again is safe, also where the executor changes faster than it can be claimed; after it a record that
        cannot be written is left to the sweep, which finds the lease passed.
        """
        for _ in range(_TRIES_AGAINST_OTHERS):
            now = whole(self.clock())
            found = self.runs.locate(delivered.executor_id)
            refused = refusal(found, delivered.due, now)
            if refused is not None or found is None:
                return refused or Refusal.UNKNOWN
            try:
                return self._keep(*found, delivered, now)
            except Lost:
                continue
        raise Unavailable(f"claiming executor {delivered.executor_id}")

    def _keep(self, plan: Plan, executor: Executor, delivered: Delivery, now: datetime) -> Executor:
        if now - executor.due > timedelta(seconds=self.settings.grace_seconds):
            return self.runs.end(executor, self._missed(executor, now), now)
        claimed = self.runs.claim(executor, self._run(delivered, now))
        result = self._attack(claimed.attack or plan.attack)
        try:
            return self.runs.end(claimed, result, whole(self.clock()))
        except (Unavailable, Lost) as error:
            log.error("executor %s ended %s, which is not on record: %s", executor.id, result.status, error)
            return claimed

    def _run(self, delivered: Delivery, now: datetime) -> Run:
        """A run that is no other's: Lambda delivers again under the same request id."""
        return Run(
            id=f"{delivered.request_id}.{self.rng.getrandbits(32):08x}",
            started=now,
            lease_until=now + timedelta(seconds=ceil(delivered.seconds)) + _LEASE_MARGIN,
        )

    def _missed(self, executor: Executor, now: datetime) -> Result:
        late = int((now - executor.due).total_seconds())
        return Result(
            status=Status.MISSED,
            error=Failure(
                type="Missed",
                message=f"it was delivered {late} seconds after it was due, "
                f"more than the {self.settings.grace_seconds} allowed: nothing was attacked",
            ),
        )

    def _attack(self, config: Mapping[str, Any]) -> Result:
        """Run an attack. This is the boundary that no error of a plugin passes: each becomes a failed result."""
        try:
            attack = self.attacks.get(config["ref"])(config["args"])
            attack.rng = self.rng
            return Result(status=Status.SUCCEEDED, outcome=bounded(attack.run()))
        except AttackFailed as error:
            return _failed(error, bounded(getattr(error, "outcome", None) or None))
        except (Exception, SystemExit) as error:
            log.warning("the attack %s raised %s", config["ref"], type(error).__name__, exc_info=True)
            return _failed(error)


def _failed(error: BaseException, outcome: Mapping[str, Any] | None = None) -> Result:
    failure = Failure(type=type(error).__name__, message=words(error))
    return Result(status=Status.FAILED, outcome=outcome, error=failure)
