"""``Reconciliation`` over the memory adapters: what is told, what is not, and what mending does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.comparison import Difference, Kind
from chalicelib.errors import Unavailable
from chalicelib.model import Executor
from chalicelib.reconciliation import Reconciliation
from tests.unit.meddled import Always, MeddledSchedules, MeddledStore, fail
from tests.unit.world import HandClock, World, later, world


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
            census=self.store,
            executors=self.store,
            book=self.schedules,
            schedules=self.schedules,
            clock=clock,
            pause=self._pause,
            at_once=lambda mend, differences: [mend(each) for each in differences],
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


def test_progress_is_told_of_each_kind_of_reading(case: Case) -> None:
    executor = case.executor()
    case.schedules.drop_all([executor.id])
    said: list[tuple[str, int]] = []
    case.reconciliation.compare(lambda what, more: said.append((what, more)))
    assert said == [
        ("rows of the table", 2),
        ("schedules listed", 0),
        ("schedules read", 1),
        ("schedules looked at again", 1),
    ]


def test_an_orphan_is_told_and_removed(case: Case) -> None:
    plan, (executor,) = case.world.plan()
    case.world.engine.delete_executor(executor.id)
    case.schedules.put(plan, executor)
    (mended,) = case.reconciliation.mend(case.differences())
    assert mended.difference.kind is Kind.ORPHAN and mended.done and mended.says == "the schedule was removed"
    assert case.schedules.dues == {} and case.found() == []


def test_a_missing_schedule_is_told_and_put(case: Case) -> None:
    executor = case.executor()
    case.schedules.drop_all([executor.id])
    (mended,) = case.reconciliation.mend(case.differences())
    assert mended.difference.kind is Kind.MISSING and mended.done
    assert mended.says == "the schedule was put for 2027-03-01 10:00:00 UTC"
    assert case.schedules.dues == {executor.id: executor.due} and case.found() == []


def test_a_schedule_for_another_date_is_told_and_moved(case: Case) -> None:
    plan, (executor,) = case.world.plan()
    case.schedules.put(plan, replace(executor, due=executor.due.replace(minute=5)))
    (difference,) = case.differences()
    assert difference.kind is Kind.DIFFERENT
    assert difference.says == "date is 2027-03-01T10:05:00Z, should be 2027-03-01T10:00:00Z"
    case.reconciliation.mend([difference])
    assert case.schedules.dues == {executor.id: executor.due} and case.found() == []


def test_what_is_only_told_is_not_mended(case: Case) -> None:
    _, (executor,) = case.world.plan()
    case.schedules.before["put"].append(fail)
    case.world.engine.move_executor(executor.id, {"type": "date", "args": {"date": later(hours=2)}})
    assert case.found() == [(Kind.PENDING, executor.id)]
    assert case.reconciliation.mend(case.differences()) == []
    assert case.schedules.dues == {executor.id: executor.due}
    case.world.clock.advance(minutes=3)
    case.world.sweep.sweep()
    assert case.found() == []


def test_what_was_merely_being_changed_is_not_told(case: Case) -> None:
    """Each of these looks like a difference in the first look, and has come to rest by the second."""
    plan, executors = case.world.plan(*(later(hours=hour) for hour in (1, 2, 3)))
    case.schedules.drop_all([executors[0].id])
    case.schedules.put(plan, replace(executors[1], due=executors[2].due))
    case.schedules.put(plan, replace(executors[1], id=f"{plan.id}-0999"))
    assert len(case.differences()) == 3

    def come_to_rest() -> None:
        case.schedules.put(plan, executors[0])
        case.world.engine.move_executor(executors[1].id, {"type": "date", "args": {"date": later(hours=9)}})
        case.schedules.drop_all([f"{plan.id}-0999"])

    case.meanwhile = come_to_rest
    assert case.found() == []


def test_a_plan_made_and_one_deleted_while_it_reads_are_not_told(case: Case) -> None:
    old, _ = case.world.plan()

    def change() -> None:
        case.world.plan()
        case.world.engine.delete_plan(old.id)

    case.store.after["everything"].append(change)
    assert case.found() == [] and case.pauses == 1


def test_an_executor_that_runs_and_ends_while_it_reads_is_not_told(case: Case) -> None:
    executor = case.executor(seconds=5)
    case.store.after["everything"].append(lambda: case.world.run(executor))
    case.schedules.before["read"].append(lambda: case.schedules.drop_all([executor.id]))
    assert case.found() == []


def test_a_date_that_comes_while_it_reads_is_not_missed(case: Case) -> None:
    executor = case.executor(seconds=5)
    case.schedules.drop_all([executor.id])
    case.meanwhile = lambda: case.world.clock.advance(seconds=5)
    assert case.found() == []


def test_a_date_that_comes_before_it_is_mended_is_left_alone(case: Case) -> None:
    executor = case.executor(seconds=5)
    case.schedules.drop_all([executor.id])
    differences = case.differences()
    case.world.clock.advance(seconds=5)
    (mended,) = case.reconciliation.mend(differences)
    assert not mended.done and mended.says == "left alone: its date has come meanwhile"
    assert case.schedules.dues == {}


def test_mending_goes_by_the_row_as_it_is_by_then(case: Case) -> None:
    executor = case.executor()
    case.schedules.drop_all([executor.id])
    differences = case.differences()
    case.world.engine.delete_executor(executor.id)
    (mended,) = case.reconciliation.mend(differences)
    assert mended.done and mended.says == "the schedule was removed" and case.schedules.dues == {}


def test_one_that_cannot_be_mended_does_not_hinder_the_others(case: Case) -> None:
    executors = case.world.plan(*(later(hours=hour) for hour in (1, 2, 3)))[1]
    case.schedules.drop_all(each.id for each in executors)
    case.schedules.before["put"] = [None, fail]
    mended = case.reconciliation.mend(case.differences())
    assert [each.done for each in mended] == [True, False, True]
    assert mended[1].says == "reaching AWS did not succeed just now: try again in 5 seconds"
    assert case.found() == [(Kind.MISSING, executors[1].id)]


@pytest.mark.parametrize("method", ["everything", "of_plans"])
def test_where_the_table_fails_nothing_is_told(case: Case, method: str) -> None:
    executor = case.executor()
    case.schedules.drop_all([executor.id])
    case.store.before[method] = Always([fail])
    with pytest.raises(Unavailable):
        case.differences()
