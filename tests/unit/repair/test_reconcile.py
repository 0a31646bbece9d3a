"""``Reconciliation`` over the memory adapters: what it reports, what it leaves out, and what a repair does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.domain.model import Executor
from chalicelib.domain.unavailable import Unavailable
from chalicelib.repair.diff import Difference, Kind
from chalicelib.repair.reconcile import Reconciliation
from chalicelib.scheduling.sync import ScheduleSync
from tests.support.disturbed_adapters import Always, MeddledSchedules, MeddledStore, fail
from tests.support.world import HandClock, World, later, world


class Case:
    """A world whose schedules are compared with its store. ``meanwhile`` is what happens between the two looks."""

    def __init__(self) -> None:
        clock = HandClock()
        self.store, self.schedules = MeddledStore(clock), MeddledSchedules()
        self.world: World = world(clock=clock, store=self.store, schedules=self.schedules)
        self.meanwhile: Callable[[], object] = lambda: None
        self.pauses = 0
        self.reconciliation = Reconciliation(
            settings=self.world.settings,
            scan=self.store.scan,
            book=self.schedules,
            schedule_sync=ScheduleSync(executors=self.store.executors, schedules=self.schedules),
            clock=clock,
            pause=self._pause,
            at_once=lambda repair, differences: [repair(each) for each in differences],
        )

    def _pause(self) -> None:
        self.pauses += 1
        self.meanwhile()

    def executor(self, **by: float) -> Executor:
        return self.world.executor(later(**(by or {"hours": 1})))

    def differences(self) -> tuple[Difference, ...]:
        return self.reconciliation.compare().differences

    def found(self) -> list[tuple[Kind, str]]:
        return [(each.kind, each.subject) for each in self.differences()]


@pytest.fixture
def case() -> Case:
    return Case()


def test_where_nothing_differs_it_looks_once_and_says_how_much_it_compared(case: Case) -> None:
    case.world.plan(later(hours=1), later(hours=2))
    findings = case.reconciliation.compare()
    assert (findings.plans, findings.executors, findings.schedules) == (1, 2, 2)
    assert findings.differences == () and case.pauses == 0


def test_progress_is_reported_of_each_kind_of_reading(case: Case) -> None:
    executor = case.executor()
    case.schedules.drop_all([executor.id])
    said: list[tuple[str, int]] = []
    case.reconciliation.compare(lambda what, more: said.append((what, more)))
    assert said == [
        ("rows of the table", 2),
        ("schedules listed", 0),
        ("schedules read", 1),
        ("schedules read again", 1),
    ]


def test_an_orphan_is_reported_and_removed(case: Case) -> None:
    plan, (executor,) = case.world.plan()
    case.world.executors.delete(executor.id)
    case.schedules.put(plan, executor)
    (repaired,) = case.reconciliation.repair(case.differences())
    assert repaired.difference.kind is Kind.ORPHAN and repaired.done and repaired.details == "the schedule was removed"
    assert case.schedules.dues == {} and case.found() == []


def test_a_missing_schedule_is_reported_and_put(case: Case) -> None:
    executor = case.executor()
    case.schedules.drop_all([executor.id])
    (repaired,) = case.reconciliation.repair(case.differences())
    assert repaired.difference.kind is Kind.MISSING and repaired.done
    assert repaired.details == "the schedule was put for 2027-03-01 10:00:00 UTC"
    assert case.schedules.dues == {executor.id: executor.due} and case.found() == []


def test_a_schedule_for_another_date_is_reported_and_moved(case: Case) -> None:
    plan, (executor,) = case.world.plan()
    case.schedules.put(plan, replace(executor, due=executor.due.replace(minute=5)))
    (difference,) = case.differences()
    assert difference.kind is Kind.DIFFERENT
    assert difference.details == "date is 2027-03-01T10:05:00Z, should be 2027-03-01T10:00:00Z"
    case.reconciliation.repair([difference])
    assert case.schedules.dues == {executor.id: executor.due} and case.found() == []


def test_what_is_only_reported_is_not_repaired(case: Case) -> None:
    _, (executor,) = case.world.plan()
    case.schedules.before["put"].append(fail)
    case.world.executors.move(executor.id, {"type": "date", "args": {"date": later(hours=2)}})
    assert case.found() == [(Kind.PENDING, executor.id)]
    assert case.reconciliation.repair(case.differences()) == []
    assert case.schedules.dues == {executor.id: executor.due}
    case.world.clock.advance(minutes=3)
    case.world.sweep.sweep()
    assert case.found() == []


def test_what_was_merely_being_changed_is_not_reported(case: Case) -> None:
    """Each of these looks like a difference in the first look, and has come to rest by the second."""
    plan, executors = case.world.plan(*(later(hours=hour) for hour in (1, 2, 3)))
    case.schedules.drop_all([executors[0].id])
    case.schedules.put(plan, replace(executors[1], due=executors[2].due))
    case.schedules.put(plan, replace(executors[1], id=f"{plan.id}-0999"))
    assert len(case.differences()) == 3

    def come_to_rest() -> None:
        case.schedules.put(plan, executors[0])
        case.world.executors.move(executors[1].id, {"type": "date", "args": {"date": later(hours=9)}})
        case.schedules.drop_all([f"{plan.id}-0999"])

    case.meanwhile = come_to_rest
    assert case.found() == []


def test_a_plan_made_and_one_deleted_while_it_reads_are_not_reported(case: Case) -> None:
    old, _ = case.world.plan()

    def change() -> None:
        case.world.plan()
        case.world.plans.delete(old.id)

    case.store.after["everything"].append(change)
    assert case.found() == [] and case.pauses == 1


def test_an_executor_that_runs_and_ends_while_it_reads_is_not_reported(case: Case) -> None:
    executor = case.executor(seconds=5)
    case.store.after["everything"].append(lambda: case.world.run(executor))
    case.schedules.before["read"].append(lambda: case.schedules.drop_all([executor.id]))
    assert case.found() == []


def test_a_date_that_comes_while_it_reads_is_not_missed(case: Case) -> None:
    executor = case.executor(seconds=5)
    case.schedules.drop_all([executor.id])
    case.meanwhile = lambda: case.world.clock.advance(seconds=5)
    assert case.found() == []


def test_a_date_that_comes_before_the_repair_is_left_alone(case: Case) -> None:
    executor = case.executor(seconds=5)
    case.schedules.drop_all([executor.id])
    differences = case.differences()
    case.world.clock.advance(seconds=5)
    (repaired,) = case.reconciliation.repair(differences)
    assert not repaired.done and repaired.details == "left alone: its date has come meanwhile"
    assert case.schedules.dues == {}


def test_a_repair_goes_by_the_row_as_it_is_by_then(case: Case) -> None:
    executor = case.executor()
    case.schedules.drop_all([executor.id])
    differences = case.differences()
    case.world.executors.delete(executor.id)
    (repaired,) = case.reconciliation.repair(differences)
    assert repaired.done and repaired.details == "the schedule was removed" and case.schedules.dues == {}


def test_one_that_cannot_be_repaired_does_not_hinder_the_others(case: Case) -> None:
    executors = case.world.plan(*(later(hours=hour) for hour in (1, 2, 3)))[1]
    case.schedules.drop_all(each.id for each in executors)
    case.schedules.before["put"] = [None, fail]
    repaired = case.reconciliation.repair(case.differences())
    assert [each.done for each in repaired] == [True, False, True]
    assert repaired[1].details == "reaching AWS did not succeed just now: try again in 5 seconds"
    assert case.found() == [(Kind.MISSING, executors[1].id)]


@pytest.mark.parametrize("method", ["everything", "of_plans"])
def test_where_the_table_fails_nothing_is_published(case: Case, method: str) -> None:
    executor = case.executor()
    case.schedules.drop_all([executor.id])
    case.store.before[method] = Always([fail])
    with pytest.raises(Unavailable):
        case.differences()
