"""Compute what a month of one stage costs, on paper (``make cost``, docs/internals/cost.md).

The bill is the requests of each use case times AWS's public prices in us-east-1. ``OPERATIONS`` holds the requests,
which ``tests/contract/test_requests_of_use_cases.py`` compares with what the engine sends.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from infra.stage.generate import SIZES

DAYS = 365 / 12
HOURS = DAYS * 24
MILLION = 1_000_000
GB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price in dollars of ``per`` units. Every account has ``free`` units a month at no cost, without a time limit.

    ``known`` is the month of the newest public copy of AWS's price pages that shows the number.
    """

    dollars: float
    per: float
    known: str
    free: float = 0

    def of(self, units: float, *, free_tier: bool = False) -> float:
        """Return the dollars for that many units in one month."""
        charged = max(0.0, units - self.free) if free_tier else units
        return charged * self.dollars / self.per


PRICES: Mapping[str, Price] = {
    "Lambda requests": Price(dollars=0.20, per=MILLION, known="2026-09", free=MILLION),
    "Lambda GB-seconds": Price(dollars=0.0000166667, per=1, known="2026-05", free=400_000),
    "API Gateway calls": Price(dollars=3.50, per=MILLION, known="2026-06"),
    "DynamoDB write units": Price(dollars=0.625, per=MILLION, known="2025-07"),
    "DynamoDB read units": Price(dollars=0.125, per=MILLION, known="2025-07"),
    "DynamoDB storage, GB": Price(dollars=0.25, per=1, known="2020-03", free=25),
    "DynamoDB backup, GB": Price(dollars=0.20, per=1, known="2020-03"),
    "Scheduler invocations": Price(dollars=1.00, per=MILLION, known="2026-03", free=14 * MILLION),
    "EventBridge events": Price(dollars=1.00, per=MILLION, known="2026-06"),
    "CloudWatch alarms": Price(dollars=0.10, per=1, known="2026-02", free=10),
    "CloudWatch metrics": Price(dollars=0.30, per=1, known="2026-02", free=10),
    "log, GB written": Price(dollars=0.50, per=1, known="2026-06", free=5),
    "log, GB kept": Price(dollars=0.03, per=1, known="2026-02"),
    "KMS keys": Price(dollars=1.00, per=1, known="2026-03"),
    "SQS requests": Price(dollars=0.40, per=MILLION, known="2026-03", free=MILLION),
    "S3, GB": Price(dollars=0.023, per=1, known="2020-12"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The requests of one use case, with the read and write units of DynamoDB that they consume together.

    ``each`` are sent once for each executor of the plan. Units are those of a plan of ten without secrets.
    """

    requests: Mapping[str, int]
    each: Mapping[str, int] | None = None
    write_units: float = 0
    read_units: float = 0

    def sent(self, executors: int) -> Counter[str]:
        """Return the number of requests of each kind for a plan of that many executors, 24 at most."""
        each = {name: number * executors for name, number in (self.each or {}).items()}
        return Counter(self.requests) + Counter(each)


OPERATIONS: Mapping[str, Operation] = {
    # The engine's state, the targets, the rows in one transaction, the schedules, the commit, the event.
    "make a plan": Operation(
        requests={"BatchGetItem": 1, "Invoke": 1, "TransactWriteItems": 1, "UpdateItem": 1, "PutEvents": 1},
        each={"CreateSchedule": 1},
        write_units=47,
        read_units=1,
    ),
    # The executor is located, claimed and recorded; the last two publish an event each.
    "attack": Operation(
        requests={"BatchGetItem": 1, "TransactWriteItems": 2, "PutEvents": 2}, write_units=19, read_units=3
    ),
    "list a page": Operation(requests={"Query": 1}, read_units=3),
    "read a plan": Operation(requests={"Query": 1}, read_units=1),
    "read an executor": Operation(requests={"BatchGetItem": 1}, read_units=2),
    "sweep, nothing to do": Operation(requests={"Query": 4, "BatchGetItem": 1}, read_units=3),
}

EXECUTORS = 10
"""Executors of a plan."""
SWEEPS = HOURS * 12
KEPT_MONTHS = 400 / DAYS
"""RETENTION_DAYS in months. The computed stage is older than that."""
LOG_KEPT_MONTHS = 12
ALARMS = 8
PLAN_BYTES, EXECUTOR_BYTES = 558, 542
"""A plan's row and an executor's with its record, in the table, as of November 2026."""
PLAN_STORED, EXECUTOR_STORED = 1316, 1926
"""The same with the indexes that they are in and DynamoDB's overhead."""
ROUND, VIEW, RESOLVE, ATTACK, COLD = 0.03, 0.02, 0.5, 2.0, 1.5
"""Assumed seconds: of a request to AWS, of the API's own work, of a look at the targets, of an attack's work, of a
cold start."""
LINE_GB, LAMBDA_LINES, ACCESS_LINES = 0.35e-6, 3, 1
"""A line of a log, with CloudWatch's overhead; Lambda's own lines of an invocation; API Gateway's of a call."""
IDLE_POLLS = HOURS * 3600 / 20 * 5
"""Lambda's five pollers at the empty queue of dead letters, each waiting 20 s."""
ARCHIVES_GB = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month with that many attacks. ``cold`` is the share of invocations that start a new environment.

    Its clients read the list and the plan once for each plan, and each executor once.
    """

    name: str
    attacks: int
    cold: float = 1.0


MONTHS = (
    Month(name="idle", attacks=0),
    Month(name="100 attacks", attacks=100),
    Month(name="100,000 attacks", attacks=100_000, cold=0.1),
)


def used(month: Month) -> dict[str, float]:
    """Return the units that a stage uses in such a month, by the name of their price."""
    plans = month.attacks / EXECUTORS
    times = {
        "make a plan": plans,
        "attack": month.attacks,
        "list a page": plans,
        "read a plan": plans,
        "read an executor": month.attacks,
        "sweep, nothing to do": SWEEPS,
    }
    units = defaultdict(float, _standing(month, plans))
    for name, number in times.items():
        operation = OPERATIONS[name]
        units["DynamoDB write units"] += number * operation.write_units
        units["DynamoDB read units"] += number * operation.read_units
        units["EventBridge events"] += number * operation.requests.get("PutEvents", 0)
    _add_time(units, month, plans)
    return units


def bill(month: Month, *, free_tier: bool = False) -> dict[str, float]:
    """Return the dollars of each price in such a month."""
    units = used(month)
    return {name: price.of(units.get(name, 0), free_tier=free_tier) for name, price in PRICES.items()}


def table() -> str:
    """Return the bills of all months as a Markdown table, with a row for each price that comes to a tenth of a cent."""
    bills = [bill(month) for month in MONTHS]
    rows = [[name, *(f"{each[name]:.3f}" for each in bills)] for name in PRICES if max(b[name] for b in bills) >= 0.001]
    rows.append(["**all**", *(f"**{sum(each.values()):.2f}**" for each in bills)])
    free = [sum(bill(month, free_tier=True).values()) for month in MONTHS]
    rows.append(["with what is always free", *(f"{each:.2f}" for each in free)])
    lines = [["dollars a month", *(month.name for month in MONTHS)], ["---", *["---:"] * len(MONTHS)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _add_time(units: defaultdict[str, float], month: Month, plans: float) -> None:
    making = ROUND * 5 + RESOLVE + month.cold * COLD + VIEW
    looks = 2 * plans + month.attacks
    # A sweep is so rare that it always starts a new environment.
    invoked = (
        ("api_handler", plans, making, month.cold, 2 + ACCESS_LINES),
        ("api_handler", looks, ROUND + VIEW, month.cold, ACCESS_LINES),
        ("resolve", plans, RESOLVE, month.cold, 1),
        ("attack", month.attacks, _rounds("attack") + ATTACK, month.cold, 2),
        ("sweep", SWEEPS, _rounds("sweep, nothing to do") + VIEW, 1.0, 1),
    )
    units["API Gateway calls"] = plans + looks
    for function, times, seconds, cold, lines in invoked:
        gigabytes = SIZES[function]["lambda_memory_size"] / 1024
        units["Lambda requests"] += times
        units["Lambda GB-seconds"] += times * (seconds + cold * COLD) * gigabytes
        units["log, GB written"] += times * (LAMBDA_LINES + lines) * LINE_GB
    units["log, GB kept"] = units["log, GB written"] * LOG_KEPT_MONTHS


def _rounds(operation: str) -> float:
    return ROUND * sum(OPERATIONS[operation].sent(EXECUTORS).values())


def _standing(month: Month, plans: float) -> dict[str, float]:
    """Return the units that do not depend on requests: alarms, metrics, the key, storage, and Scheduler's
    invocations."""
    stored = plans * PLAN_STORED + month.attacks * EXECUTOR_STORED
    backup = plans * PLAN_BYTES + month.attacks * EXECUTOR_BYTES
    return {
        "DynamoDB storage, GB": KEPT_MONTHS * stored / GB,
        "DynamoDB backup, GB": KEPT_MONTHS * backup / GB,
        "Scheduler invocations": month.attacks,
        "CloudWatch alarms": ALARMS,
        "CloudWatch metrics": 4 if month.attacks else 1,
        "KMS keys": 1,
        "SQS requests": IDLE_POLLS,
        "S3, GB": ARCHIVES_GB,
    }


if __name__ == "__main__":
    print(table())
