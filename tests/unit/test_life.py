"""Whatever is asked for, in whatever order and with whatever failing: tallies, schedules, records, attacks agree."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.domain.model import Executor, Plan
from tests.reliability.samples import ATTACKS, PLANNERS
from tests.support.disturbed_adapters import MeddledSchedules, MeddledStore, fail, lose
from tests.support.life import Life, crash
from tests.support.world import HandClock, world

OF_THE_STORE = (
    *(
        "add",
        "commit",
        "soft_delete",
        "finalize_deletion",
        "begin_erasing",
        "erase",
        "move",
        "soft_delete_executor",
        "mark_synced",
        "refused",
    ),
    "refused_as_moved",
    *("claim", "claim_now"),
    *("end", "locate", "load", "uncommitted", "half_deleted", "overdue", "unsynced", "executors_of"),
)
OF_THE_SCHEDULES = ("put", "put_all", "drop_all")
MAY_LOSE = ("commit", "move", "soft_delete_executor", "claim", "claim_now", "end")
FAULT = st.tuples(
    st.sampled_from(["before", "after"]),
    st.sampled_from([*OF_THE_STORE, *OF_THE_SCHEDULES]),
    st.sampled_from([fail, lose, crash]),
    st.sampled_from([0, 0, 0, 1, 2]),
)
FAULTS = st.none() | FAULT | FAULT


class InMemory:
    """``Surroundings``: the memory adapters. A failure is that of one call, before it or of its answer."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.store, self._schedules = MeddledStore(self.clock), MeddledSchedules()
        self.world = world(
            clock=self.clock, store=self.store, schedules=self._schedules, attacks=ATTACKS, planners=PLANNERS
        )
        self.unfinished = self.store.unfinished

    @contextmanager
    def disturbed(self, data: Any) -> Iterator[None]:
        fault = data.draw(FAULTS)
        if fault:
            when, method, event, calls_before = fault
            adapter = self._schedules if method in OF_THE_SCHEDULES else self.store
            chosen = fail if event is lose and method not in MAY_LOSE else event
            getattr(adapter, when)[method] = [None] * calls_before + [chosen]
        try:
            yield
        finally:
            for adapter in (self.store, self._schedules):
                adapter.before.clear()
                adapter.after.clear()

    def records(self) -> tuple[list[Plan], list[Executor]]:
        return list(self.store.rows.plans.values()), list(self.store.rows.executors.values())

    def schedules(self) -> dict[str, datetime]:
        return self._schedules.dues

    def fired(self, executor_id: str) -> None:
        self._schedules.drop_all([executor_id])


def test_the_life_of_plans() -> None:
    run_state_machine_as_test(lambda: Life(InMemory()), settings=settings(max_examples=60, stateful_step_count=30))
