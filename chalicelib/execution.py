"""From the delivery of an executor to the record of what became of it.

Scheduler and Lambda deliver at least once, late, and after things were moved or deleted: an executor is claimed before
anything is done, and whatever was claimed is put on record. A delivery that may not run does nothing but say why.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from random import Random

from chalicelib.appointment import Delivery, Refusal, refusal
from chalicelib.attacking import Attacking, skipped
from chalicelib.budget import within
from chalicelib.errors import Lost, Unavailable
from chalicelib.guards.chain import held_when_due
from chalicelib.guards.moment import Moment
from chalicelib.guards.of_a_plan import stored_guards
from chalicelib.lifecycle import of_executor
from chalicelib.model import Executor, Failure, Plan, Result, Run, Status, whole
from chalicelib.plugin import Attack
from chalicelib.ports import Alarms, Clock, EventPublisher, Runs
from chalicelib.registry import Registry
from chalicelib.sealing import Opening
from chalicelib.settings import Settings
from chalicelib.undoing import Later, Undoing

log = logging.getLogger(__name__)

_LEASE_MARGIN = timedelta(seconds=60)
_TRIES_AGAINST_OTHERS = 3

# Seconds (docs/adr/0008). What cannot be claimed is delivered again; what cannot be recorded is lost.
CLAIMING = 15
RECORDING = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Runs what is due."""

    settings: Settings
    runs: Runs
    publisher: EventPublisher
    attacks: Registry[Attack]
    opening: Opening
    alarms: Alarms
    clock: Clock
    rng: Random
    pause: Callable[[float], None] = time.sleep

    def execute(self, delivered: Delivery) -> Executor | Refusal:
        """Claim the executor, run its attack, and put on record how that ended.

        Returns the executor as recorded, or why nothing was done. Raises ``Unavailable`` only before the claim, when
        delivering again is safe, also where the executor changes faster than it can be claimed; after it a record that
        cannot be written is left to the sweep, which finds the lease passed.
        """
        id = f"{delivered.request_id}.{self.rng.getrandbits(32):08x}"  # Lambda delivers again under the same request id
        arrived, roll = whole(self.clock()), self.rng.random()
        for _ in range(_TRIES_AGAINST_OTHERS):
            with within(CLAIMING):
                found, control = self.runs.locate_due(delivered.executor_id)
            now = whole(self.clock())
            refused = refusal(found, delivered, now)
            if refused is not None or found is None:
                return self._refuse(refused or Refusal.UNKNOWN, delivered.executor_id, id)
            plan, executor = found
            if executor.undoes is not None:
                try:
                    return self._undo(plan, _received(executor, arrived), delivered, self._run(id, delivered, now))
                except Lost:
                    continue
            guards, unclear = stored_guards(plan.guards, self.settings.timezone)
            moment = Moment(
                now=now,
                zone=self.settings.timezone,
                control=control,
                guards=guards,
                roll=roll,
                alarms=self.alarms,
                unclear=unclear,
            )
            try:
                return self._keep(plan, _received(executor, arrived), delivered, self._run(id, delivered, now), moment)
            except Lost:
                continue
        raise Unavailable(f"claiming executor {delivered.executor_id}")

    def _refuse(self, refused: Refusal, executor_id: str, delivery_id: str) -> Refusal:
        """A delivery that does nothing is counted, if that succeeds at once."""
        if refused is not Refusal.UNKNOWN:
            try:
                with within(CLAIMING):
                    self.runs.refused(executor_id, delivery_id)
            except Unavailable as error:
                log.warning("executor %s: a delivery that was refused is not counted: %s", executor_id, error)
        return refused

    def _keep(self, plan: Plan, executor: Executor, delivered: Delivery, run: Run, moment: Moment) -> Executor:
        """What is too late, or held back by a guard, ends without being claimed; what a person runs now is claimed all
        the same, because its schedule has to go."""
        now = run.started
        with within(CLAIMING):
            if not delivered.now and now - executor.due > timedelta(seconds=self.settings.grace_seconds):
                return self._told(self.runs.end(executor, self._missed(executor, now), now), plan)
            held = held_when_due(moment)
            if held and not delivered.now:
                return self._told(self.runs.end(executor, _with_roll(skipped(held), moment), now), plan)
            claimed = self._claim(plan, executor, delivered, run)
        self._told(claimed, plan)
        acting, result = (claimed, skipped(held)) if held else self._attack(plan, claimed, run.seed)
        try:
            with within(RECORDING):
                return self._told(self.runs.end(acting, _with_roll(result, moment), whole(self.clock())), plan)
        except (Unavailable, Lost) as error:
            log.error("executor %s ended %s, which is not on record: %s", executor.id, result.status, error)
            return claimed

    def _claim(self, plan: Plan, executor: Executor, delivered: Delivery, run: Run) -> Executor:
        if delivered.now:
            return self.runs.claim_now(plan, executor, run, delivered.by)
        return self.runs.claim(executor, run)

    def _told(self, executor: Executor, plan: Plan) -> Executor:
        self.publisher.publish([of_executor(executor, plan)])
        return executor

    def _undo(self, plan: Plan, executor: Executor, delivered: Delivery, run: Run) -> Executor:
        """An undo asks no guard and is never missed; one that does not succeed is due again a little later."""
        with within(CLAIMING):
            claimed = self._claim(plan, executor, delivered, run)
        self._told(claimed, plan)
        undoing = Undoing(
            runs=self.runs, attacks=self.attacks, opening=self.opening, clock=self.clock, pause=self.pause
        )
        came = undoing.undo(plan, claimed)
        try:
            with within(RECORDING):
                if isinstance(came, Later):
                    return self._postpone(claimed, came)
                ended = self.runs.end(claimed, came, whole(self.clock()))
                self.runs.undone(claimed.id)
        except (Unavailable, Lost) as error:
            log.error("undo %s came to %s, which is not on record: %s", executor.id, came, error)
            return claimed
        return self._told(ended, plan)

    def _postpone(self, claimed: Executor, later: Later) -> Executor:
        """The plan's dates change with it, and others change them too: read them again."""
        for _ in range(_TRIES_AGAINST_OTHERS):
            found = self.runs.locate(claimed.id)
            if found is None:
                break
            with suppress(Lost):
                return self.runs.postpone(found[0], claimed, later.due, later.error)
        raise Lost(f"executor {claimed.id} could not be postponed")

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

    def _attack(self, plan: Plan, claimed: Executor, seed: int) -> tuple[Executor, Result]:
        attacking = Attacking(
            settings=self.settings, runs=self.runs, attacks=self.attacks, opening=self.opening, clock=self.clock
        )
        return attacking.attack(plan, claimed, seed=seed)


def _received(executor: Executor, at: datetime) -> Executor:
    """The executor with one more delivery, the one that decides its fate."""
    return replace(executor, delivered=at, deliveries=executor.deliveries + 1)


def _with_roll(result: Result, moment: Moment) -> Result:
    """The result with what was rolled, where the plan asked for it."""
    if moment.guards.probability is None:
        return result
    return replace(result, outcome={**(result.outcome or {}), "roll": moment.roll})
