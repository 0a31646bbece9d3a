"""The rows of an ordinary plan at each point of its life, as the engine's own mapping writes them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from chalicelib.adapters.dynamodb.layout import Layout
from chalicelib.adapters.dynamodb.mapping import executor_row, plan_row
from chalicelib.adapters.dynamodb.row import rows_of
from chalicelib.ids import executor_id
from chalicelib.model import Executor, Plan, PlanState, Run, Status
from infra.costs.item_size import Item

_ROWS = rows_of("paper", connections=1, region="us-east-1")
_LAYOUT = Layout(shards=1, retention=timedelta(days=400))
_CREATED = datetime(2027, 6, 21, 6, tzinfo=UTC)
_ID = "018f3a5c8e2b4d6f9a1c3e5b7d9f0a2c"
_ATTACK = {
    "ref": "terminate_ec2_instance:TerminateEC2Instance",
    "args": {"filters": {"tag:Chaos": "true", "instance-state-name": "running"}, "region": "eu-west-1"},
}
_PLANNER = {"ref": "simple_planner:SimplePlanner", "args": {"min_time": "09:00", "max_time": "17:00", "times": 10}}
_CALLER = "arn:aws:sts::123456789012:assumed-role/operator/someone"
_OUTCOME = {"region": "eu-west-1", "candidates": 12, "target": "i-0a1b2c3d4e5f67890", "state": "shutting-down"}


@dataclass(frozen=True, slots=True)
class Sample:
    """A plan of so many executors, the one in the middle of which is run."""

    executors: int

    def plan(self, state: PlanState, *, remaining: int | None = None, running: int = 0) -> Item:
        """Its row."""
        dues = tuple(_CREATED + timedelta(minutes=1 + number) for number in range(self.executors))
        left = self.executors if remaining is None else remaining
        plan = Plan(
            id=_ID,
            name="Monday chaos",
            created=_CREATED,
            attack=_ATTACK,
            planner=_PLANNER,
            state=state,
            dues=dues,
            remaining=left,
            running=running,
            created_by=_CALLER,
        )
        row: Item = plan_row(_ROWS, _LAYOUT, plan).serialize()
        return row

    @property
    def scheduled(self) -> Item:
        """An executor's row as it is written first."""
        return _row(self._executor)

    @property
    def running(self) -> Item:
        """The same row once it is claimed."""
        return _row(_claimed(self._executor))

    @property
    def succeeded(self) -> Item:
        """The same row with its record."""
        done = replace(_claimed(self._executor), status=Status.SUCCEEDED, finished=_CREATED, outcome=_OUTCOME)
        return _row(done)

    @property
    def in_the_middle(self) -> int:
        """How many are left when that one is claimed, itself included."""
        return max(1, self.executors // 2)

    @property
    def _executor(self) -> Executor:
        id = executor_id(_ID, self.executors // 2)
        return Executor(id=id, plan_id=_ID, name="Monday chaos", due=_CREATED + timedelta(hours=3))


def _claimed(executor: Executor) -> Executor:
    run = Run(
        id="6bb8a0c1-2d3e-4f50-8a9b-0c1d2e3f4a5b.0a1b2c3d",
        request_id="6bb8a0c1-2d3e-4f50-8a9b-0c1d2e3f4a5b",
        started=executor.due,
        lease_until=executor.due + timedelta(minutes=6),
        seed=2**62,
    )
    return replace(executor, status=Status.RUNNING, delivered=executor.due, deliveries=1, run=run)


def _row(executor: Executor) -> Item:
    row: Item = executor_row(_ROWS, _LAYOUT, executor).serialize()
    return row
