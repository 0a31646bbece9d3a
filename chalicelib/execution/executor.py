"""From the delivery of an executor to the record of what became of it.

Scheduler and Lambda deliver at least once, late, and after things were moved or deleted: an executor is claimed before
anything is done, and whatever was claimed is put on record. A delivery that may not run does nothing but say why.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from random import Random

from chalicelib.config.settings import Settings
from chalicelib.domain.delivery import Delivery, Refusal, refusal, seconds_early
from chalicelib.domain.engine_state import Control
from chalicelib.domain.errors import Unreadable, WriteConflict
from chalicelib.domain.model import AttackSpec, Executor, Failure, Plan, Result, Run, Status, truncate_to_second
from chalicelib.domain.unavailable import Unavailable
from chalicelib.execution.attack import Attacking, skipped
from chalicelib.execution.record import Recording
from chalicelib.execution.undo import Undoing
from chalicelib.guards.chain import blocked_when_due
from chalicelib.guards.context import DueContext
from chalicelib.guards.engine import check_engine
from chalicelib.guards.spec import stored_guards
from chalicelib.plugin import Attack
from chalicelib.plugin.registry import Registry
from chalicelib.ports.claims import Claims, ClaimView
from chalicelib.ports.runs import Runs
from chalicelib.ports.services import Alarms, Clock, EventPublisher
from chalicelib.runtime.deadline import within
from chalicelib.secrets.encryption import Opening

log = logging.getLogger(__name__)

_LEASE_MARGIN = timedelta(seconds=60)
_TRIES_AGAINST_OTHERS = 3
_PAUSES = 3
"""By this clock a pause may end a moment too soon, and a schedule that was refused has deleted itself."""

CLAIMING = 15
"""Seconds (docs/adr/0008). AWS delivers again what was not claimed in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """The execution of executors that are due."""

    settings: Settings
    claims: Claims
    runs: Runs
    publisher: EventPublisher
    attacks: Registry[Attack]
    opening: Opening
    alarms: Alarms
    clock: Clock
    rng: Random
    pause: Callable[[float], None] = time.sleep

    @property
    def _recording(self) -> Recording:
        return Recording(runs=self.runs, publisher=self.publisher, clock=self.clock, pause=self.pause)

    def execute(self, delivered: Delivery) -> Executor | Refusal:
        """Claim the executor, run its attack, and put on record how that ended.

        A delivery that is less than a minute early waits for its date; the wait counts as part of the function's time.
        Returns the executor as recorded, or why nothing was done. Raises ``Unavailable`` only before the claim, when
        delivering again is safe, also where the executor changes faster than it can be claimed. If the record cannot be
        written after that, the sweep ends the executor once its lease has passed.
        """
        id = f"{delivered.request_id}.{self.rng.getrandbits(32):08x}"  # Lambda delivers again under the same request id
        arrived, roll = truncate_to_second(self.clock()), self.rng.random()
        for _ in range(_PAUSES):
            if early := seconds_early(delivered, self.clock()):
                self.pause(early)
                delivered = replace(delivered, seconds=max(0.0, delivered.seconds - early))
        for _ in range(_TRIES_AGAINST_OTHERS):
            try:
                found, control = self._seen(delivered.executor_id)
            except Unreadable as error:
                log.warning("%s", error)
                return Refusal.UNREADABLE
            now = truncate_to_second(self.clock())
            refused = refusal(found, delivered, now)
            if refused is not None or found is None:
                return self._refuse(refused or Refusal.UNKNOWN, found and found[1], delivered, id)
            plan, executor = found
            if executor.undoes is not None:
                try:
                    return self._undo(plan, _received(executor, arrived), delivered, self._run(id, delivered, now))
                except WriteConflict:
                    continue
            guards, unclear = stored_guards(plan.guards, self.settings.timezone)
            context = DueContext(
                now=now,
                zone=self.settings.timezone,
                control=control,
                guards=guards,
                roll=roll,
                alarms=self.alarms,
                unclear=unclear,
            )
            try:
                return self._keep(plan, _received(executor, arrived), delivered, self._run(id, delivered, now), context)
            except WriteConflict:
                continue
        raise Unavailable(f"claiming executor {delivered.executor_id}")

    def _seen(self, executor_id: str) -> ClaimView:
        with within(CLAIMING):
            return self.claims.locate_due(executor_id)

    def _refuse(self, refused: Refusal, executor: Executor | None, delivered: Delivery, delivery_id: str) -> Refusal:
        """Return the refusal of a delivery, counted if that succeeds at once.

        A schedule that was moved just before it fired may fire as of old and delete itself, the new date with it. That
        is noted for the sweep, which may write schedules. Raises ``Unavailable`` where it cannot be noted.
        """
        if executor is None:
            return refused
        if refused is Refusal.MOVED:
            with within(CLAIMING):
                self.claims.refused_as_moved(executor, delivery_id, delivered.due)
            return refused
        try:
            with within(CLAIMING):
                self.claims.refused(executor.id, delivery_id)
        except Unavailable as error:
            log.warning("executor %s: a delivery that was refused is not counted: %s", executor.id, error)
        return refused

    def _keep(self, plan: Plan, executor: Executor, delivered: Delivery, run: Run, context: DueContext) -> Executor:
        """Claim the executor and attack, unless it is too late or a guard blocks it: then end it without a claim.

        An executor that a person runs now is claimed even where a guard blocks it, because its schedule has to go.
        """
        with within(CLAIMING):
            now = run.started
            if not delivered.now and self._is_late(executor.due, now):
                return self._recording.publish(self.runs.end(executor, self._missed(executor, now), now), plan.terms)
            blocked = blocked_when_due(context)
            now = max(now, truncate_to_second(self.clock()))  # a guard may have waited for an answer
            blocked = blocked or check_engine(context.control, now, context.zone)
            if blocked and not delivered.now:
                return self._recording.publish(
                    self.runs.end(executor, _with_roll(skipped(blocked), context), now), plan.terms
                )
            judged = None if blocked else context.control
            claimed = self._claim(plan, executor, delivered, replace(run, started=now), judged)
        self._recording.publish(claimed, plan.terms)
        acting, result = (claimed, skipped(blocked)) if blocked else self._attack(plan.terms, claimed)
        return self._recording.ended(acting, _with_roll(result, context), plan.terms)

    def _is_late(self, due: datetime, now: datetime) -> bool:
        return now - due > timedelta(seconds=self.settings.grace_seconds)

    def _claim(
        self, plan: Plan, executor: Executor, delivered: Delivery, run: Run, judged: Control | None = None
    ) -> Executor:
        if delivered.now:
            return self.claims.claim_now(plan, executor, run, delivered.by, judged)
        return self.claims.claim(executor, run, judged)

    def _undo(self, plan: Plan, executor: Executor, delivered: Delivery, run: Run) -> Executor:
        """Claim and run an undo: it has no guards and is never missed. One that fails is due again a little later."""
        with within(CLAIMING):
            claimed = self._claim(plan, executor, delivered, run)
        self._recording.publish(claimed, plan.terms)
        undoing = Undoing(
            runs=self.runs, attacks=self.attacks, opening=self.opening, clock=self.clock, pause=self.pause
        )
        return self._recording.undone(claimed, undoing.undo(plan, claimed), plan.terms)

    def _run(self, id: str, delivered: Delivery, now: datetime) -> Run:
        return Run(
            id=id,
            request_id=delivered.request_id,
            started=now,
            lease_until=now + timedelta(seconds=ceil(delivered.seconds)) + _LEASE_MARGIN,
            seed=self.rng.getrandbits(32),
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

    def _attack(self, terms: AttackSpec, claimed: Executor) -> tuple[Executor, Result]:
        attacking = Attacking(
            settings=self.settings, runs=self.runs, attacks=self.attacks, opening=self.opening, clock=self.clock
        )
        return attacking.attack(terms, claimed)


def _received(executor: Executor, at: datetime) -> Executor:
    """Return the executor with one more delivery, the one that decides about it."""
    return replace(executor, delivered=at, deliveries=executor.deliveries + 1)


def _with_roll(result: Result, context: DueContext) -> Result:
    """Return the result with the roll, where the plan has a probability."""
    if context.guards.probability is None:
        return result
    return replace(result, outcome={**(result.outcome or {}), "roll": context.roll})
