"""Finish a request whose deciding write is done, or leave the rest to the sweep."""

import logging
from collections.abc import Callable

from chalicelib.domain.errors import HasUndos, PlanIsRunning, Unreadable
from chalicelib.domain.unavailable import Unavailable

log = logging.getLogger(__name__)


def or_leave_to_the_sweep(finish: Callable[[], None], subject: str) -> bool:
    """Call ``finish``, and return whether it succeeded. After a failure the sweep does it later."""
    try:
        finish()
    except (Unavailable, PlanIsRunning, HasUndos, Unreadable) as error:
        log.warning("%s: left to the sweep: %s", subject, error)
        return False
    return True
