"""Compare Scheduler with the whole table, and repair schedules where that is safe.

The sweep reads the notes of unfinished work; this reads everything. So it finds what a person changed in the console,
what was restored from a backup, and what has no note. It never changes the record of a run, nor a plan's tally.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.config.settings import Settings
from chalicelib.domain.broken import Broken
from chalicelib.domain.errors import Unreadable
from chalicelib.domain.ids import is_executor_id, is_plan_id, plan_of
from chalicelib.domain.snapshot import Contents, Scheduled
from chalicelib.domain.unavailable import Unavailable
from chalicelib.ports.repair import TableScan
from chalicelib.ports.services import Clock, ScheduleBook
from chalicelib.repair.diff import Comparison, Difference, Kind
from chalicelib.scheduling.sync import ScheduleSync, scheduled_for

Progress = Callable[[str, int], None]
"""A function that is called with the kind of things being read, and how many more were read."""
_OF_SCHEDULES = (Kind.ORPHAN, Kind.MISSING, Kind.DIFFERENT, Kind.FOREIGN, Kind.DISABLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The counts of what was compared, and the differences."""

    plans: int
    executors: int
    schedules: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The result of a repair: ``details`` names the change, or the reason for none (then not ``done``)."""

    difference: Difference
    done: bool
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The comparison and its repair. Every method may raise ``Unavailable``.

    ``pause`` separates the two readings, for long enough that changes under way end. ``at_once`` repairs several
    differences in parallel.
    """

    settings: Settings
    scan: TableScan
    book: ScheduleBook
    schedule_sync: ScheduleSync
    clock: Clock
    pause: Callable[[], None]
    at_once: Callable[[Callable[[Difference], Repaired], Iterable[Difference]], list[Repaired]]

    def compare(self, progress: Progress = lambda what, more: None) -> Findings:
        """Read everything, read again what differs, and return the differences that remain.

        A difference that does not remain was a change under way.
        """
        contents = self.scan.everything(lambda more: progress("rows of the table", more))
        names = self.book.names(lambda more: progress("schedules listed", more))
        live = {executor.id for executor in contents.executors.values() if self._is_to_come(contents, executor.id)}
        schedules = self.book.read(names | live, lambda more: progress("schedules read", more))
        return Findings(
            plans=len(contents.plans),
            executors=len(contents.executors),
            schedules=len(schedules),
            differences=self._still(self._differences(contents, schedules), _plans_of(contents.broken), progress),
        )

    def repair(self, differences: Iterable[Difference]) -> list[Repaired]:
        """Make the schedule of each repairable difference follow its executor's row. A failure does not stop the
        others."""
        return self.at_once(self._repaired, [each for each in differences if each.repairable])

    def _still(
        self, differences: tuple[Difference, ...], unread: set[str], progress: Progress
    ) -> tuple[Difference, ...]:
        """Return the differences that a second, strongly consistent reading shows again."""
        if not differences:
            return ()
        self.pause()
        subjects = [each.subject for each in differences]
        plans = {plan_of(each) for each in subjects if is_executor_id(each) or is_plan_id(each)}
        contents = self.scan.of_plans(plans | unread)
        names = {each.subject for each in differences if each.kind in _OF_SCHEDULES}
        schedules = self.book.read(names, lambda more: progress("schedules read again", more))
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

    def _repaired(self, difference: Difference) -> Repaired:
        executor_id = difference.subject
        try:
            found = self.schedule_sync.executors.locate(executor_id)
            due = scheduled_for(found)
            if due is not None and due <= self.clock():
                return Repaired(difference=difference, done=False, details="left alone: its date has come meanwhile")
            self.schedule_sync.sync(executor_id, found)
        except (Unavailable, Unreadable) as error:
            return Repaired(difference=difference, done=False, details=str(error))
        details = "the schedule was removed" if due is None else f"the schedule was put for {due:%Y-%m-%d %H:%M:%S} UTC"
        return Repaired(difference=difference, done=True, details=details)


def _plans_of(broken: Mapping[str, Broken]) -> set[str]:
    """Return the plans of which a row cannot be read."""
    return {each.plan_id for each in broken.values() if each.plan_id}
