"""What each operation of the engine asks of AWS, request by request: the one source of what is counted on paper.

``tests/contract/test_requests_of_use_cases.py`` makes the same operations and counts what is really sent. The order is
the code's own. An attack's own requests (to EC2, by SSH, by HTTP) are its own, and EC2's cost nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from chalicelib.model import PlanState
from infra.costs.item_size import Item, read_units, table_units, write_units
from infra.costs.sample import Sample

BATCH = 25
"""Items of one BatchWriteItem."""
FIRST = 24
"""Executors that are written in one transaction with their plan (chalicelib/adapters/dynamodb/plans.py)."""
PAGE = 100
"""Executors of a page, unless it is asked for otherwise (chalicelib/api/query.py)."""

Write = tuple[Item | None, Item | None]
"""An item before and after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One kind of request, ``times`` over, and all that these write, read or publish together."""

    operation: str
    times: int = 1
    writes: tuple[Write, ...] = ()
    transaction: bool = False
    reads: tuple[Item | None, ...] = ()
    together: bool = False
    consistent: bool = True
    events: int = 0

    @property
    def write_units(self) -> int:
        return sum(write_units(before, after, transaction=self.transaction) for before, after in self.writes)

    @property
    def table_units(self) -> int:
        """Write units without those of the indexes."""
        return sum(table_units(before, after, transaction=self.transaction) for before, after in self.writes)

    @property
    def read_units(self) -> float:
        if not self.operation.startswith(("Query", "BatchGet")):
            return 0
        return read_units(self.reads, together=self.together, consistent=self.consistent)


Operation = tuple[Asked, ...]

TABLE = frozenset({"BatchWriteItem", "UpdateItem", "BatchGetItem", "TransactWriteItems", "Query"})


def creating(executors: int) -> Operation:
    """A plan is posted and made: the engine's state, the rows, the schedules, the commit, one event. What its attack
    could hit is asked of the resolve function meanwhile."""
    sample, first = Sample(executors), min(executors, FIRST)
    new, made = sample.plan(PlanState.CREATING), sample.plan(PlanState.ACTIVE)
    one: Write = (None, sample.scheduled)
    rest = executors - first
    return (
        Asked(operation="BatchGetItem", reads=(None,)),
        Asked(operation="Invoke"),
        Asked(operation="TransactWriteItems", writes=((None, new), *(one,) * first), transaction=True),
        Asked(operation="BatchWriteItem", times=ceil(rest / BATCH), writes=(one,) * rest),
        Asked(operation="CreateSchedule", times=executors),
        Asked(operation="UpdateItem", writes=((new, made),)),
        Asked(operation="PutEvents", events=1),
    )


def attacking(executors: int) -> Operation:
    """One executor of such a plan, from its delivery to its record: it is claimed by what its schedule carries, where
    nothing holds the engine (there is no row that says so), told of, recorded and told of."""
    sample = Sample(executors)
    left = sample.in_the_middle
    open_, claimed, ended = (
        sample.plan(PlanState.ACTIVE, remaining=left),
        sample.plan(PlanState.ACTIVE, remaining=left, running=1),
        sample.plan(PlanState.ACTIVE, remaining=left - 1),
    )
    claim = ((sample.scheduled, sample.running), (open_, claimed), (None, None))
    record = ((sample.running, sample.succeeded), (claimed, ended))
    return (
        Asked(operation="TransactWriteItems", writes=claim, transaction=True),
        Asked(operation="PutEvents", events=1),
        Asked(operation="TransactWriteItems", writes=record, transaction=True),
        Asked(operation="PutEvents", events=1),
    )


def listing(_: int) -> Operation:
    """A full page of executors, however many there are."""
    return (Asked(operation="Query", reads=(Sample(10).scheduled,) * PAGE, together=True, consistent=False),)


def reading_a_plan(executors: int) -> Operation:
    """A plan with its executors, up to 1 MB of them."""
    sample = Sample(executors)
    rows = (sample.plan(PlanState.ACTIVE), *(sample.scheduled,) * executors)
    return (Asked(operation="Query", reads=rows, together=True),)


def reading_an_executor(executors: int) -> Operation:
    """One executor of such a plan, with its record."""
    sample = Sample(executors)
    return (Asked(operation="BatchGetItem", reads=(sample.plan(PlanState.ACTIVE), sample.succeeded)),)


def sweeping(_: int) -> Operation:
    """A sweep that finds nothing to do: four lists, and the engine's state."""
    lists = (Asked(operation="Query", together=True, consistent=False),) * 4
    return (*lists, Asked(operation="BatchGetItem", reads=(None,)))


OPERATIONS: Mapping[str, Callable[[int], Operation]] = {
    "make a plan": creating,
    "attack": attacking,
    "list a page": listing,
    "read a plan": reading_a_plan,
    "read an executor": reading_an_executor,
    "sweep, nothing to do": sweeping,
}


def requests(operation: Iterable[Asked]) -> Counter[str]:
    """How many of each kind."""
    counted: Counter[str] = Counter()
    for asked in operation:
        counted[asked.operation] += asked.times
    return +counted


def of_the_table(operation: Iterable[Asked]) -> int:
    """How many of them are DynamoDB's."""
    return sum(number for name, number in requests(operation).items() if name in TABLE)
