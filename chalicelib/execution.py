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

from chalicelib.appointment import Delivery, Refusal, refusal
from chalicelib.attacking import Attacking, skipped
from chalicelib.budget import within
from chalicelib.errors import Lost, Unavailable
from chalicelib.guards.chain import held_when_due
from chalicelib.guards.moment import Moment
from chalicelib.guards.of_a_plan import stored_guards
from chalicelib.model import Executor, Failure, Plan, Result, Run, Status, Terms, whole
from chalicelib.plugin import Attack
from chalicelib.ports.services import Alarms, Clock, EventPublisher
from chalicelib.ports.stores import Runs, Seen
from chalicelib.recording import Recording
from chalicelib.registry import Registry
from chalicelib.sealing import Opening
from chalicelib.settings import Settings
from chalicelib.undoing import Undoing

log = logging.getLogger(__name__)

_LEASE_MARGIN = timedelta(seconds=60)
_TRIES_AGAINST_OTHERS = 3

CLAIMING = 15
"""Seconds (docs/adr/0008). What cannot be claimed is delivered again."""


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

    @property
    def _recording(self) -> Recording:
        return Recording(runs=self.runs, publisher=self.publisher, clock=self.clock)

    def execute(self, delivered: Delivery) -> Executor | Refusal:
        """Claim the executor, run its attack, and put on record how that ended.

        Returns the executor as recorded, or why nothing was done. Raises ``Unavailable`` only before the claim, when
        delivering again is safe, also where the executor changes faster than it can be claimed; after it a record that
        cannot be written is left to the sweep, which finds the lease passed.
        """
        id = f"{delivered.request_id}.{self.rng.getrandbits(32):08x}"  # Lambda delivers again under the same request id
        arrived, roll = whole(self.clock()), self.rng.random()
        seen = self._claimed_unread(id, delivered, arrived)
        if isinstance(seen, Executor):
            return seen
        for _ in range(_TRIES_AGAINST_OTHERS):
            found, control = seen or self._seen(delivered.executor_id)
            seen, now = None, whole(self.clock())
            if found and not delivered.now and _is_claimed_by(id, found[1]):
                return self._acted(found[1], found[0].terms)
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
                now=now if delivered.now else max(now, executor.due),  # clocks differ by seconds, and the date decides
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

    def _claimed_unread(self, id: str, delivered: Delivery, arrived: datetime) -> Executor | Seen | None:
        """The executor as recorded, where what was delivered with it was enough to claim it by; what was seen, where it
        was not; None where it had to be read anyway (docs/adr/0014)."""
        is_timely = delivered.due <= arrived and not self._is_late(delivered.due, arrived)
        if delivered.carried is None or delivered.now or not is_timely:
            return None
        executor, terms = delivered.carried.told(delivered.executor_id, delivered.due)
        run, last = self._run(id, delivered, arrived), delivered.carried.last
        with within(CLAIMING):
            claimed = self.runs.claim_unread(_received(executor, arrived), terms, run, last=last)
        if not isinstance(claimed, Executor):
            return claimed
        return self._acted(claimed, terms)

    def _acted(self, claimed: Executor, terms: Terms) -> Executor:
        """The executor, of which nothing is to be judged before it knows its targets, run and recorded."""
        self._recording.told(claimed, terms)
        return self._recording.ended(*self._attack(terms, claimed), terms)

    def _seen(self, executor_id: str) -> Seen:
        with within(CLAIMING):
            return self.runs.locate_due(executor_id)

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
            if not delivered.now and self._is_late(executor.due, now):
                return self._recording.told(self.runs.end(executor, self._missed(executor, now), now), plan.terms)
            held = held_when_due(moment)
            if held and not delivered.now:
                return self._recording.told(self.runs.end(executor, _with_roll(skipped(held), moment), now), plan.terms)
            claimed = self._claim(plan, executor, delivered, run)
        self._recording.told(claimed, plan.terms)
        acting, result = (claimed, skipped(held)) if held else self._attack(plan.terms, claimed)
        return self._recording.ended(acting, _with_roll(result, moment), plan.terms)

    def _is_late(self, due: datetime, now: datetime) -> bool:
        return now - due > timedelta(seconds=self.settings.grace_seconds)

    def _claim(self, plan: Plan, executor: Executor, delivered: Delivery, run: Run) -> Executor:
        if delivered.now:
            return self.runs.claim_now(plan, executor, run, delivered.by)
        return self.runs.claim(executor, run)

    def _undo(self, plan: Plan, executor: Executor, delivered: Delivery, run: Run) -> Executor:
        """An undo asks no guard and is never missed; one that does not succeed is due again a little later."""
        with within(CLAIMING):
            claimed = self._claim(plan, executor, delivered, run)
        self._recording.told(claimed, plan.terms)
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

    def _attack(self, terms: Terms, claimed: Executor) -> tuple[Executor, Result]:
        attacking = Attacking(
            settings=self.settings, runs=self.runs, attacks=self.attacks, opening=self.opening, clock=self.clock
        )
        return attacking.attack(terms, claimed)


def _is_claimed_by(id: str, executor: Executor) -> bool:
    """Whether that run's claim of an attack took effect after all, when its caller had given way: nobody else's is it.

    What was claimed had been judged, unless a person runs it now.
    """
    run = executor.run
    return run is not None and run.id == id and executor.status is Status.RUNNING and executor.undoes is None


def _received(executor: Executor, at: datetime) -> Executor:
    """The executor with one more delivery, the one that decides its fate."""
    return replace(executor, delivered=at, deliveries=executor.deliveries + 1)


def _with_roll(result: Result, moment: Moment) -> Result:
    """The result with what was rolled, where the plan asked for it."""
    if moment.guards.probability is None:
        return result
    return replace(result, outcome={**(result.outcome or {}), "roll": moment.roll})
