"""The life of plans over the real adapters: shorter, because each request takes its time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.adapters.dynamodb.layout import PLAN, is_executor
from chalicelib.adapters.dynamodb.mapping import executor_of_row, plan_of_row
from chalicelib.adapters.memory.schedules import MemoryDeliveries
from chalicelib.domain.model import Executor, Plan
from tests.reliability.faults import Call, Fault, Kind, Lasts, When
from tests.reliability.wired import Wired
from tests.support.life import Life

OPERATIONS = (
    *("dynamodb.UpdateItem", "dynamodb.DeleteItem", "dynamodb.TransactWriteItems"),
    *("dynamodb.BatchWriteItem", "dynamodb.BatchGetItem", "dynamodb.Query"),
    *("scheduler.CreateSchedule", "scheduler.UpdateSchedule", "scheduler.DeleteSchedule"),
)
FAULT = st.builds(
    Fault,
    call=st.builds(Call, st.sampled_from(OPERATIONS), st.sampled_from([1, 1, 2, 3])),
    when=st.sampled_from(When),
    kind=st.sampled_from(Kind),
    lasts=st.sampled_from(Lasts),
)
FAULTS = st.none() | FAULT | FAULT


class OnAWS:
    """``Surroundings``: DynamoDB and EventBridge Scheduler, emulated. A failure is that of one request."""

    def __init__(self, wired: Wired) -> None:
        wired.fresh(deliveries=MemoryDeliveries())
        self._wired = wired
        self.world, self.clock, self.unfinished = wired.world, wired.clock, wired.store.unfinished

    @contextmanager
    def disturbed(self, data: Any) -> Iterator[None]:
        with self._wired.wires.perhaps_faulty(data.draw(FAULTS)):
            yield

    def records(self) -> tuple[list[Plan], list[Executor]]:
        rows = self._wired.all_rows()
        plans = [plan_of_row(row) for row in rows if row.sk == PLAN]
        return plans, [executor_of_row(row) for row in rows if is_executor(row.sk)]

    def schedules(self) -> dict[str, datetime]:
        return {name: self._wired.schedule(name)[0] for name in self._wired.scheduled()}

    def fired(self, executor_id: str) -> None:
        self._wired.drop([executor_id])


def live(wired: Wired, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        lambda: Life(OnAWS(wired)), settings=settings(max_examples=examples, stateful_step_count=steps)
    )


def test_the_life_of_plans(wired: Wired) -> None:
    live(wired, 8, 12)


@pytest.mark.long
def test_a_long_life_of_plans(wired: Wired) -> None:
    live(wired, 60, 30)
