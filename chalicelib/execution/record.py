"""Record the outcome of a claimed executor, and publish it."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.domain.errors import Unreadable, WriteConflict
from chalicelib.domain.events import of_executor
from chalicelib.domain.model import AttackSpec, Executor, Result, truncate_to_second
from chalicelib.domain.unavailable import Unavailable
from chalicelib.execution.undo import Retry
from chalicelib.ports.runs import Runs
from chalicelib.ports.services import Clock, EventPublisher
from chalicelib.runtime.contention import retry_conflicts
from chalicelib.runtime.deadline import within

log = logging.getLogger(__name__)

RECORDING = 30
"""Seconds (docs/adr/0008). An outcome not recorded in time is lost; the sweep ends its executor after the lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The record of outcomes. Its methods never raise: they return an executor as it was, unpublished, where recording
    fails."""

    runs: Runs
    publisher: EventPublisher
    clock: Clock
    pause: Callable[[float], None] = time.sleep

    def publish(self, executor: Executor, terms: AttackSpec) -> Executor:
        """Publish the executor's status, which is on record, and return the executor. ``terms`` are its plan's."""
        self.publisher.publish([of_executor(executor, terms.attack)])
        return executor

    def ended(self, acting: Executor, result: Result, terms: AttackSpec) -> Executor:
        """Record the result of an executor that ran, and return it ended."""
        try:
            with within(RECORDING):
                return self.publish(self.runs.end(acting, result, truncate_to_second(self.clock())), terms)
        except (Unavailable, WriteConflict, Unreadable) as error:
            log.error("executor %s ended %s, which is not on record: %s", acting.id, result.status, error)
            return acting

    def undone(self, claimed: Executor, came: Result | Retry, terms: AttackSpec) -> Executor:
        """Record the end of an undo, or that it is due again, and return it."""
        try:
            with within(RECORDING):
                if isinstance(came, Retry):
                    return self._postponed(claimed, came)
                ended = self.runs.end(claimed, came, truncate_to_second(self.clock()))
                self.runs.undone(claimed.id)
        except (Unavailable, WriteConflict, Unreadable) as error:
            log.error("undo %s came to %s, which is not on record: %s", claimed.id, came, error)
            return claimed
        return self.publish(ended, terms)

    def _postponed(self, claimed: Executor, later: Retry) -> Executor:
        """Postpone an undo, and return it. Read the plan again where others have changed its dates."""
        operation = f"postponing undo {claimed.id}"

        def postpone() -> Executor:
            found = self.runs.locate(claimed.id)
            if found is None or found[1].run != claimed.run:  # it is not this run's any more
                raise Unavailable(operation)
            return self.runs.postpone(found[0], claimed, later.due, later.error)

        return retry_conflicts(postpone, operation, pause=self.pause)
