"""What a month is assumed to be like, where the code does not say it. Change it here, and `make cost WRITE=yes`."""

from dataclasses import dataclass
from math import ceil

from infra.costs.operations import BATCH, FIRST
from infra.generate import SIZES

DAYS = 365 / 12
HOURS = DAYS * 24
SWEEPS = DAYS * 24 * 12
"""One every five minutes (chalicelib/sweep_handler.py)."""
KEPT_MONTHS = 400 / DAYS
"""RETENTION_DAYS: so many months' records are there once a stage is old enough."""
LOG_KEPT_MONTHS = 12
"""As the stage prod keeps its log (infra/stages.py)."""

ROUND = 0.03
"""Seconds of one AWS request, connection kept: what is usual within a Region, and what the benchmarks assume."""
WIDTH = 24
"""Requests at once (PARALLEL_REQUESTS)."""
COLD = 1.5
"""Seconds to start an environment, billed since August 2025. A guess from the imports of an attack on two cores."""
ATTACK = 2.0
"""Seconds of an attack's own work: list the candidates, terminate one, look at it again. A script may take minutes."""
VIEW = 0.02
"""Seconds of Python of a call of the API."""
RESOLVE = 0.5
"""Seconds of the resolve function: load libcloud, list the machines that match."""

IDLE_POLLS = HOURS * 3600 / 20 * 5
"""Lambda keeps five pollers at a queue, each waiting up to 20 s: they ask the empty queue so often."""
PACKAGES_GB = 0.1
"""Archives of about 30 MB in S3, of the last 90 days."""

LAMBDA_LINES = 3
"""START, END, REPORT."""
LINE_GB = 0.35e-6
"""Of one line of the log, CloudWatch's 26 bytes for each included."""


def memory(function: str) -> float:
    """GB of a function, as it is deployed."""
    return SIZES[function]["lambda_memory_size"] / 1024


def creating_takes(executors: int, cold: float = 0.0) -> float:
    """Seconds of a POST: the state, then the plan, the rest of the executors, the schedules, the commit and the event,
    while the resolve function looks, of which so many are ``cold``."""
    batches = ceil(ceil(max(0, executors - FIRST) / BATCH) / WIDTH)
    making = (3 + batches + ceil(executors / WIDTH)) * ROUND
    return ROUND + max(making, ROUND + RESOLVE + cold * COLD) + VIEW


ATTACK_TAKES = 5 * ROUND + ATTACK
READING_TAKES = ROUND + VIEW
SWEEP_TAKES = 5 * ROUND + VIEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """``attacks`` of plans that have ``executors`` each, and a client that looks at the list and at the plan once for
    each plan, and at every executor once. ``cold`` is the share of invocations that start an environment."""

    name: str
    attacks: int
    executors: int = 10
    cold: float = 1.0

    @property
    def plans(self) -> float:
        return self.attacks / self.executors


MONTHS = (
    Month(name="idle", attacks=0),
    Month(name="100 attacks", attacks=100),
    Month(name="100,000 attacks", attacks=100_000, cold=0.1),
)
