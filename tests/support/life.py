"""The life of plans, whatever is asked for in whatever order, and with whatever failing: tests/unit/test_life.py runs
it on the memory adapters, tests/reliability/test_life.py on the real ones.

Between any two requests the process may die. Schedules fire when their time has come, and what they hand over may come
again at any time: late, after a move, after a deletion, while the attack is under way.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chalicelib.domain.delivery import Delivery, Refusal
from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound
from chalicelib.domain.model import Executor, Plan, PlanState, Status
from chalicelib.domain.unavailable import InDoubt, Unavailable
from chalicelib.ports.repair import Unfinished
from chalicelib.repair.dead_letters import GivenUp
from tests.reliability.faults import Crash
from tests.reliability.records import (
    assert_attacks_are_on_record,
    assert_nothing_is_left_over,
    assert_the_plan_is_whole,
    document,
)
from tests.reliability.samples.attacks.marked import Marked
from tests.support.world import HandClock, World

SECONDS = st.integers(1, 5000)
SECONDS_TO_LIVE = 900
LONGEST = timedelta(seconds=2000)
"""More than the grace, a lease, and what makes a request surely dead."""
FOREVER = timedelta(days=365)


class Surroundings(Protocol):
    """Where plans live, and how it is looked into without disturbing it."""

    world: World
    clock: HandClock
    unfinished: Unfinished

    def disturbed(self, data: Any) -> AbstractContextManager[object]:
        """What is asked for inside may meet one failure of the draw's choice, or the end of the process (``Crash``)."""

    def records(self) -> tuple[list[Plan], list[Executor]]:
        """All plans and executors there are or were, tombstones included."""

    def schedules(self) -> dict[str, datetime]:
        """What is scheduled: executor id to date."""

    def fired(self, executor_id: str) -> None:
        """Its schedule has fired and is gone."""


class Event(NamedTuple):
    """What a schedule, or the engine itself, hands to the attack function."""

    executor_id: str
    due: datetime
    now: bool = False


class Asked(NamedTuple):
    value: Any = None
    crashed: bool = False
    in_doubt: bool = False


class Life(RuleBasedStateMachine):
    """One history. What is due is not delivered by itself: ``fire`` does that, or does it not."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__()
        self.at, self.world, self.clock = surroundings, surroundings.world, surroundings.clock
        self.sent: list[Event] = []
        self.refused: list[str] = []
        self.plans_posted = 0
        self.halted, self.done_when_halted = False, 0
        Marked.done.clear()

    def date(self, seconds: int) -> str:
        return f"{self.clock.now + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"

    def plans(self) -> tuple[Plan, ...]:
        return self.world.plans.list(everything=True, limit=1000, after=None).items

    def executors(self) -> tuple[Executor, ...]:
        return self.world.executors.list(everything=True, limit=1000, after=None).items

    def one_of(self, data: Any, things: Iterable[Any]) -> Any:
        among = list(things)
        return data.draw(st.sampled_from(among)) if among else None

    def ask(self, data: Any, call: Callable[..., Any], *args: Any) -> Asked:
        """The answer; its value is None where the call was refused or the process died."""
        try:
            with self.at.disturbed(data):
                return Asked(call(*args))
        except InDoubt:
            return Asked(in_doubt=True)
        except (Unavailable, Conflict, NotFound, InvalidRequest):
            return Asked()
        except Crash:
            return Asked(crashed=True)
        finally:
            Marked.in_the_middle.clear()
            self.sent += (Event(each.id, each.due) for each in self.world.deliveries.delivered)
            self.sent += (Event(each.id, each.due, now=True) for each in self.world.deliveries.early)
            self.world.deliveries.delivered.clear()
            self.world.deliveries.early.clear()

    def attack(self, event: Event) -> Any:
        return self.world.execution.execute(self.delivery(event))

    def delivery(self, event: Event) -> Delivery:
        return Delivery(**event._asdict(), request_id="request", seconds=SECONDS_TO_LIVE)

    def deliver(self, data: Any, event: Event) -> None:
        """Hand it over. While the attack is under way something else may happen, or the process dies."""
        plan_id, executor_id = event.executor_id[:32], event.executor_id
        meanwhile: dict[str, Callable[[], object]] = {
            "it is delivered again": partial(self.attack, event),
            "it lasts longer than its lease": partial(self.clock.advance, seconds=LONGEST.total_seconds()),
            "it is swept": self.world.sweep.sweep,
            "its plan is deleted": partial(self.world.plans.delete, plan_id),
            "it is deleted": partial(self.world.executors.delete, executor_id),
            "the process ends": crash,
        }

        def happen() -> None:
            for name in data.draw(st.lists(st.sampled_from(sorted(meanwhile)), max_size=3)):
                try:
                    meanwhile[name]()
                except (Unavailable, Conflict, NotFound):
                    continue

        Marked.in_the_middle[:] = [happen]
        self.sent.append(event)
        moved = self.ask(data, self.attack, event).value is Refusal.MOVED
        if moved and executor_id in self.at.schedules() and data.draw(st.booleans()):
            self.at.fired(executor_id)  # its schedule fired as of old, and has deleted itself with its new date

    @initialize(data=st.data())
    def begin(self, data: Any) -> None:
        """There is something to begin with."""
        self.create(data, [60, 600, 1000], 0)

    @rule(data=st.data(), dates=st.lists(SECONDS, min_size=1, max_size=4), pause=st.sampled_from([0, 0, 2]))
    def create(self, data: Any, dates: list[int], pause: int) -> None:
        known = {plan.id for plan in self.plans()}
        self.plans_posted += 1
        mark = f"plan{self.plans_posted}"
        self.clock.step = timedelta(seconds=pause)  # what is due in a second is due before it is made
        asked = self.ask(data, self.world.creation.create, document(*map(self.date, dates), mark=mark))
        self.clock.step = timedelta()
        new = [plan for plan in self.plans() if plan.id not in known]
        if asked.crashed or asked.in_doubt:
            assert [plan.total for plan in new] in ([], [len(dates)]), "a plan is whole, or it is not there"
        elif asked.value:
            assert [plan.id for plan in new] == [asked.value.id]
        else:
            assert new == []
            self.refused.append(mark)

    @rule(data=st.data(), seconds=SECONDS)
    def move(self, data: Any, seconds: int) -> None:
        if executor := self.one_of(data, self.executors()):
            body = {"type": "date", "args": {"date": self.date(seconds)}}
            old = Event(executor.id, executor.due)
            if self.ask(data, self.world.executors.move, executor.id, body).value:
                self.sent.append(old)  # its old schedule may have fired

    @rule(data=st.data())
    def run_now(self, data: Any) -> None:
        if executor := self.one_of(data, self.executors()):
            self.ask(data, self.world.executors.run, executor.id)

    @rule(data=st.data())
    def delete_executor(self, data: Any) -> None:
        if executor := self.one_of(data, self.executors()):
            self.ask(data, self.world.executors.delete, executor.id)

    @rule(data=st.data())
    def delete_plan(self, data: Any) -> None:
        if plan := self.one_of(data, self.plans()):
            self.ask(data, self.world.plans.delete, plan.id)

    @rule(data=st.data(), times=st.integers(1, 3))
    def fire(self, data: Any, times: int) -> None:
        """The next schedules, each at its time."""
        for _ in range(times):
            if event := self.fired():
                self.deliver(data, event)

    @rule(data=st.data())
    def give_up(self, data: Any) -> None:
        """The next schedule fires in vain, and AWS says so: the message may get lost."""
        if event := self.fired():
            message = GivenUp(delivery=self.delivery(event), reason="throttled")
            self.ask(data, self.world.undelivered.end, message)

    def fired(self) -> Event | None:
        """What the next schedule hands over; its time has come, and it is gone."""
        schedules = self.at.schedules()
        if not schedules:
            return None
        id = min(schedules, key=lambda each: (schedules[each], each))
        self.clock.now = max(self.clock.now, schedules[id])
        event = Event(id, schedules[id])
        self.at.fired(id)
        return event

    @rule(data=st.data())
    def deliver_early(self, data: Any) -> None:
        if id := self.one_of(data, sorted(schedules := self.at.schedules())):
            self.deliver(data, Event(id, schedules[id]))

    @rule(data=st.data())
    def deliver_what_was_sent(self, data: Any) -> None:
        """For the first time, where the engine sent it itself, or again."""
        if event := self.one_of(data, self.sent):
            self.deliver(data, event)

    @rule(halted=st.booleans())
    def pull_the_lever(self, halted: bool) -> None:
        lever = {"halted": True, "reason": "a trial"} if halted else {"halted": False}
        self.world.engine_state.pull(lever, "ana")
        self.halted = halted

    @rule(seconds=st.sampled_from([1, 60, 121, 901, 2000]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule(data=st.data())
    def sweep(self, data: Any) -> None:
        self.ask(data, self.world.sweep.sweep)

    @invariant()
    def an_attack_is_made_at_most_once(self) -> None:
        assert not [mark for mark, times in Marked.done.items() if times > 1]

    @invariant()
    def nothing_is_attacked_while_the_engine_is_halted(self) -> None:
        if self.halted:
            assert Marked.done.total() == self.done_when_halted
        self.done_when_halted = Marked.done.total()

    @invariant()
    def nothing_is_attacked_for_a_refused_plan(self) -> None:
        assert not [mark for mark in Marked.done if mark.partition("-")[0] in self.refused]

    @invariant()
    def tallies_and_records_are_true(self) -> None:
        plans, executors = self.at.records()
        for plan in plans:
            if plan.state is PlanState.ACTIVE:
                assert_the_plan_is_whole(plan, [each for each in executors if each.plan_id == plan.id])
        assert_attacks_are_on_record(executors, Marked.done)

    @invariant()
    def schedules_are_those_of_the_executors_or_are_known_not_to_be(self) -> None:
        soon, found = self.clock.now, self.at.unfinished
        scheduled = [each for each in self.executors() if each.status is Status.SCHEDULED]
        to_come = {each.id: each.due for each in scheduled if each.due > soon}
        known = set(found.unsynced(soon + FOREVER))
        for plan_id in (*found.half_deleted(), *found.uncommitted(soon + FOREVER)):
            known |= {each.id for each in found.executors_of(plan_id)}
        there = {id: due for id, due in self.at.schedules().items() if due > soon}
        assert without(there, known) == without(to_come, known)

    def teardown(self) -> None:
        """Once all works again, after the last date and the grace, one sweep leaves nothing unfinished.

        A delivery for a date that an executor had before is noted as of that date, so those count as well.
        """
        dues = [each.due for each in self.executors() if not each.status.executed] + [each.due for each in self.sent]
        self.clock.now = max([self.clock.now, *dues]) + LONGEST
        self.world.sweep.sweep()
        found, forever = self.at.unfinished, self.clock.now + FOREVER
        left = (found.uncommitted(forever), found.half_deleted(), found.unsynced(forever), found.overdue(forever))
        assert left == ((), (), (), ()), left
        plans, executors = self.at.records()
        for plan in plans:
            assert_the_plan_is_whole(plan, [each for each in executors if each.plan_id == plan.id])
        assert not [each for each in executors if not each.status.executed]
        assert_nothing_is_left_over(plans, executors, self.at.schedules(), self.refused, self.clock.now)
        self.an_attack_is_made_at_most_once()
        self.nothing_is_attacked_for_a_refused_plan()
        assert_attacks_are_on_record(executors, Marked.done)


def crash() -> None:
    raise Crash


def without(dues: dict[str, datetime], known: set[str]) -> dict[str, datetime]:
    return {id: due for id, due in dues.items() if id not in known}
