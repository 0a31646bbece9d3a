"""Whatever is asked for, in whatever order and with whatever failing: tallies, schedules and records agree."""

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chalicelib.errors import Conflict, NotFound, Unavailable
from chalicelib.model import Executor, Plan, Status
from tests.unit.meddled import MeddledSchedules, MeddledStore, fail, lose
from tests.unit.world import HandClock, plan_document, world

DATES = st.integers(1, 5000)
OF_THE_STORE = ["add", "commit", "bury", "inter", "erase", "move", "bury_executor", "settle", "claim", "end"]
OF_THE_SCHEDULES = ["put", "put_all", "drop_all"]
FAULTS = st.none() | st.tuples(
    st.sampled_from(["before", "after"]),
    st.sampled_from([*OF_THE_STORE, *OF_THE_SCHEDULES, "locate", "load"]),
    st.sampled_from([fail, lose]),
    st.integers(0, 2),
)
MAY_LOSE = ("commit", "move", "bury_executor", "claim", "end")


class Life(RuleBasedStateMachine):
    """Plans are made, changed, run and swept; each step may meet one failure, before the call or of its answer."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.store, self.schedules = MeddledStore(self.clock), MeddledSchedules()
        self.world = world(clock=self.clock, store=self.store, schedules=self.schedules)

    def date(self, seconds: int) -> str:
        return f"{self.clock.now + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"

    def executors(self) -> tuple[Executor, ...]:
        return self.world.engine.list_executors(everything=True, limit=1000, after=None).items

    def plans(self) -> tuple[Plan, ...]:
        return self.world.engine.list_plans(everything=True, limit=1000, after=None).items

    def chosen(self, data: Any, things: tuple[Any, ...]) -> Any:
        return data.draw(st.sampled_from(things)) if things else None

    def ask(self, data: Any, call: Any, *args: Any) -> Any:
        """The answer, None where the call was refused: one of the calls it makes in turn may fail."""
        fault = data.draw(FAULTS)
        if fault:
            when, method, event, calls_before = fault
            adapter = self.schedules if method in OF_THE_SCHEDULES else self.store
            getattr(adapter, when)[method] = [None] * calls_before + [event if method in MAY_LOSE else fail]
        try:
            return call(*args)
        except (Unavailable, Conflict, NotFound):
            return None
        finally:
            for adapter in (self.store, self.schedules):
                adapter.before.clear()
                adapter.after.clear()

    @rule(data=st.data(), dates=st.lists(DATES, min_size=1, max_size=4))
    def create(self, data: Any, dates: list[int]) -> None:
        known = {plan.id for plan in self.plans()}
        made = self.ask(data, self.world.engine.create_plan, plan_document(*map(self.date, dates)))
        new = {plan.id for plan in self.plans()} - known
        assert new == ({made.id} if made else set())

    @rule(data=st.data(), to=DATES)
    def move(self, data: Any, to: int) -> None:
        if executor := self.chosen(data, self.executors()):
            body = {"type": "date", "args": {"date": self.date(to)}}
            self.ask(data, self.world.engine.move_executor, executor.id, body)

    @rule(data=st.data())
    def delete_executor(self, data: Any) -> None:
        if executor := self.chosen(data, self.executors()):
            self.ask(data, self.world.engine.delete_executor, executor.id)

    @rule(data=st.data())
    def delete_plan(self, data: Any) -> None:
        if plan := self.chosen(data, self.plans()):
            self.ask(data, self.world.engine.delete_plan, plan.id)

    @rule(data=st.data())
    def deliver(self, data: Any) -> None:
        """The first that is left to run."""
        left = [each for each in self.executors() if each.status is Status.SCHEDULED]
        if left:
            self.clock.now = max(self.clock.now, left[0].due)
            self.ask(data, self.world.deliver, left[0])
            self.schedules.drop_all(each.id for each in self.executors() if each.status.executed)

    @rule(data=st.data())
    def deliver_again(self, data: Any) -> None:
        if executor := self.chosen(data, tuple(each for each in self.executors() if each.status.executed)):
            before = self.store.locate(executor.id)  # the API may know it no more: its plan's deletion may be half done
            self.ask(data, self.world.deliver, executor)
            assert self.store.locate(executor.id) == before

    @rule(seconds=st.integers(1, 2000))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule(data=st.data())
    def sweep(self, data: Any) -> None:
        self.ask(data, self.world.sweep.sweep)

    @invariant()
    def tallies_are_those_of_the_executors(self) -> None:
        for plan in self.plans():
            stored, executors = self.world.engine.plan(plan.id)
            left = [each for each in executors if not each.status.executed]
            assert stored.dues == tuple(each.due for each in executors)
            assert stored.remaining == len(left) and stored.executed is (not left)
            assert stored.running == sum(each.status is Status.RUNNING for each in executors)

    @invariant()
    def schedules_are_those_of_the_executors_or_are_known_not_to_be(self) -> None:
        rows = {each.id: each.due for each in self.executors() if each.status is Status.SCHEDULED}
        forever = self.clock.now + timedelta(days=1)
        unfinished = set(self.store.unsettled(forever))
        for plan_id in (*self.store.unburied(), *self.store.uncommitted(forever)):
            unfinished |= {each.id for each in self.store.executors_of(plan_id)}
        for id in rows.keys() - unfinished:
            assert self.schedules.dues[id] == rows[id]
        to_fire = {id for id, due in self.schedules.dues.items() if due > self.clock.now}
        assert to_fire <= rows.keys() | unfinished

    def teardown(self) -> None:
        """Once all works again, nothing unfinished is left."""
        for _ in range(2):
            self.clock.advance(seconds=2000)
            self.world.sweep.sweep()
        self.schedules_are_those_of_the_executors_or_are_known_not_to_be()
        forever = self.clock.now + timedelta(days=1)
        assert not (self.store.uncommitted(forever) or self.store.unburied() or self.store.unsettled(forever))
        assert not [each for each in self.executors() if not each.status.executed and each.due < self.clock.now - GRACE]


GRACE = timedelta(seconds=900)
TestLife = Life.TestCase
TestLife.settings = settings(max_examples=80, stateful_step_count=30)
