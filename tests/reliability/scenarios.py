"""What people and AWS do to the engine, one use case each, and what its caller may rely on afterwards."""

import json
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.delivery import Refusal
from chalicelib.domain.errors import EngineError, NotFound
from chalicelib.domain.idempotency_key import request_key
from chalicelib.domain.model import Executor, Plan, Status
from chalicelib.domain.transitions import as_begun, same
from chalicelib.domain.unavailable import InDoubt, NeedsOperator, Unavailable
from chalicelib.repair.dead_letters import given_up
from tests.contract.builders import NOW
from tests.reliability.faults import Call, Crash, Fault, Kind, When
from tests.reliability.oracle import assert_all_agrees
from tests.reliability.records import document, mark
from tests.reliability.samples.attacks.marked import Marked
from tests.reliability.samples.attacks.shut import Shut
from tests.reliability.wired import Wired

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SURELY_OVER = 20 * MINUTE
"""Longer than a request of the API, the grace, and the lease of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer that the caller got; nothing where the process died."""

    value: Any = None
    error: EngineError | None = None
    crashed: bool = False
    fault: Fault | None = None

    @property
    def is_success(self) -> bool:
        return self.error is None and not self.crashed


@dataclass(frozen=True, slots=True)
class Scenario:
    """``calls`` is how many requests it is known to make: a later version may not hide some from the trials."""

    calls: int

    def __str__(self) -> str:
        return type(self).__name__

    def prepare(self, wired: Wired) -> Any:
        """What is there before; all goes well."""

    def act(self, wired: Wired, subject: Any) -> Any:
        """What meets the fault."""
        raise NotImplementedError

    def follow(self, wired: Wired, subject: Any, answer: Answer) -> None:
        """What AWS does next; all goes well again."""

    def check(self, wired: Wired, subject: Any, answer: Answer) -> None:
        """Once it was swept: whether the answer that the caller got is true."""


def posted(wired: Wired, *dates: datetime, **given: str) -> tuple[Executor, ...]:
    """The executors of a plan that was made without trouble."""
    return wired.world.plans.get(wired.world.creation.create(document(*map(written, dates), **given)).id)[1]


def written(date: datetime) -> str:
    """A date as a client writes it."""
    return f"{date:%Y-%m-%dT%H:%M:%SZ}"


def asked(scenario: Scenario, wired: Wired, subject: Any) -> Answer:
    try:
        return Answer(value=scenario.act(wired, subject))
    except EngineError as error:
        return Answer(error=error)
    except Crash:
        return Answer(crashed=True)


def trial(wired: Wired, scenario: Scenario, fault: Fault | None, *, to_the_end: bool = True) -> list[Call]:
    """The scenario with that fault, then one sweep, and all has to agree; ``to_the_end``: and then all that is
    scheduled runs, once.

    Returns the calls that the scenario made.
    """
    wired.fresh()
    subject = scenario.prepare(wired)
    in_time = wired.wires.budget() if fault and fault.kind in (Kind.TIME, Kind.ALL_TIME) else nullcontext()
    with wired.wires.faulty(fault) as calls, in_time:
        answer = replace(asked(scenario, wired, subject), fault=fault)
    scenario.follow(wired, subject, answer)
    if fault is None or fault.passes:
        assert answer.is_success, answer
    if fault and fault.kind is Kind.DENIED and isinstance(answer.error, Unavailable):
        assert isinstance(answer.error, NeedsOperator | InDoubt), "what does not pass is not to be asked for again"
    wired.fire(wired.clock.now + SURELY_OVER)
    wired.sweep()
    assert_all_agrees(wired)
    scenario.check(wired, subject, answer)
    if to_the_end:
        run_to_the_end(wired)
    return calls


def run_to_the_end(wired: Wired) -> None:
    """All that is scheduled is attacked once, though it is delivered twice, and then nothing is left."""
    promised = wired.scheduled()
    wired.fire(wired.clock.now + 12 * HOUR)
    wired.sweep(seconds=SURELY_OVER.total_seconds())
    assert_all_agrees(wired)
    assert not wired.scheduled()
    assert not Shut.shut, "something that was attacked is not undone"
    for executor in map(wired.world.executors.get, promised):
        if executor.undoes:
            assert executor.status in (Status.SUCCEEDED, Status.SKIPPED), executor
            continue
        assert executor.status in (Status.SUCCEEDED, Status.FAILED) and Marked.done[mark(executor)] == 1, executor


def is_gone(wired: Wired, plan_id: str) -> bool:
    """Whether nobody sees anything of the plan, and nothing of it is scheduled."""
    try:
        wired.world.plans.get(plan_id)
    except NotFound:
        seen = wired.world.executors.list(everything=True, limit=100, after=None).items
        return not any(id.startswith(plan_id) for id in [*wired.scheduled(), *(each.id for each in seen)])
    return False


class Create(Scenario):
    """Three executors, all of them later."""

    def act(self, wired: Wired, subject: Any) -> Plan:
        return wired.world.creation.create(
            document(written(NOW + 2 * HOUR), written(NOW + 3 * HOUR), written(NOW + 4 * HOUR))
        )

    def check(self, wired: Wired, subject: Any, answer: Answer) -> None:
        plans = wired.world.plans.list(everything=True, limit=9, after=None).items
        if answer.is_success:
            assert [plan.id for plan in plans] == [answer.value.id]
        if answer.error and not isinstance(answer.error, InDoubt):
            assert not plans and not wired.scheduled() and not Marked.done, "something of a refused plan remains"
        assert all(plan.total == 3 for plan in plans), "a plan is whole or is not there"


class CreateUnderAKey(Scenario):
    """Whoever gets no answer about the plan sends the request again, until there is one: there is never a second."""

    def act(self, wired: Wired, subject: Any) -> Plan:
        body = document(written(NOW + 2 * HOUR), written(NOW + 3 * HOUR), written(NOW + 4 * HOUR))
        return wired.world.creation.create(body, request_key("a key", body))

    def follow(self, wired: Wired, subject: Any, answer: Answer) -> None:
        """What was left to be undone is so by the repetition: no sweep came in between."""
        if not answer.is_success:
            wired.clock.advance(seconds=121)
            self.act(wired, subject)

    def check(self, wired: Wired, subject: Any, answer: Answer) -> None:
        (plan,) = wired.world.plans.list(everything=True, limit=9, after=None).items
        assert plan.total == 3 and self.act(wired, subject).id == plan.id
        assert not answer.is_success or answer.value.id == plan.id


class CreateWithOneAlreadyDue(Create):
    """The first falls due while the plan is being made: its schedule fires in vain, and it is delivered directly."""

    def act(self, wired: Wired, subject: Any) -> Plan:
        wired.clock.step = timedelta(seconds=2)
        dates = (wired.clock.now + timedelta(seconds=1), NOW + 3 * HOUR, NOW + 4 * HOUR)
        return wired.world.creation.create(document(*map(written, dates)))

    def follow(self, wired: Wired, subject: Any, answer: Answer) -> None:
        wired.clock.step = timedelta()
        wired.drop(name for name in wired.scheduled() if name.endswith("-0000"))

    def check(self, wired: Wired, subject: Any, answer: Answer) -> None:
        super().check(wired, subject, answer)
        if answer.is_success:
            first = wired.world.plans.get(answer.value.id)[1][0]
            assert first.status in (Status.SUCCEEDED, Status.MISSED)


class Move(Scenario):
    def prepare(self, wired: Wired) -> Executor:
        return posted(wired, NOW + 2 * HOUR, NOW + 3 * HOUR)[0]

    def act(self, wired: Wired, subject: Executor) -> Executor:
        date = written(subject.due + 2 * HOUR)
        return wired.world.executors.move(subject.id, {"type": "date", "args": {"date": date}})

    def check(self, wired: Wired, subject: Executor, answer: Answer) -> None:
        due = wired.world.executors.get(subject.id).due
        assert due == answer.value.due if answer.is_success else due in (subject.due, subject.due + 2 * HOUR)


class DeleteExecutor(Scenario):
    def prepare(self, wired: Wired) -> Executor:
        return posted(wired, NOW + 2 * HOUR, NOW + 3 * HOUR)[0]

    def act(self, wired: Wired, subject: Executor) -> None:
        wired.world.executors.delete(subject.id)

    def check(self, wired: Wired, subject: Executor, answer: Answer) -> None:
        seen = wired.world.plans.get(subject.plan_id)[1]
        assert len(seen) == 1 if answer.is_success else len(seen) in (1, 2)


class DeletePlan(Scenario):
    """One of its executors has run, two have not."""

    def prepare(self, wired: Wired) -> str:
        executors = posted(wired, NOW + MINUTE, NOW + 2 * HOUR, NOW + 3 * HOUR)
        wired.fire(NOW + MINUTE)
        return executors[0].plan_id

    def act(self, wired: Wired, subject: str) -> None:
        wired.world.plans.delete(subject)

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        assert is_gone(wired, subject) or not answer.is_success


@dataclass(frozen=True, slots=True)
class Run(Scenario):
    """A delivery: the claim, the attack, the record. ``again``: Lambda delivers once more what did not end well."""

    ends: str = "well"
    again: bool = True
    late: timedelta = timedelta()

    def __str__(self) -> str:
        delivered = "" if self.again else ", not delivered again"
        return f"{type(self).__name__} (ends {self.ends}, {self.late} late{delivered})"

    def prepare(self, wired: Wired) -> str:
        """The event that is delivered."""
        executor = posted(wired, NOW + MINUTE, NOW + 3 * HOUR, ends=self.ends)[0]
        event = wired.schedule(executor.id)[1]
        wired.drop([executor.id])
        wired.clock.now = executor.due + self.late
        return event

    def act(self, wired: Wired, subject: str) -> Executor | Refusal:
        return wired.deliver(subject)

    def follow(self, wired: Wired, subject: str, answer: Answer) -> None:
        if self.again and not answer.is_success:
            wired.deliver(subject)

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        ended = wired.world.executors.get(json.loads(subject)["executor_id"])
        if answer.is_success and answer.value.status.executed:
            assert same(as_begun(ended, answer.value), answer.value)
        if self.again and not self.late:
            assert ended.status is not Status.MISSED, "what is delivered again is not missed"


class RunTheLast(Run):
    """The only one of its plan, which leaves the list of open plans with it."""

    def prepare(self, wired: Wired) -> str:
        executor = posted(wired, NOW + MINUTE)[0]
        event = wired.schedule(executor.id)[1]
        wired.drop([executor.id])
        wired.clock.now = executor.due
        return event


class RunWhatWasMoved(Run):
    """Delivered for its new date, when another of its plan was moved after it."""

    def prepare(self, wired: Wired) -> str:
        first, second = posted(wired, NOW + MINUTE, NOW + 2 * MINUTE)
        wired.world.executors.move(first.id, {"type": "date", "args": {"date": written(NOW + 4 * MINUTE)}}, "ana")
        event = wired.schedule(first.id)[1]
        wired.world.executors.move(second.id, {"type": "date", "args": {"date": written(NOW + 3 * HOUR)}}, "ben")
        wired.drop([first.id])
        wired.clock.now = NOW + 4 * MINUTE
        return event


class RunWhileHalted(Run):
    """It is skipped, and never attacks."""

    def prepare(self, wired: Wired) -> str:
        wired.world.engine_state.pull({"halted": True, "reason": "a trial"}, "ana")
        return super().prepare(wired)

    def follow(self, wired: Wired, subject: str, answer: Answer) -> None:
        super().follow(wired, subject, answer)
        assert not Marked.done, "it attacked though the engine was halted"
        wired.world.engine_state.pull({"halted": False}, "ana")

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        super().check(wired, subject, answer)
        ended = wired.world.executors.get(json.loads(subject)["executor_id"])
        assert ended.status in (Status.SKIPPED, Status.MISSED)


class RunBetweenFreezes(Run):
    """Neither holds it back."""

    def prepare(self, wired: Wired) -> str:
        for start, end in ((NOW - HOUR, NOW + timedelta(seconds=30)), (NOW + HOUR, NOW + 2 * HOUR)):
            freeze = {"name": "sale", "start": written(start), "end": written(end), "reason": "a trial"}
            wired.world.engine_state.freeze(freeze, "ana")
        return super().prepare(wired)

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        super().check(wired, subject, answer)
        ended = wired.world.executors.get(json.loads(subject)["executor_id"])
        assert ended.error is None or ended.error.type != "Frozen"


class RunNow(Run):
    """A delivery that a person asked for, before the executor's time: its schedule is there, and must not fire."""

    def prepare(self, wired: Wired) -> str:
        wired.world.executors.run(posted(wired, NOW + 2 * HOUR, NOW + 3 * HOUR)[0].id)
        return wired.invoked.pop()


class DeliverAgain(Run):
    """A delivery of what has run already: it does nothing but be counted."""

    def prepare(self, wired: Wired) -> str:
        event = super().prepare(wired)
        wired.deliver(event)
        return event

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        assert answer.value is Refusal.ENDED or not answer.is_success


class DeliverWhatWasMoved(Run):
    """The schedule was moved just before it fired: it fires as of old, and deletes itself with its new date."""

    def prepare(self, wired: Wired) -> str:
        executor = posted(wired, NOW + MINUTE, NOW + 3 * HOUR)[0]
        event = wired.schedule(executor.id)[1]
        wired.world.executors.move(executor.id, {"type": "date", "args": {"date": written(NOW + 2 * HOUR)}}, "ana")
        wired.clock.now = executor.due
        return event

    def follow(self, wired: Wired, subject: str, answer: Answer) -> None:
        super().follow(wired, subject, answer)
        wired.drop([json.loads(subject)["executor_id"]])

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        assert answer.value is Refusal.MOVED or not answer.is_success


class GiveUp(Run):
    """AWS could not deliver it, and says so. ``again``: its message comes once more where it was not put on record."""

    def act(self, wired: Wired, subject: str) -> Executor | Refusal:
        dead_letter = given_up(subject, {})
        assert dead_letter
        return wired.world.undelivered.end(dead_letter)

    def follow(self, wired: Wired, subject: str, answer: Answer) -> None:
        if self.again and not answer.is_success:
            self.act(wired, subject)


class AskToRunNow(Scenario):
    """What a person asks for. Where it cannot be handed over, the executor runs at its date."""

    def prepare(self, wired: Wired) -> Executor:
        return posted(wired, NOW + 2 * HOUR, NOW + 3 * HOUR)[0]

    def act(self, wired: Wired, subject: Executor) -> Executor:
        return wired.world.executors.run(subject.id)

    def check(self, wired: Wired, subject: Executor, answer: Answer) -> None:
        status = wired.world.executors.get(subject.id).status
        assert status is Status.SUCCEEDED or (status is Status.SCHEDULED and not answer.is_success)


class SweepAnUncommittedPlan(Scenario):
    def prepare(self, wired: Wired) -> None:
        broken_off(wired, Create(0), Call("dynamodb.UpdateItem", 1), When.BEFORE)

    def act(self, wired: Wired, subject: Any) -> dict[str, int]:
        return wired.sweep(seconds=121)


class SweepAHalfDeletedPlan(SweepAnUncommittedPlan):
    def prepare(self, wired: Wired) -> None:
        broken_off(wired, DeletePlan(0), Call("dynamodb.UpdateItem", 1), When.AFTER)


class SweepWhatWasNeverDelivered(SweepAnUncommittedPlan):
    def prepare(self, wired: Wired) -> None:
        executor = posted(wired, NOW + MINUTE, NOW + 3 * HOUR)[0]
        wired.drop([executor.id])
        wired.clock.now = NOW + SURELY_OVER


class SweepADeadRun(SweepAnUncommittedPlan):
    def prepare(self, wired: Wired) -> None:
        broken_off(wired, Run(0), Call("dynamodb.TransactWriteItems", 1), When.AFTER)
        wired.clock.now += SURELY_OVER


class SweepAnUnsettledMove(SweepAnUncommittedPlan):
    def prepare(self, wired: Wired) -> None:
        broken_off(wired, Move(0), Call("scheduler.UpdateSchedule", 1), When.BEFORE)


class SweepAnUnsettledDeletion(SweepAnUncommittedPlan):
    def prepare(self, wired: Wired) -> None:
        broken_off(wired, DeleteExecutor(0), Call("scheduler.DeleteSchedule", 1), When.BEFORE)


def broken_off(wired: Wired, scenario: Scenario, call: Call, when: When) -> None:
    """What is left of a scenario where the process died."""
    subject = scenario.prepare(wired)
    with wired.wires.faulty(Fault(call=call, when=when, kind=Kind.CRASH)):
        assert asked(scenario, wired, subject).crashed


SCENARIOS: tuple[Scenario, ...] = (
    Create(8),
    CreateUnderAKey(9),
    CreateWithOneAlreadyDue(9),
    Move(5),
    DeleteExecutor(5),
    DeletePlan(8),
    Run(6),
    Run(6, again=False),
    Run(6, ends="badly"),
    Run(3, late=SURELY_OVER),
    RunTheLast(6),
    RunWhatWasMoved(6),
    RunWhileHalted(3),
    RunBetweenFreezes(7),
    RunNow(6),
    RunNow(6, again=False),
    DeliverAgain(2),
    DeliverWhatWasMoved(2),
    GiveUp(3),
    AskToRunNow(2),
    SweepAnUncommittedPlan(14),
    SweepAHalfDeletedPlan(11),
    SweepWhatWasNeverDelivered(8),
    SweepADeadRun(8),
    SweepAnUnsettledMove(9),
    SweepAnUnsettledDeletion(9),
)
