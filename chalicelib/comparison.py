"""The schedules there are, compared with those that there should be, and each plan's tally with a recount.

Pure: what was read goes in, differences come out. What was read is no snapshot, so a difference is to be believed only
when it is found again in what is read later (``reconciliation``).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.ids import is_executor_id, plan_of
from chalicelib.inventory import Contents, Facts, Scheduled
from chalicelib.model import Executor, Plan, PlanState, Status
from chalicelib.settling import scheduled_for

_MINUTE = timedelta(minutes=1)
_A_FEW_SWEEPS = timedelta(minutes=15)


class Kind(StrEnum):
    """What is the matter; the last two are no differences, only told."""

    ORPHAN = "orphan"
    MISSING = "missing"
    DIFFERENT = "different"
    FOREIGN = "foreign"
    TALLY = "tally"
    LEFT = "left undone"
    PENDING = "pending"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """``subject`` is an executor's, a plan's or a schedule's name, ``says`` what is the matter, for a person.

    ``mendable``: to make the schedule follow the executor's row is safe, and all there is to do.
    """

    kind: Kind
    subject: str
    says: str
    since: datetime | None = None
    mendable: bool = False

    @property
    def counts(self) -> bool:
        """Whether Scheduler and the table disagree, or the sweep does not do its work."""
        return self.kind not in (Kind.PENDING, Kind.DISABLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``schedules`` by name; ``expected`` says what an executor's should be. ``grace`` and ``retention`` are the
    engine's settings: how late an attack may still run, and how long rows are kept."""

    contents: Contents
    schedules: Mapping[str, Scheduled]
    expected: Callable[[Executor], Facts]
    now: datetime
    grace: timedelta
    retention: timedelta

    def differences(self) -> tuple[Difference, ...]:
        """All of them, by kind and subject."""
        kinds = list(Kind)
        found = [*self._of_schedules(), *self._missing(), *self._unfinished(), *self._tallies()]
        return tuple(sorted(found, key=lambda each: (kinds.index(each.kind), each.subject)))

    def _of_schedules(self) -> Iterator[Difference]:
        for name, schedule in self.schedules.items():
            if not is_executor_id(name):
                says = "it is not named after an executor, so the engine did not make it"
                yield Difference(kind=Kind.FOREIGN, subject=name, says=says)
            elif not self._in_the_making(name):
                yield from self._of_schedule(schedule, self._due(name))

    def _of_schedule(self, schedule: Scheduled, due: datetime | None) -> Iterator[Difference]:
        if due is None:
            if not self._about_to_go(schedule):
                yield self._orphan(schedule)
            return
        if due <= self.now:
            return  # it fires, or the executor will be recorded as missed
        said = _unequal(self.expected(self.contents.executors[schedule.name]), schedule.facts)
        if said and schedule.enabled:
            yield Difference(kind=Kind.DIFFERENT, subject=schedule.name, says=said, mendable=True)
        elif said:
            says = f"{said}; a person disabled it, so it is not written anew"
            yield Difference(kind=Kind.DIFFERENT, subject=schedule.name, says=says)
        elif not schedule.enabled:
            says = "a person disabled its schedule: nothing is attacked, and it will be recorded as missed"
            yield Difference(kind=Kind.DISABLED, subject=schedule.name, says=says)

    def _orphan(self, schedule: Scheduled) -> Difference:
        executor, plan = self.contents.executors.get(schedule.name), self.contents.plans.get(plan_of(schedule.name))
        if executor is None or plan is None:
            says = "there is no such executor"
        elif executor.deleted or plan.state is PlanState.DELETED:
            says = "its executor was deleted"
        else:
            says = f"its executor is {executor.status}"
        return Difference(kind=Kind.ORPHAN, subject=schedule.name, says=says, mendable=True)

    def _missing(self) -> Iterator[Difference]:
        for id in self.contents.executors:
            due = self._due(id)
            if due and due > self.now and id not in self.schedules and not self._in_the_making(id):
                says = f"it is due at {due:%Y-%m-%d %H:%M:%S} UTC and has no schedule"
                yield Difference(kind=Kind.MISSING, subject=id, says=says, mendable=True)

    def _unfinished(self) -> Iterator[Difference]:
        contents = self.contents
        for plan in contents.plans.values():
            if plan.state is PlanState.CREATING:
                yield self._pending(plan.id, plan.created, "the plan is being made, or its making broke off")
        for plan_id, since in contents.unburied.items():
            yield self._pending(plan_id, since, "the plan is being deleted, or its deletion broke off")
        for executor_id, since in contents.unsettled.items():
            yield self._pending(executor_id, since, "its schedule is yet to follow its row")
        for executor in contents.executors.values():
            its_plan = contents.plans.get(executor.plan_id)
            if its_plan is None or its_plan.state is not PlanState.ACTIVE or executor.deleted:
                continue
            if executor.status is Status.SCHEDULED and executor.due + self.grace < self.now:
                yield self._pending(executor.id, executor.due + self.grace, "it was not delivered in time")
            if executor.status is Status.RUNNING and executor.run and executor.run.lease_until < self.now:
                yield self._pending(executor.id, executor.run.lease_until, "its run broke off without a word")

    def _pending(self, subject: str, since: datetime, what: str) -> Difference:
        """What the sweep takes up; it may have to wait until what was due has run or was missed."""
        if self.now - since <= self.grace + _A_FEW_SWEEPS:
            return Difference(kind=Kind.PENDING, subject=subject, says=f"{what}: the sweep takes it up", since=since)
        return Difference(kind=Kind.LEFT, subject=subject, says=f"{what}: the sweep should have ended it", since=since)

    def _tallies(self) -> Iterator[Difference]:
        executors: dict[str, list[Executor]] = defaultdict(list)
        for executor in self.contents.executors.values():
            if not executor.deleted:
                executors[executor.plan_id].append(executor)
        for plan in self.contents.plans.values():
            if plan.state is PlanState.ACTIVE and (said := self._tally(plan, executors[plan.id])):
                yield Difference(kind=Kind.TALLY, subject=plan.id, says=said)

    def _tally(self, plan: Plan, executors: list[Executor]) -> str:
        """What differs. Rows that are old enough to have expired are left out on both sides."""
        expired = self.now - self.retention
        dues = [due for due in plan.dues if due > expired]
        counted_dues = sorted(each.due for each in executors if each.due > expired)
        numbers = {
            "remaining": (plan.remaining, sum(not each.status.executed for each in executors)),
            "running": (plan.running, sum(each.status is Status.RUNNING for each in executors)),
            "dates": (len(dues), len(counted_dues)),
        }
        said = [
            f"{name}: {told} told, {counted} counted" for name, (told, counted) in numbers.items() if told != counted
        ]
        if not said and dues != counted_dues:
            said = ["its dates are not those of its executors"]
        return "; ".join(said)

    def _due(self, executor_id: str) -> datetime | None:
        """The date for which the executor has to have a schedule."""
        executor, plan = self.contents.executors.get(executor_id), self.contents.plans.get(plan_of(executor_id))
        return scheduled_for((plan, executor) if plan and executor else None)

    def _in_the_making(self, executor_id: str) -> bool:
        """Whether the table itself says that the schedule may not be as it should: that is told as ``PENDING``."""
        plan_id = plan_of(executor_id)
        plan = self.contents.plans.get(plan_id)
        creating = plan is not None and plan.state is PlanState.CREATING
        return creating or plan_id in self.contents.unburied or executor_id in self.contents.unsettled

    def _about_to_go(self, schedule: Scheduled) -> bool:
        """Whether it fires now or has just fired: Scheduler is exact to the minute, tries again within the grace, and
        takes its time to remove it."""
        if schedule.due is None or not schedule.enabled:
            return False
        return schedule.due - _MINUTE <= self.now <= schedule.due + self.grace + _A_FEW_SWEEPS


def _unequal(expected: Facts, found: Facts) -> str:
    names = [name for name in expected if found.get(name) != expected[name]]
    return "; ".join(f"{name} is {found.get(name, '(none)')}, should be {expected[name]}" for name in names)
