"""A month's bill of one stage: what is used of each price, and what that comes to."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.model import PlanState
from infra.costs import workload
from infra.costs.item_size import size, stored
from infra.costs.operations import OPERATIONS, Operation
from infra.costs.prices import MACHINE, PRICES
from infra.costs.sample import Sample
from infra.costs.workload import Month

GB = 1024**3
ALARMS = 8
METRICS_IDLE, METRICS_BUSY = 1, 4
"""Idle, ``SweepFailed`` alone is told; with attacks also PlansCreated, AttacksSucceeded, AttacksFailed. CloudWatch
charges by the hour in which a metric is told; here by the month."""
DISK = 8
"""GB of the machine."""

Used = defaultdict[str, float]


@dataclass(frozen=True, slots=True)
class Bill:
    """Units used in the month, by the name of their price."""

    used: Mapping[str, float]

    def line(self, name: str, *, free_tier: bool = False) -> float:
        """Dollars of one price."""
        return PRICES[name].of(self.used.get(name, 0), free_tier=free_tier)

    def total(self, *, free_tier: bool = False) -> float:
        """Dollars of all."""
        return sum(self.line(name, free_tier=free_tier) for name in PRICES)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Invoked:
    """``times`` a function runs ``seconds`` and writes ``lines`` of its own to the log."""

    function: str
    times: float
    seconds: float
    lines: int


def bill(month: Month) -> Bill:
    """What a stage uses in a month like that, the stage being older than its records are kept."""
    used: Used = defaultdict(float)
    for name, times in _operations(month).items():
        _add_requests(used, OPERATIONS[name](month.executors), times)
    for invoked in _invocations(month):
        _add_time(used, invoked, month.cold)
        used["API Gateway"] += invoked.times if invoked.function == "api_handler" else 0
    used["EventBridge Scheduler"] += month.attacks
    _add_storage(used, month)
    _add_standing(used, month)
    return Bill(used)


def machine(*, spinning: bool) -> float:
    """Dollars a month for the smallest machine that could serve the original, with a disk and an address.

    ``spinning``: one core is busy all the time, as the original's is from its first overdue executor on; a burstable
    machine gives a tenth of that for its price and charges the rest.
    """
    nano, volume, address, surplus = MACHINE.values()
    hours = workload.HOURS
    standing = nano.of(hours) + volume.of(DISK) + address.of(hours)
    return standing + (surplus.of(0.9 * hours) if spinning else 0)


def _operations(month: Month) -> dict[str, float]:
    return {
        "make a plan": month.plans,
        "attack": month.attacks,
        "list a page": month.plans,
        "read a plan": month.plans,
        "read an executor": month.attacks,
        "sweep, nothing to do": workload.SWEEPS,
    }


def _invocations(month: Month) -> tuple[_Invoked, ...]:
    making, reading = workload.creating_takes(month.executors, month.cold), workload.READING_TAKES
    looks = 2 * month.plans + month.attacks
    return (
        _Invoked(function="api_handler", times=month.plans, seconds=making, lines=2),
        _Invoked(function="api_handler", times=looks, seconds=reading, lines=0),
        _Invoked(function="resolve", times=month.plans, seconds=workload.RESOLVE, lines=1),
        _Invoked(function="attack", times=month.attacks, seconds=workload.ATTACK_TAKES, lines=2),
        _Invoked(function="sweep", times=workload.SWEEPS, seconds=workload.SWEEP_TAKES, lines=1),
    )


def _add_requests(used: Used, operation: Operation, times: float) -> None:
    for asked in operation:
        used["DynamoDB writes"] += times * asked.write_units
        used["DynamoDB reads"] += times * asked.read_units
        used["EventBridge events"] += times * asked.events


def _add_time(used: Used, invoked: _Invoked, cold: float) -> None:
    # The sweep's environment is gone when it comes again.
    starts = 1.0 if invoked.function == "sweep" else cold
    seconds = invoked.seconds + starts * workload.COLD
    used["Lambda requests"] += invoked.times
    used["Lambda time"] += invoked.times * seconds * workload.memory(invoked.function)
    written = invoked.times * (workload.LAMBDA_LINES + invoked.lines) * workload.LINE_GB
    used["CloudWatch logs"] += written
    used["CloudWatch log storage"] += written * workload.LOG_KEPT_MONTHS


def _add_storage(used: Used, month: Month) -> None:
    """The table's rows with their copies in the indexes; the backup is of the table alone."""
    sample = Sample(month.executors)
    rows = (sample.plan(PlanState.ACTIVE, remaining=0), month.plans), (sample.succeeded, month.attacks)
    for row, each_month in rows:
        used["DynamoDB storage"] += workload.KEPT_MONTHS * each_month * stored(row) / GB
        used["DynamoDB backup"] += workload.KEPT_MONTHS * each_month * size(row) / GB


def _add_standing(used: Used, month: Month) -> None:
    """What there is whether or not anything happens."""
    used["CloudWatch alarms"] += ALARMS
    used["CloudWatch metrics"] += METRICS_BUSY if month.attacks else METRICS_IDLE
    used["KMS key"] += 1
    used["SQS"] += workload.IDLE_POLLS
    used["S3"] += workload.PACKAGES_GB
