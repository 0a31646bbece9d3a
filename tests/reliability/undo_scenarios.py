"""What is undone, one use case each: in the end nothing that an attack did is left, whoever died on the way."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.adapters.aws.delivery import payload
from chalicelib.domain.model import Executor, Status
from tests.contract.builders import NOW
from tests.reliability.faults import Call, When
from tests.reliability.records import mark
from tests.reliability.samples.attacks.shut import Shut
from tests.reliability.scenarios import (
    HOUR,
    MINUTE,
    SURELY_OVER,
    Answer,
    Create,
    Run,
    Scenario,
    SweepAnUncommittedPlan,
    broken_off,
    written,
)
from tests.reliability.wired import Wired

DURATION = 2 * HOUR
SOON = timedelta(seconds=240)
"""When an undo that was put off by a minute is surely not about to come by itself."""


def shutting(wired: Wired) -> tuple[Executor, Executor]:
    """An attack in a minute and its undo, which were posted without trouble."""
    document = {
        "name": "a plan",
        "attack": {"ref": Shut.ref, "args": {"mark": "mark", "duration": DURATION.total_seconds()}},
        "planner": {"ref": "each:Each", "args": {"dates": [written(NOW + MINUTE)]}},
    }
    attack, undo = wired.world.plans.get(wired.world.creation.create(document).id)[1]
    return attack, undo


def shut(wired: Wired) -> tuple[Executor, Executor]:
    """An attack that was made, and its undo, which is still to come."""
    pair = shutting(wired)
    wired.fire(NOW + MINUTE)
    assert Shut.shut == {mark(pair[0])}
    return pair


def now(wired: Wired, executor: Executor) -> Executor:
    return wired.world.executors.get(executor.id)


class RunWhatIsUndone(Run):
    def prepare(self, wired: Wired) -> str:
        attack, _ = shutting(wired)
        wired.drop([attack.id])
        wired.clock.now = attack.due
        return payload(attack)


class Undo(Run):
    """The delivery of an undo at its date."""

    def prepare(self, wired: Wired) -> str:
        _, undo = shut(wired)
        wired.drop([undo.id])
        wired.clock.now = undo.due
        return payload(undo)

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        super().check(wired, subject, answer)
        status = wired.world.executors.get(json.loads(subject)["executor_id"]).status
        assert status in (Status.SUCCEEDED, Status.SCHEDULED), "it was undone, or is due again"
        assert not Shut.shut or status is Status.SCHEDULED, "what is recorded as undone is not"


class UndoWhatIsStuck(Undo):
    """It does not succeed, and is put off; then it could."""

    def act(self, wired: Wired, subject: str) -> Any:
        Shut.stuck = True
        try:
            return super().act(wired, subject)
        finally:
            Shut.stuck = False

    def follow(self, wired: Wired, subject: str, answer: Answer) -> None:
        """It was delivered well: Lambda does not deliver it again."""

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        if answer.is_success:
            assert answer.value.status in (Status.SCHEDULED, Status.RUNNING), "it is due again, or the sweep sees to it"


class AskToRevert(Scenario):
    """What a person asks for. Where it cannot be handed over, it is undone at its date."""

    def prepare(self, wired: Wired) -> tuple[Executor, Executor]:
        return shut(wired)

    def act(self, wired: Wired, subject: tuple[Executor, Executor]) -> Executor:
        return wired.world.executors.revert(subject[0].id)

    def check(self, wired: Wired, subject: tuple[Executor, Executor], answer: Answer) -> None:
        status = now(wired, subject[1]).status
        assert (status is Status.SUCCEEDED) is not Shut.shut.issuperset({"mark-0"})
        assert status is Status.SUCCEEDED or (status is Status.SCHEDULED and not answer.is_success)


class RevertNow(Undo):
    """The delivery that follows: the schedule of the undo is there, and must not fire."""

    def prepare(self, wired: Wired) -> str:
        wired.world.executors.revert(shut(wired)[0].id)
        return wired.invoked.pop()


class DeleteWhatIsToBeUndone(Scenario):
    """The deletion hands the undo over, waits for it, and is asked for again where it fails."""

    def prepare(self, wired: Wired) -> str:
        plan_id = shut(wired)[0].plan_id

        def wait(seconds: float) -> None:
            wired.clock.advance(seconds=seconds)
            while wired.invoked:
                wired.deliver(wired.invoked.pop())

        wired.world.plans = replace(wired.world.plans, pause=wait)
        return plan_id

    def act(self, wired: Wired, subject: str) -> None:
        wired.world.plans.delete(subject)

    def check(self, wired: Wired, subject: str, answer: Answer) -> None:
        assert not Shut.shut or not answer.is_success, "a plan is deleted, and what it did was not undone"


class MoveWhatIsUndone(Scenario):
    """Its undo moves along; where that fails it is the sweep's, or the undo waits for its attack."""

    def prepare(self, wired: Wired) -> tuple[Executor, Executor]:
        return shutting(wired)

    def act(self, wired: Wired, subject: tuple[Executor, Executor]) -> Executor:
        date = written(subject[0].due + HOUR)
        return wired.world.executors.move(subject[0].id, {"type": "date", "args": {"date": date}})

    def check(self, wired: Wired, subject: tuple[Executor, Executor], answer: Answer) -> None:
        attack, undo = (now(wired, each) for each in subject)
        moved = subject[0].due + HOUR
        assert attack.due == moved if answer.is_success else attack.due in (subject[0].due, moved)
        assert undo.due >= attack.due + DURATION or attack.status.executed


class SweepAnOverdueUndo(SweepAnUncommittedPlan):
    """Its schedule never fired: it is due again, and has a schedule."""

    def prepare(self, wired: Wired) -> None:
        _, undo = shut(wired)
        wired.drop([undo.id])
        wired.clock.now = undo.due + SURELY_OVER


class SweepADeadUndo(SweepAnUncommittedPlan):
    def prepare(self, wired: Wired) -> None:
        broken_off(wired, Undo(0), Call("dynamodb.TransactWriteItems", 1), When.AFTER)
        wired.clock.now += SURELY_OVER


class SweepAnUndoThatWasPutOff(SweepAnUncommittedPlan):
    def prepare(self, wired: Wired) -> None:
        scenario = UndoWhatIsStuck(0)
        scenario.act(wired, scenario.prepare(wired))
        wired.clock.now += SOON


class SweepAMoveWithoutItsUndo(SweepAnUncommittedPlan):
    def prepare(self, wired: Wired) -> None:
        broken_off(wired, MoveWhatIsUndone(0), Call("dynamodb.TransactWriteItems", 2), When.BEFORE)


class SweepAnUncommittedPlanInPortions(SweepAnUncommittedPlan):
    """As with a plan of more executors than go at once."""

    def prepare(self, wired: Wired) -> None:
        broken_off(wired, Create(0), Call("dynamodb.UpdateItem", 1), When.BEFORE)
        wired.world.sweep = replace(wired.world.sweep, portion=1)


UNDO_SCENARIOS: tuple[Scenario, ...] = (
    RunWhatIsUndone(6),
    RunWhatIsUndone(6, again=False),
    Undo(7),
    Undo(7, again=False),
    UndoWhatIsStuck(6),
    AskToRevert(4),
    RevertNow(7),
    RevertNow(7, again=False),
    DeleteWhatIsToBeUndone(18),
    MoveWhatIsUndone(10),
    SweepAnOverdueUndo(11),
    SweepADeadUndo(11),
    SweepAnUndoThatWasPutOff(11),
    SweepAMoveWithoutItsUndo(14),
    SweepAnUncommittedPlanInPortions(18),
)
