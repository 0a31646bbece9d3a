"""What the use cases of the API are made of, and what they have in common."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from chalicelib.errors import (
    HasUndos,
    PlanIsRunning,
    PlanNotFound,
    Unavailable,
)
from chalicelib.foresight import Foresight
from chalicelib.ids import is_plan_id
from chalicelib.plugin import Attack, Planner
from chalicelib.ports.services import Clock, Deliveries, EventPublisher, Schedules
from chalicelib.ports.stores import ExecutorStore, Listings, PlanStore
from chalicelib.registry import Registry
from chalicelib.reverting import Reverting
from chalicelib.sealing import Sealing
from chalicelib.settings import Settings

log = logging.getLogger(__name__)

TRIES_AGAINST_OTHERS = 5

# Seconds (docs/adr/0008). API Gateway gives up after 29, and a request to AWS that is under way may take 5 more.
POSTING = 22
MAKING = 11  # of those; the rest, 6 at the least, is for undoing it
DRY_RUN = 10  # and once begun, resolving may take 17
CHANGING = 15
READING = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that a use case may need; ``pause`` waits so many seconds."""

    settings: Settings
    plans: PlanStore
    executors: ExecutorStore
    listings: Listings
    schedules: Schedules
    deliveries: Deliveries
    reverting: Reverting
    publisher: EventPublisher
    foresight: Foresight
    sealing: Sealing
    attacks: Registry[Attack]
    planners: Registry[Planner]
    clock: Clock
    rng: Random
    pause: Callable[[float], None] = time.sleep


def or_leave_to_the_sweep(finish: Callable[[], None], subject: str) -> bool:
    """The deciding write is done; what follows from it may be done later by the sweep. Whether it was done now."""
    try:
        finish()
    except (Unavailable, PlanIsRunning, HasUndos) as error:
        log.warning("%s: left to the sweep: %s", subject, error)
        return False
    return True


def require_plan_id(text: str) -> None:
    """Raise ``PlanNotFound`` for what has not the shape of a plan's id: it is looked up nowhere."""
    if not is_plan_id(text):
        raise PlanNotFound(text[:64])
