"""Compare the schedules that exist with those that should, and each plan's tally with a recount.

The module is pure: rows and schedules in, differences out. They are not read in one instant, so a difference counts
only if a later reading shows it again (``reconcile``).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.errors import Unreadable
from chalicelib.domain.ids import is_executor_id, plan_of
from chalicelib.domain.model import Executor, Plan, PlanState, Status
from chalicelib.domain.snapshot import Contents, Facts, Scheduled
from chalicelib.scheduling.sync import scheduled_for

_MINUTE = timedelta(minutes=1)
_A_FEW_SWEEPS = timedelta(minutes=15)


class Kind(StrEnum):
    """The kinds of finding. ``PENDING`` and ``DISABLED`` are notes, not differences."""

    ORPHAN = "orphan"
    MISSING = "missing"
    DIFFERENT = "different"
    FOREIGN = "foreign"
    TALLY = "tally"
    LEFT = "left undone"
    PENDING = "pending"
    DISABLED = "disabled"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A finding about the executor, the plan or the schedule that ``subject`` names, with ``details`` for a person.

    It is ``repairable`` where making the schedule follow the executor's row is safe and sufficient.
    """

    kind: Kind
    subject: str
    details: str
    since: datetime | None = None
    repairable: bool = False

    @property
    def counts(self) -> bool:
        """Return whether Scheduler and the table disagree, or the sweep left work undone."""
        return self.kind not in (Kind.PENDING, Kind.DISABLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A comparison of the table's contents with the schedules, by name.

    ``expected`` returns the right schedule of an executor. ``grace`` is how late an attack may still run, ``retention``
    how long rows are kept.
    """

    contents: Contents
    schedules: Mapping[str, Scheduled]
    expected: Callable[[Executor], Facts]
    now: datetime
    grace: timedelta
    retention: timedelta

    def differences(self) -> tuple[Difference, ...]:
        """Return all differences, by kind and subject."""
        kinds = list(Kind)
        found = [*self._of_schedules(), *self._missing(), *self._unfinished(), *self._tallies(), *self._broken()]
        return tuple(sorted(found, key=lambda each: (kinds.index(each.kind), each.subject)))

    def _broken(self) -> Iterator[Difference]:
        for id, broken in self.contents.broken.items():
            yield Difference(kind=Kind.BROKEN, subject=id, details=str(Unreadable(broken)))

    def _of_schedules(self) -> Iterator[Difference]:
        for name, schedule in self.schedules.items():
            if not is_executor_id(name):
                details = "it is not named after an executor, so the engine did not make it"
                yield Difference(kind=Kind.FOREIGN, subject=name, details=details)
            elif not self._in_the_making(name):
                yield from self._of_schedule(schedule, self._due(name))

    def _of_schedule(self, schedule: Scheduled, due: datetime | None) -> Iterator[Difference]:
        if due is None:
            if not self._about_to_go(schedule):
                yield self._orphan(schedule)
            return
        if due <= self.now:
            return  # it fires, or the executor will be recorded as missed
        differing = _unequal(self.expected(self.contents.executors[schedule.name]), schedule.facts)
        if differing and schedule.enabled:
            yield Difference(kind=Kind.DIFFERENT, subject=schedule.name, details=differing, repairable=True)
        elif differing:
            details = f"{differing}; a person disabled it, so it is not written anew"
            yield Difference(kind=Kind.DIFFERENT, subject=schedule.name, details=details)
        elif not schedule.enabled:
            details = "a person disabled its schedule: nothing is attacked, and it will be recorded as missed"
            yield Difference(kind=Kind.DISABLED, subject=schedule.name, details=details)

    def _orphan(self, schedule: Scheduled) -> Difference:
        executor, plan = self.contents.executors.get(schedule.name), self.contents.plans.get(plan_of(schedule.name))
        if executor is None or plan is None:
            details = "there is no such executor"
        elif executor.deleted or plan.state is PlanState.DELETED:
            details = "its executor was deleted"
        else:
            details = f"its executor is {executor.status}"
        return Difference(kind=Kind.ORPHAN, subject=schedule.name, details=details, repairable=True)

    def _missing(self) -> Iterator[Difference]:
        for id in self.contents.executors:
            due = self._due(id)
            if due and due > self.now and id not in self.schedules and not self._in_the_making(id):
                details = f"it is due at {due:%Y-%m-%d %H:%M:%S} UTC and has no schedule"
                yield Difference(kind=Kind.MISSING, subject=id, details=details, repairable=True)

    def _unfinished(self) -> Iterator[Difference]:
        contents = self.contents
        for plan in contents.plans.values():
            if plan.state is PlanState.CREATING:
                yield self._pending(plan.id, plan.created, "the plan is being made, or its making broke off")
        for plan_id, since in contents.half_deleted.items():
            yield self._pending(plan_id, since, "the plan is being deleted, or its deletion broke off")
        for executor_id, since in contents.unsynced.items():
            yield self._pending(executor_id, since, "its schedule is yet to follow its row")
        for executor in contents.executors.values():
            its_plan = contents.plans.get(executor.plan_id)
            if its_plan is None or its_plan.state is not PlanState.ACTIVE or executor.deleted:
                continue
            if executor.status is Status.SCHEDULED and executor.due + self.grace < self.now:
                yield self._pending(executor.id, executor.due + self.grace, "it was not delivered in time")
            if executor.status is Status.RUNNING and executor.run and executor.run.lease_until < self.now:
                yield self._pending(executor.id, executor.run.lease_until, "its run broke off without a result")

    def _pending(self, subject: str, since: datetime, what: str) -> Difference:
        """Return the finding of unfinished work: ``PENDING`` while the sweep may still finish it, ``LEFT`` later."""
        if self.now - since <= self.grace + _A_FEW_SWEEPS:
            return Difference(kind=Kind.PENDING, subject=subject, details=f"{what}: the sweep takes it up", since=since)
        return Difference(
            kind=Kind.LEFT, subject=subject, details=f"{what}: the sweep should have ended it", since=since
        )

    def _tallies(self) -> Iterator[Difference]:
        executors: dict[str, list[Executor]] = defaultdict(list)
        for executor in self.contents.executors.values():
            if not executor.deleted:
                executors[executor.plan_id].append(executor)
        unread = {each.plan_id for each in self.contents.broken.values()}
        for plan in self.contents.plans.values():
            if (
                plan.state is PlanState.ACTIVE
                and plan.id not in unread
                and (differing := self._tally(plan, executors[plan.id]))
            ):
                yield Difference(kind=Kind.TALLY, subject=plan.id, details=differing)

    def _tally(self, plan: Plan, executors: list[Executor]) -> str:
        """Return how the plan's tally differs, empty where it does not. Rows old enough to have expired are left out on
        both sides."""
        expired = self.now - self.retention
        dues = [due for due in plan.dues if due > expired]
        counted_dues = sorted(each.due for each in executors if each.due > expired)
        numbers = {
            "remaining": (plan.remaining, sum(not each.status.executed for each in executors)),
            "running": (plan.running, sum(each.status is Status.RUNNING for each in executors)),
            "dates": (len(dues), len(counted_dues)),
        }
        differing = [
            f"{name}: {recorded} on record, {counted} counted"
            for name, (recorded, counted) in numbers.items()
            if recorded != counted
        ]
        if not differing and dues != counted_dues:
            differing = ["its dates are not those of its executors"]
        return "; ".join(differing)

    def _due(self, executor_id: str) -> datetime | None:
        """Return the date for which the executor has to have a schedule."""
        executor, plan = self.contents.executors.get(executor_id), self.contents.plans.get(plan_of(executor_id))
        return scheduled_for((plan, executor) if plan and executor else None)

    def _in_the_making(self, executor_id: str) -> bool:
        """Return whether to leave the schedule as it is, because of its row.

        The row may note that a change of the schedule is under way (reported as ``PENDING``), or may not be readable
        (reported as ``BROKEN``).
        """
        plan_id = plan_of(executor_id)
        plan = self.contents.plans.get(plan_id)
        creating = plan is not None and plan.state is PlanState.CREATING
        pending = creating or plan_id in self.contents.half_deleted or executor_id in self.contents.unsynced
        return pending or plan_id in self.contents.broken or executor_id in self.contents.broken

    def _about_to_go(self, schedule: Scheduled) -> bool:
        """Return whether the schedule fires now or has just fired.

        Scheduler is exact to the minute, retries within the grace, and deletes a schedule a while later.
        """
        if schedule.due is None or not schedule.enabled:
            return False
        return schedule.due - _MINUTE <= self.now <= schedule.due + self.grace + _A_FEW_SWEEPS


def _unequal(expected: Facts, found: Facts) -> str:
    names = [name for name in expected if found.get(name) != expected[name]]
    return "; ".join(f"{name} is {found.get(name, '(none)')}, should be {expected[name]}" for name in names)
