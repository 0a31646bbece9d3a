"""Undo an attack: put back the state that it had prepared.

An undo asks no guard and is never too late. It is tried until it succeeds: a few times at once, then again after a
while, and after ``MOST_ATTEMPTS`` it has failed for good, and the log has an error.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.errors import Unreadable
from chalicelib.domain.model import Executor, Failure, Plan, Result, Status, truncate_to_second
from chalicelib.domain.unavailable import Unavailable
from chalicelib.execution.attack import failed, succeeded, use_plugin
from chalicelib.plugin import Attack, undone_after
from chalicelib.plugin.registry import Registry
from chalicelib.ports.runs import Runs
from chalicelib.ports.services import Clock
from chalicelib.runtime.deadline import within
from chalicelib.scheduling.needless_undo import nothing_to_undo
from chalicelib.secrets.encryption import Opening

log = logging.getLogger(__name__)

READING = 20.0
"""Seconds to find out what is to be undone."""
MOST_ATTEMPTS = 12
AGAIN_AFTER = timedelta(seconds=60)
_PAUSES = (0.0, 2.0, 8.0)
"""Seconds before each of the tries of one attempt."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The undo is to be tried again: an attempt that did not succeed has an error, one that was too soon has none."""

    due: datetime
    error: Failure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """The undo of an attack, once the undo's executor is claimed. ``pause`` waits so many seconds."""

    runs: Runs
    attacks: Registry[Attack]
    opening: Opening
    clock: Clock
    pause: Callable[[float], None] = time.sleep

    def undo(self, plan: Plan, claimed: Executor) -> Result | Retry:
        """Return the result of the undo, or when to try again. Never raises."""
        now = truncate_to_second(self.clock())
        try:
            with within(READING):
                found = self.runs.locate(str(claimed.undoes))
        except (Unavailable, Unreadable) as error:
            return self._again(claimed, Failure(type=type(error).__name__, message=str(error)))
        attack = found[1] if found else None
        if attack is None or not attack.to_undo:
            return self._nothing_prepared(plan, attack, now)
        if attack.status is Status.RUNNING and attack.run is not None and attack.run.lease_until >= now:
            return Retry(min(attack.run.lease_until, now + AGAIN_AFTER), None)
        result = self._revert(plan, attack)
        return result if result.error is None else self._again(claimed, result.error)

    def _nothing_prepared(self, plan: Plan, attack: Executor | None, now: datetime) -> Result | Retry:
        """Return the result of an undo whose attack prepared nothing; a retry where the attack may still come."""
        if attack is not None and attack.status is Status.RUNNING and attack.began is None:
            return Retry(now + AGAIN_AFTER, None)
        if attack is not None and attack.status is Status.SCHEDULED and not attack.deleted:
            return Retry(max(attack.due, now) + undone_after(attack.attack or plan.attack), None)
        return nothing_to_undo(attack)

    def _revert(self, plan: Plan, attack: Executor) -> Result:
        result = Result(status=Status.FAILED)
        for seconds in _PAUSES:
            if seconds:
                self.pause(seconds)
            result = use_plugin(
                self.attacks,
                self.opening,
                plan.sealed_under,
                attack.attack or plan.attack,
                lambda plugin: succeeded(plugin.revert(attack.prepared)),
            )
            if result.error is None:
                return result
            log.warning("undo of %s: %s", attack.id, result.error.message)
        return result

    def _again(self, claimed: Executor, error: Failure) -> Result | Retry:
        if claimed.attempts + 1 < MOST_ATTEMPTS:
            return Retry(truncate_to_second(self.clock()) + AGAIN_AFTER, error)
        return given_up(error.message)


def given_up(message: str) -> Result:
    """Return the result of an undo that is given up: a person has to put back what is left."""
    return failed("GaveUp", f"the undo was tried {MOST_ATTEMPTS} times and is given up: {message}")
