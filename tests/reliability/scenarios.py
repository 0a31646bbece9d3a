"""What people and AWS do to the engine, one use case each, and what its caller may rely on afterwards."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.adapters.changes import as_begun, same
from chalicelib.adapters.delivery import payload
from chalicelib.appointment import Refusal
from chalicelib.errors import EngineError, InDoubt, NotFound
from chalicelib.model import Executor, Plan, Status
from chalicelib.request_key import request_key
from chalicelib.undelivered import given_up
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
    """What the caller was told; nothing where the process died."""

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
        """Once it was swept: whether what the caller was told is true."""


def posted(wired: Wired, *dates: datetime, **given: str) -> tuple[Executor, ...]:
    """The executors of a plan that was made without trouble."""
    return wired.world.engine.plan(wired.world.engine.create_plan(document(*map(written, dates), **given)).id)[1]


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
    with wired.wires.faulty(fault) as calls:
        answer = replace(asked(scenario, wired, subject), fault=fault)
    scenario.follow(wired, subject, answer)
    if fault is None or fault.passes:
        assert answer.is_success, answer
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
    for executor in map(wired.world.engine.executor, promised):
        if executor.undoes:
            assert executor.status in (Status.SUCCEEDED, Status.SKIPPED), executor
            continue
        assert executor.status in (Status.SUCCEEDED, Status.FAILED) and Marked.done[mark(executor)] == 1, executor


def is_gone(wired: Wired, plan_id: str) -> bool:
    """Whether nobody sees anything of the plan, and nothing of it is scheduled."""
    try:
        wired.world.engine.plan(plan_id)
    except NotFound:
        seen = wired.world.engine.list_executors(everything=True, limit=100, after=None).items
        return not any(id.startswith(plan_id) for id in [*wired.scheduled(), *(each.id for each in seen)])
    return False


class Create(Scenario):
    """Three executors, all of them later."""

    def act(self, wired: Wired, subject: Any) -> Plan:
        return wired.world.engine.create_plan(
            document(written(NOW + 2 * HOUR), written(NOW + 3 * HOUR), written(NOW + 4 * HOUR))
        )

    def check(self, wired: Wired, subject: Any, answer: Answer) -> None:
        plans = wired.world.engine.list_plans(everything=True, limit=9, after=None).items
        if answer.is_success:
            assert [plan.id for plan in plans] == [answer.value.id]
        if answer.error and not isinstance(answer.error, InDoubt):
            assert not plans and not wired.scheduled() and not Marked.done, "something of a refused plan remains"
        assert all(plan.total == 3 for plan in plans), "a plan is whole or is not there"


class CreateUnderAKey(Scenario):
    """Whoever is not told of the plan sends the request again, until there is one: there is never a second."""

    def act(self, wired: Wired, subject: Any) -> Plan:
        body = document(written(NOW + 2 * HOUR), written(NOW + 3 * HOUR), written(NOW + 4 * HOUR))
        return wired.world.engine.create_plan(body, request_key("a key", body))

    def follow(self, wired: Wired, subject: Any, answer: Answer) -> None:
        """What was left to be undone is so by the repetition: no sweep came in between."""
        if not answer.is_success:
            wired.clock.advance(seconds=121)
            self.act(wired, subject)

    def check(self, wired: Wired, subject: Any, answer: Answer) -> None:
        (plan,) = wired.world.engine.list_plans(everything=True, limit=9, after=None).items
        assert plan.total == 3 and self.act(wired, subject).id == plan.id
        assert not answer.is_success or answer.value.id == plan.id


class CreateWithOneAlreadyDue(Create):
    """The first falls due while the plan is being made: its schedule fires in vain, and it is delivered directly."""

    def act(self, wired: Wired, subject: Any) -> Plan:
        wired.clock.step = timedelta(seconds=2)
        dates = (wired.clock.now + timedelta(seconds=1), NOW + 3 * HOUR, NOW + 4 * HOUR)
        return wired.world.engine.create_plan(document(*map(written, dates)))

    def follow(self, wired: Wired, subject: Any, answer: Answer) -> None:
        wired.clock.step = timedelta()
        wired.drop(name for name in wired.scheduled() if name.endswith("-0000"))

    def check(self, wired: Wired, subject: Any, answer: Answer) -> None:
        super().check(wired, subject, answer)
        if answer.is_success:
            first = wired.world.engine.plan(answer.value.id)[1][0]
            assert first.status in (Status.SUCCEEDED, Status.MISSED)


class Move(Scenario):
    def prepare(self, wired: Wired) -> Executor:
        return posted(wired, NOW + 2 * HOUR, NOW + 3 * HOUR)[0]

    def act(self, wired: Wired, subject: Executor) -> Executor:
        date = written(subject.due + 2 * HOUR)
        return wired.world.engine.move_executor(subject.id, {"type": "date", "args": {"date": date}})

    def check(self, wired: Wired, subject: Executor, answer: Answer) -> None:
        due = wired.world.engine.executor(subject.id).due
        assert due == answer.value.due if answer.is_success else due in (subject.due, subject.due + 2 * HOUR)


class DeleteExecutor(Scenario):
    def prepare(self, wired: Wired) -> Executor:
        return posted(wired, NOW + 2 * HOUR, NOW + 3 * HOUR)[0]

    def act(self, wired: Wired, subject: Executor) -> None:
        wired.world.engine.delete_executor(subject.id)

    def check(self, wired: Wired, subject: Executor, answer: Answer) -> None:
        seen = wired.world.engine.plan(subject.plan_id)[1]
        assert len(seen) == 1 if answer.is_success else len(seen) in (1, 2)


class DeletePlan(Scenario):
    """One of its executors has run, two have not."""

    def prepare(self, wired: Wired) -> str:
        executors = posted(wired, NOW + MINUTE, NOW + 2 * HOUR, NOW + 3 * HOUR)
        wired.fire(NOW + MINUTE)
        return executors[0].plan_id

    def act(self, wired: Wired, subject: str) -> None:
        wired.world.engine.delete_plan(subject)

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        assert is_gone(wired, subject) or not answer.is_success


@dataclass(frozen=True, slots=True)
class Run(Scenario):
    """A delivery: the claim, the attack, the record. ``again``: Lambda delivers once more what did not end well."""

    ends: str = "well"
    again: bool = True
    late: timedelta = timedelta()
    bare: bool = False

    def __str__(self) -> str:
        delivered = ("" if self.again else ", not delivered again") + (", has to be read" if self.bare else "")
        return f"{type(self).__name__} (ends {self.ends}, {self.late} late{delivered})"

    def prepare(self, wired: Wired) -> str:
        """The event that is delivered."""
        executor = posted(wired, NOW + MINUTE, NOW + 3 * HOUR, ends=self.ends)[0]
        event = payload(executor) if self.bare else wired.schedule(executor.id)[1]
        wired.drop([executor.id])
        wired.clock.now = executor.due + self.late
        return event

    def act(self, wired: Wired, subject: str) -> Executor | Refusal:
        return wired.deliver(subject)

    def follow(self, wired: Wired, subject: str, answer: Answer) -> None:
        if self.again and not answer.is_success:
            wired.deliver(subject)

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        ended = wired.world.engine.executor(json.loads(subject)["executor_id"])
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
    """Delivered for its new date, and guessed wrongly to be the last: another was moved after it."""

    def prepare(self, wired: Wired) -> str:
        first, second = posted(wired, NOW + MINUTE, NOW + 2 * MINUTE)
        wired.world.engine.move_executor(first.id, {"type": "date", "args": {"date": written(NOW + 4 * MINUTE)}}, "ana")
        event = wired.schedule(first.id)[1]
        wired.world.engine.move_executor(second.id, {"type": "date", "args": {"date": written(NOW + 3 * HOUR)}}, "ben")
        wired.drop([first.id])
        wired.clock.now = NOW + 4 * MINUTE
        return event


class RunWhileHalted(Run):
    """What it carries says nothing of the lever: it is skipped, and never attacks."""

    def prepare(self, wired: Wired) -> str:
        wired.world.steering.pull({"halted": True, "reason": "a trial"}, "ana")
        return super().prepare(wired)

    def follow(self, wired: Wired, subject: str, answer: Answer) -> None:
        super().follow(wired, subject, answer)
        assert not Marked.done, "it attacked though the engine was halted"
        wired.world.steering.pull({"halted": False}, "ana")

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        super().check(wired, subject, answer)
        ended = wired.world.engine.executor(json.loads(subject)["executor_id"])
        assert ended.status in (Status.SKIPPED, Status.MISSED)


class RunBetweenFreezes(Run):
    """The row of the engine's state cannot tell in a condition that neither holds: it is shown, and claimed once
    more."""

    def prepare(self, wired: Wired) -> str:
        for start, end in ((NOW - HOUR, NOW + timedelta(seconds=30)), (NOW + HOUR, NOW + 2 * HOUR)):
            freeze = {"name": "sale", "start": written(start), "end": written(end), "reason": "a trial"}
            wired.world.steering.freeze(freeze, "ana")
        return super().prepare(wired)

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        super().check(wired, subject, answer)
        ended = wired.world.engine.executor(json.loads(subject)["executor_id"])
        assert ended.error is None or ended.error.type != "Frozen"


class RunNow(Run):
    """A delivery that a person asked for, before the executor's time: its schedule is there, and must not fire."""

    def prepare(self, wired: Wired) -> str:
        wired.world.engine.run_executor(posted(wired, NOW + 2 * HOUR, NOW + 3 * HOUR)[0].id)
        return wired.invoked.pop()


class DeliverAgain(Run):
    """A delivery of what has run already: it does nothing but be counted."""

    def prepare(self, wired: Wired) -> str:
        event = super().prepare(wired)
        wired.deliver(event)
        return event

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        assert answer.value is Refusal.ENDED or not answer.is_success


class GiveUp(Run):
    """AWS could not deliver it, and says so. ``again``: its message comes once more where it was not put on record."""

    def act(self, wired: Wired, subject: str) -> Executor | Refusal:
        told = given_up(subject, {})
        assert told
        return wired.world.undelivered.end(told)

    def follow(self, wired: Wired, subject: str, answer: Answer) -> None:
        if self.again and not answer.is_success:
            self.act(wired, subject)


class AskToRunNow(Scenario):
    """What a person asks for. Where it cannot be handed over, the executor runs at its date."""

    def prepare(self, wired: Wired) -> Executor:
        return posted(wired, NOW + 2 * HOUR, NOW + 3 * HOUR)[0]

    def act(self, wired: Wired, subject: Executor) -> Executor:
        return wired.world.engine.run_executor(subject.id)

    def check(self, wired: Wired, subject: Executor, answer: Answer) -> None:
        status = wired.world.engine.executor(subject.id).status
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
    Run(5),
    Run(5, again=False),
    Run(5, ends="badly"),
    Run(3, late=SURELY_OVER),
    Run(6, bare=True),
    Run(6, bare=True, again=False),
    RunTheLast(5),
    RunWhatWasMoved(7),
    RunWhileHalted(4),
    RunBetweenFreezes(6),
    RunNow(6),
    RunNow(6, again=False),
    DeliverAgain(3),
    DeliverAgain(2, bare=True),
    GiveUp(3),
    AskToRunNow(2),
    SweepAnUncommittedPlan(13),
    SweepAHalfDeletedPlan(10),
    SweepWhatWasNeverDelivered(7),
    SweepADeadRun(7),
    SweepAnUnsettledMove(8),
    SweepAnUnsettledDeletion(8),
)
