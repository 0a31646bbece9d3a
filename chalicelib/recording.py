"""What became of a claimed executor, put on record and told to whoever wants to know."""

import logging
from contextlib import suppress
from dataclasses import dataclass

from chalicelib.budget import within
from chalicelib.errors import Lost, Unavailable
from chalicelib.lifecycle import of_executor
from chalicelib.model import Executor, Result, Terms, whole
from chalicelib.ports.services import Clock, EventPublisher
from chalicelib.ports.stores import Runs
from chalicelib.undoing import Later

log = logging.getLogger(__name__)

RECORDING = 30
"""Seconds (docs/adr/0008). What cannot be recorded is lost, and left to the sweep, which finds the lease passed."""
_TRIES_AGAINST_OTHERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Nothing of it raises. What cannot be put on record is returned as it was, and nothing is told of it."""

    runs: Runs
    publisher: EventPublisher
    clock: Clock

    def told(self, executor: Executor, terms: Terms) -> Executor:
        """The executor, whose status, as it is on record, was told. ``terms`` are its plan's."""
        self.publisher.publish([of_executor(executor, terms.attack)])
        return executor

    def ended(self, acting: Executor, result: Result, terms: Terms) -> Executor:
        """The executor that ran, ended."""
        try:
            with within(RECORDING):
                return self.told(self.runs.end(acting, result, whole(self.clock())), terms)
        except (Unavailable, Lost) as error:
            log.error("executor %s ended %s, which is not on record: %s", acting.id, result.status, error)
            return acting

    def undone(self, claimed: Executor, came: Result | Later, terms: Terms) -> Executor:
        """The undo that ran, ended, or due again."""
        try:
            with within(RECORDING):
                if isinstance(came, Later):
                    return self._postponed(claimed, came)
                ended = self.runs.end(claimed, came, whole(self.clock()))
                self.runs.undone(claimed.id)
        except (Unavailable, Lost) as error:
            log.error("undo %s came to %s, which is not on record: %s", claimed.id, came, error)
            return claimed
        return self.told(ended, terms)

    def _postponed(self, claimed: Executor, later: Later) -> Executor:
        """The plan's dates change with it, and others change them too: read them again."""
        for _ in range(_TRIES_AGAINST_OTHERS):
            found = self.runs.locate(claimed.id)
            if found is None:
                break
            with suppress(Lost):
                return self.runs.postpone(found[0], claimed, later.due, later.error)
        raise Lost(f"executor {claimed.id} could not be postponed")
