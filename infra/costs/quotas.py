"""AWS's default quotas that a stage can meet, and what a rate of plans takes of each.

All are per account and Region, in us-east-1; each can be raised on request but the partitions of a table, which are
DynamoDB's own. https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html and warm-throughput-scenarios.html,
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html, all read in copies of 2026.
"""

from collections import Counter
from dataclasses import dataclass

from infra.costs.item_size import INDEX_KEYS, index_units
from infra.costs.operations import Operation, attacking, creating
from infra.costs.workload import ATTACK_TAKES, COLD, READING_TAKES, RESOLVE, creating_takes

SHARD = "LIST_SHARDS"
"""What lifts a partition of an index (docs/adr/0001)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """``limit`` of what is counted in ``unit``; ``elsewhere`` is the limit in the smaller Regions, where it differs."""

    limit: float
    unit: str
    lifted_by: str
    elsewhere: float | None = None


QUOTAS = {
    "CreateSchedule": Quota(limit=5000, elsewhere=250, unit="requests/s", lifted_by="Service Quotas"),
    "Scheduler's invocations": Quota(limit=1000, elsewhere=500, unit="/s", lifted_by="Service Quotas"),
    "schedules": Quota(limit=10_000_000, unit="at once", lifted_by="Service Quotas, or dates that are nearer"),
    "a partition of an index": Quota(limit=1000, unit="write units/s", lifted_by=SHARD),
    "a new table": Quota(limit=4000, unit="write units/s", lifted_by="itself, in half an hour; or warm throughput"),
    "the table": Quota(limit=40_000, unit="write units/s", lifted_by="Service Quotas"),
    "Lambda": Quota(limit=1000, unit="at once", lifted_by="Service Quotas"),
    "API Gateway": Quota(limit=10_000, unit="calls/s", lifted_by="Service Quotas"),
    "PutEvents": Quota(limit=10_000, elsewhere=600, unit="events/s", lifted_by="Service Quotas"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``plans`` a second for ever, of so many executors, each due ``ahead`` seconds later on average and none sooner
    than the rest: as many attacks begin in a second as are planned in one. Each plan is read once, each executor once.

    An attack is assumed to start a new environment, a look at what a plan could hit is not."""

    plans: float
    executors: int = 10
    ahead: float = 6 * 3600
    shards: int = 1

    @property
    def attacks(self) -> float:
        """A second."""
        return self.plans * self.executors

    def takes(self) -> dict[str, float]:
        """Of each quota, in its unit."""
        made, attacked = creating(self.executors), attacking(self.executors)
        written = _written(made) + self.executors * _written(attacked)  # an index has a throughput of its own
        calls = 3 + self.executors
        seconds = creating_takes(self.executors) + RESOLVE + (calls - 1) * READING_TAKES
        return {
            "CreateSchedule": self.attacks,
            "Scheduler's invocations": self.attacks,
            "schedules": self.attacks * self.ahead,
            "a partition of an index": self.plans * max(per_partition(self.executors).values()) / self.shards,
            "a new table": self.plans * written,
            "the table": self.plans * written,
            "Lambda": self.plans * seconds + self.attacks * (ATTACK_TAKES + COLD),
            "API Gateway": self.plans * calls,
            "PutEvents": self.plans * _events(made) + self.attacks * _events(attacked),
        }

    def shares(self) -> dict[str, float]:
        """Of each quota, 1 being all of it, the one that binds first at the head."""
        shares = {name: taken / QUOTAS[name].limit for name, taken in self.takes().items()}
        return dict(sorted(shares.items(), key=lambda share: -share[1]))


def per_partition(executors: int) -> Counter[str]:
    """Write units of a plan's whole life by partition of an index, with one shard."""
    taken: Counter[str] = Counter()
    for operation, times in ((creating(executors), 1), (attacking(executors), executors)):
        for asked in operation:
            for before, after in asked.writes:
                for key in INDEX_KEYS:
                    for partition, units in index_units(key, before, after).items():
                        taken[f"{key}={partition}"] += times * units
    return taken


def most_claims_at_once(executors: int) -> float:
    """Attacks a second of one plan, which its own partition of the table allows: one plan is one partition key."""
    return QUOTAS["a partition of an index"].limit / sum(asked.table_units for asked in attacking(executors))


def _written(operation: Operation) -> int:
    return sum(asked.table_units for asked in operation)


def _events(operation: Operation) -> int:
    return sum(asked.events for asked in operation)
