"""Whatever is asked for and whatever fails: the comparison in full finds nothing but what the sweep is to take up."""

from collections.abc import Callable, Iterable

from hypothesis import settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from chalicelib.adapters.memory.schedules import MemorySchedules
from chalicelib.domain.model import Executor
from chalicelib.domain.snapshot import Facts, Scheduled
from chalicelib.ports.services import Clock
from chalicelib.repair.diff import Kind
from chalicelib.repair.reconcile import Reconciliation
from chalicelib.scheduling.sync import ScheduleSync
from tests.support.life import Life
from tests.unit.test_life import InMemory


class BookOfTheFuture:
    """The schedules whose date has not come: the others have fired and are gone, which in memory they never do."""

    def __init__(self, schedules: MemorySchedules, clock: Clock) -> None:
        self.schedules, self.clock = schedules, clock

    def names(self, seen: Callable[[int], None]) -> frozenset[str]:
        return frozenset(name for name, due in self.schedules.dues.items() if due > self.clock())

    def read(self, names: Iterable[str], seen: Callable[[int], None]) -> dict[str, Scheduled]:
        return self.schedules.read(self.names(seen) & set(names), seen)

    def expected(self, executor: Executor) -> Facts:
        return self.schedules.expected(executor)


class ReconciledLife(Life):
    def __init__(self) -> None:
        memory = InMemory()
        super().__init__(memory)
        self.reconciliation = Reconciliation(
            settings=self.world.settings,
            scan=memory.store.scan,
            book=BookOfTheFuture(self.world.schedules, self.clock),
            schedule_sync=ScheduleSync(executors=memory.store.executors, schedules=self.world.schedules),
            clock=self.clock,
            pause=lambda: None,
            at_once=lambda repair, differences: [repair(each) for each in differences],
        )

    def kinds(self) -> set[Kind]:
        return {each.kind for each in self.reconciliation.compare().differences}

    @invariant()
    def the_comparison_finds_nothing_that_the_sweep_does_not_know(self) -> None:
        assert self.kinds() <= {Kind.PENDING, Kind.LEFT}

    def teardown(self) -> None:
        super().teardown()
        assert self.kinds() == set()


def test_the_comparison_agrees_with_whatever_comes_of_the_engine() -> None:
    run_state_machine_as_test(ReconciledLife, settings=settings(max_examples=40, stateful_step_count=30))
