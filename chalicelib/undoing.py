"""From a claimed undo to what it came to: the state that its attack had prepared, put back.

An undo asks no guard and is never too late. It is tried until it succeeds: a few times at once, then again after a
while, and after ``MOST_ATTEMPTS`` it has failed for good, which is told loudly.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.attacking import failed, succeeded, told
from chalicelib.budget import within
from chalicelib.errors import Unavailable
from chalicelib.model import Executor, Failure, Plan, Result, Status, whole
from chalicelib.plugin import Attack, undone_after
from chalicelib.ports.services import Clock
from chalicelib.ports.stores import Runs
from chalicelib.registry import Registry
from chalicelib.sealing import Opening

log = logging.getLogger(__name__)

READING = 20.0
"""Seconds to find out what is to be undone."""
MOST_ATTEMPTS = 12
AGAIN_AFTER = timedelta(seconds=60)
_PAUSES = (0.0, 2.0, 8.0)
"""Seconds before each of the tries of one attempt."""


@dataclass(frozen=True, slots=True)
class Later:
    """The undo is to be tried again: an attempt that did not succeed has an error, one that was too soon has none."""

    due: datetime
    error: Failure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """Undoes an attack once the undo's executor is claimed. ``pause`` waits so many seconds."""

    runs: Runs
    attacks: Registry[Attack]
    opening: Opening
    clock: Clock
    pause: Callable[[float], None] = time.sleep

    def undo(self, plan: Plan, claimed: Executor) -> Result | Later:
        """What came of it, or when to try again. Never raises."""
        now = whole(self.clock())
        try:
            with within(READING):
                found = self.runs.locate(str(claimed.undoes))
        except Unavailable as error:
            return self._again(claimed, Failure(type="Unavailable", message=str(error)))
        attack = found[1] if found else None
        if attack is None or not attack.to_undo:
            return self._nothing_prepared(plan, attack, now)
        if attack.status is Status.RUNNING and attack.run is not None and attack.run.lease_until >= now:
            return Later(min(attack.run.lease_until, now + AGAIN_AFTER), None)
        result = self._revert(plan, attack)
        return result if result.error is None else self._again(claimed, result.error)

    def _nothing_prepared(self, plan: Plan, attack: Executor | None, now: datetime) -> Result | Later:
        """An attack that may still come has its undo after it, whatever it was moved to."""
        begun = attack is not None and attack.began is not None
        if attack is not None and attack.status is Status.RUNNING and not begun:
            return Later(now + AGAIN_AFTER, None)
        if attack is not None and attack.status is Status.SCHEDULED and not attack.deleted:
            return Later(max(attack.due, now) + undone_after(attack.attack or plan.attack), None)
        what = "deleted" if attack is None or attack.deleted else str(attack.status)
        had = "had prepared nothing" if begun else "had not begun"
        message = f"there is nothing to undo: the attack was {what} and {had}"
        return Result(status=Status.SKIPPED, error=Failure(type="NothingToUndo", message=message))

    def _revert(self, plan: Plan, attack: Executor) -> Result:
        result = Result(status=Status.FAILED)
        for seconds in _PAUSES:
            if seconds:
                self.pause(seconds)
            result = told(
                self.attacks,
                self.opening,
                plan.id,
                attack.attack or plan.attack,
                lambda plugin: succeeded(plugin.revert(attack.prepared)),
            )
            if result.error is None:
                return result
            log.warning("undo of %s: %s", attack.id, result.error.message)
        return result

    def _again(self, claimed: Executor, error: Failure) -> Result | Later:
        if claimed.attempts + 1 < MOST_ATTEMPTS:
            return Later(whole(self.clock()) + AGAIN_AFTER, error)
        return given_up(error.message)


def given_up(message: str) -> Result:
    """The end of an undo that does not succeed: a person has to put back what is left."""
    return failed("GaveUp", f"the undo was tried {MOST_ATTEMPTS} times and is given up: {message}")
