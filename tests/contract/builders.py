"""Plans and executors to test with, and a clock that a test sets."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Lock

from chalicelib.domain.ids import executor_id
from chalicelib.domain.model import Executor, Failure, Plan, PlanState, Result, Run, Status

NOW = datetime(2099, 6, 21, 12, 0, tzinfo=UTC)  # ahead, or the emulators would fire and expire what is stored
MINUTE = timedelta(minutes=1)
ATTACK = {"ref": "terminate_ec2_instance:TerminateEC2Instance", "args": {"filters": {"tag:Name": "naïve 名"}, "x": 1.5}}
PLANNER = {"ref": "exact_planner:ExactPlanner", "args": {"date": "2027-06-21T12:01:00"}}
DONE = Result(status=Status.SUCCEEDED, outcome={"candidates": 3, "chosen": "i-1", "share": 0.1})
BROKEN = Result(status=Status.FAILED, error=Failure(type="NoTarget", message="no instance matches"))

_serial = count(1)


class SetClock:
    """A clock that stands where it was set."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class HandTimer:
    """``deadline.Timer`` that goes on when a test says so, from any thread: nothing is really waited for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds


def no_pause(_: float) -> None:
    """In the place of ``time.sleep`` where there is nothing to wait for."""


def run(id: str = "run-1", started: datetime = NOW) -> Run:
    return Run(id=id, request_id="request-1", started=started, lease_until=started + 16 * MINUTE, seed=4)


def draft(
    executors: int = 3,
    *,
    created: datetime = NOW,
    dues: Sequence[datetime] | None = None,
    name: str = "nightly",
    plan_id: str | None = None,
) -> tuple[Plan, tuple[Executor, ...]]:
    """A plan that is being created; its executors are due one, two, three ... minutes later, unless ``dues`` says."""
    id = plan_id or f"{next(_serial):032x}"
    dates = sorted(dues) if dues is not None else [created + MINUTE * (number + 1) for number in range(executors)]
    plan = Plan(
        id=id,
        name=name,
        created=created,
        attack=ATTACK,
        planner=PLANNER,
        state=PlanState.CREATING,
        dues=tuple(dates),
        remaining=len(dates),
    )
    return plan, tuple(
        Executor(id=executor_id(id, number), plan_id=id, name=f"{name} {number}", due=due)
        for number, due in enumerate(dates)
    )
