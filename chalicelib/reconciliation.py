"""Scheduler and the table compared in full, and what is safe to mend mended.

The sweep looks where work is noted to be unfinished. This looks everywhere: it finds what a person changed in the
console, what was restored from a backup, and what no note tells. It never touches the record of what ran, nor a plan's
tally.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.comparison import Comparison, Difference, Kind
from chalicelib.errors import Unavailable
from chalicelib.ids import is_executor_id, is_plan_id, plan_of
from chalicelib.inventory import Contents, Scheduled
from chalicelib.ports.services import Clock, ScheduleBook, Schedules
from chalicelib.ports.stores import Census, ExecutorStore
from chalicelib.settings import Settings
from chalicelib.settling import scheduled_for, settle

Progress = Callable[[str, int], None]
"""Told what is being read, and how many more have been."""
_OF_SCHEDULES = (Kind.ORPHAN, Kind.MISSING, Kind.DIFFERENT, Kind.FOREIGN, Kind.DISABLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """How much was compared, and what differs."""

    plans: int
    executors: int
    schedules: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What came of the attempt: ``says`` what was done, or why nothing was (then not ``done``)."""

    difference: Difference
    done: bool
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """``pause`` lies between the two looks, long enough for what is being changed to settle. ``at_once`` does the same
    for each of many differences, several at a time. Every method may raise ``Unavailable``."""

    settings: Settings
    census: Census
    executors: ExecutorStore
    book: ScheduleBook
    schedules: Schedules
    clock: Clock
    pause: Callable[[], None]
    at_once: Callable[[Callable[[Difference], Mended], Iterable[Difference]], list[Mended]]

    def compare(self, progress: Progress = lambda what, more: None) -> Findings:
        """Read everything, look again at what differs, and tell what is still so: it was not merely being changed."""
        contents = self.census.everything(lambda more: progress("rows of the table", more))
        names = self.book.names(lambda more: progress("schedules listed", more))
        live = {executor.id for executor in contents.executors.values() if self._is_to_come(contents, executor.id)}
        schedules = self.book.read(names | live, lambda more: progress("schedules read", more))
        return Findings(
            plans=len(contents.plans),
            executors=len(contents.executors),
            schedules=len(schedules),
            differences=self._still(self._differences(contents, schedules), progress),
        )

    def mend(self, differences: Iterable[Difference]) -> list[Mended]:
        """Make the schedule follow the executor's row where that is all there is to do. One that fails does not hinder
        the others."""
        return self.at_once(self._mended, [each for each in differences if each.mendable])

    def _still(self, differences: tuple[Difference, ...], progress: Progress) -> tuple[Difference, ...]:
        """Those that are found again, just so, in what is read now, strongly consistent."""
        if not differences:
            return ()
        self.pause()
        subjects = [each.subject for each in differences]
        plans = {plan_of(each) for each in subjects if is_executor_id(each) or is_plan_id(each)}
        contents = self.census.of_plans(plans)
        names = {each.subject for each in differences if each.kind in _OF_SCHEDULES}
        schedules = self.book.read(names, lambda more: progress("schedules looked at again", more))
        again = set(self._differences(contents, schedules))
        return tuple(each for each in differences if each in again)

    def _differences(self, contents: Contents, schedules: dict[str, Scheduled]) -> tuple[Difference, ...]:
        return Comparison(
            contents=contents,
            schedules=schedules,
            expected=self.book.expected,
            now=self.clock(),
            grace=timedelta(seconds=self.settings.grace_seconds),
            retention=timedelta(days=self.settings.retention_days),
        ).differences()

    def _is_to_come(self, contents: Contents, executor_id: str) -> bool:
        executor, plan = contents.executors[executor_id], contents.plans.get(plan_of(executor_id))
        due = scheduled_for((plan, executor) if plan else None)
        return due is not None and due > self.clock()

    def _mended(self, difference: Difference) -> Mended:
        executor_id = difference.subject
        try:
            found = self.executors.locate(executor_id)
            due = scheduled_for(found)
            if due is not None and due <= self.clock():
                return Mended(difference=difference, done=False, says="left alone: its date has come meanwhile")
            settle(executor_id, found, self.executors, self.schedules)
        except Unavailable as error:
            return Mended(difference=difference, done=False, says=str(error))
        says = "the schedule was removed" if due is None else f"the schedule was put for {due:%Y-%m-%d %H:%M:%S} UTC"
        return Mended(difference=difference, done=True, says=says)
