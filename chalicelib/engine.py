"""The use cases of the API, one verb each.

The life of a plan: it is drawn (pure), written as ``creating`` with its executors, given one schedule per executor,
and then made active by one write. Until that write nothing of it can be claimed, and whatever goes wrong is undone
here or, after a crash, by the sweep. Moving and deleting change the table first and the schedules after it; should the
second step fail it is taken up by the sweep, and the caller's request stands.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any, TypeVar

from chalicelib import planning
from chalicelib.dates import future
from chalicelib.errors import (
    ExecutorHasEnded,
    ExecutorIsRunning,
    ExecutorNotFound,
    Lost,
    PlanIsRunning,
    PlanNotFound,
    Unavailable,
)
from chalicelib.ids import is_executor_id, is_plan_id, new_plan_id
from chalicelib.model import Executor, Page, Plan, PlanState, Status, whole
from chalicelib.plugin import Attack, Circumstances, Planner
from chalicelib.ports import Clock, Deliveries, ExecutorStore, Listings, PlanStore, Schedules
from chalicelib.registry import Registry
from chalicelib.settings import Settings
from chalicelib.settling import settle
from chalicelib.validation import new_date, new_name, plan_request

log = logging.getLogger(__name__)

T = TypeVar("T")

_TRIES_AGAINST_OTHERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What people can ask of the engine. Every method may raise ``Unavailable``: then nothing was done."""

    settings: Settings
    plans: PlanStore
    executors: ExecutorStore
    listings: Listings
    schedules: Schedules
    deliveries: Deliveries
    attacks: Registry[Attack]
    planners: Registry[Planner]
    clock: Clock
    rng: Random

    def draw_plan(self, document: Any) -> tuple[Plan, tuple[Executor, ...]]:
        """The plan that a posted document asks for, unsaved: a dry run. Raises ``InvalidRequest``, ``APIError``."""
        request = plan_request(document, self.attacks, self.planners)
        now = self.clock()
        return planning.draw(
            new_plan_id(now, self.rng),
            request,
            Circumstances(now=now, rng=self.rng, timezone=self.settings.timezone),
            attacks=self.attacks,
            planners=self.planners,
            largest=self.settings.max_executors,
        )

    def create_plan(self, document: Any) -> Plan:
        """Draw, write, schedule and commit a plan. Raises as ``draw_plan`` does; a failure on the way is undone."""
        plan, executors = self.draw_plan(document)
        try:
            self.plans.add(plan, executors)
            self.schedules.put_all(plan, executors)
            self._commit(plan)
        except (Unavailable, Lost) as error:
            self._undo(plan, executors)
            raise error if isinstance(error, Unavailable) else Unavailable("making the plan") from error
        self._deliver_what_fell_due(executors)
        return replace(plan, state=PlanState.ACTIVE)

    def list_plans(self, *, everything: bool, limit: int, after: str | None) -> Page[Plan]:
        """A page of plans, newest first; without ``everything`` only those with something left to run."""
        return self.listings.plans(everything=everything, limit=limit, after=after)

    def plan(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        """A plan and its executors in the order of their dates. Raises ``PlanNotFound``."""
        _require_plan_id(plan_id)
        return self.plans.load(plan_id)

    def rename_plan(self, plan_id: str, document: Any) -> Plan:
        """Give a plan the name in the posted document. Raises ``InvalidRequest``, ``PlanNotFound``."""
        name = new_name(document)
        _require_plan_id(plan_id)
        return self.plans.rename(plan_id, name)

    def delete_plan(self, plan_id: str) -> None:
        """Bury a plan, then remove its schedules. Raises ``PlanNotFound``, ``PlanIsRunning``."""
        _require_plan_id(plan_id)
        now = self.clock()  # to the microsecond: it tells this deletion from another one's
        _, executors = self.plans.bury(plan_id, now)

        def finish() -> None:
            self.schedules.drop_all(each.id for each in executors if each.status is Status.SCHEDULED)
            self.plans.inter(plan_id, whole(now))

        _or_leave_to_the_sweep(finish, plan_id)

    def list_executors(self, *, everything: bool, limit: int, after: str | None) -> Page[Executor]:
        """A page of executors by date; without ``everything`` only those that can still run."""
        return self.listings.executors(everything=everything, limit=limit, after=after)

    def executor(self, executor_id: str) -> Executor:
        """One executor with its record. Raises ``ExecutorNotFound``."""
        return self._living(executor_id)[1]

    def move_executor(self, executor_id: str, document: Any) -> Executor:
        """Give an executor the date in the posted document, and its schedule with it.

        Raises ``InvalidRequest``, ``ExecutorNotFound``, ``ExecutorIsRunning``, ``ExecutorHasEnded``.
        """
        due = future(new_date(document), self.settings.timezone, self.clock())
        plan, moved = self._against_others(
            executor_id,
            lambda plan, executor: (plan, self.executors.move(plan, _movable(executor), due)),
        )

        self._settle(moved.id, (plan, moved))
        return moved

    def delete_executor(self, executor_id: str) -> None:
        """Bury an executor, then remove its schedule; what has run stays on record.

        Raises ``ExecutorNotFound``, ``ExecutorIsRunning``.
        """

        def bury(plan: Plan, executor: Executor) -> Executor:
            self.executors.bury_executor(plan, _idle(executor), whole(self.clock()))
            return executor

        if self._against_others(executor_id, bury).status is Status.SCHEDULED:
            self._settle(executor_id, None)

    def _living(self, executor_id: str) -> tuple[Plan, Executor]:
        found = self.executors.locate(executor_id) if is_executor_id(executor_id) else None
        if found is None or found[1].deleted or found[0].state is not PlanState.ACTIVE:
            raise ExecutorNotFound(executor_id)
        return found

    def _against_others(self, executor_id: str, change: Callable[[Plan, Executor], T]) -> T:
        """Read, decide and change; read again where another was faster."""
        for _ in range(_TRIES_AGAINST_OTHERS):
            with suppress(Lost):
                return change(*self._living(executor_id))
        raise Unavailable(f"changing executor {executor_id}", retry_after=1)

    def _commit(self, plan: Plan) -> None:
        """Commit; an answer that did not come is looked for in the table before anything is undone."""
        try:
            self.plans.commit(plan.id)
        except Unavailable as unconfirmed:
            try:
                self.plans.load(plan.id)
            except PlanNotFound:
                raise unconfirmed from None

    def _settle(self, executor_id: str, found: tuple[Plan, Executor] | None) -> None:
        _or_leave_to_the_sweep(lambda: settle(executor_id, found, self.executors, self.schedules), executor_id)

    def _undo(self, plan: Plan, executors: Sequence[Executor]) -> None:
        """Leave nothing of a plan that its client is told was not made, were it committed after all."""
        now = self.clock()

        def finish() -> None:
            with suppress(PlanNotFound):  # as a rule it was not committed
                self.plans.bury(plan.id, now)
            self.schedules.drop_all(each.id for each in executors)
            self.plans.erase(plan.id)
            self.plans.inter(plan.id, whole(now))

        _or_leave_to_the_sweep(finish, plan.id)

    def _deliver_what_fell_due(self, executors: Iterable[Executor]) -> None:
        """What fell due before the commit was refused when its schedule delivered it: deliver it again."""
        now = self.clock()
        due = [executor for executor in executors if executor.due <= now]
        if due:
            _or_leave_to_the_sweep(partial(self.deliveries.deliver_all, due), due[0].plan_id)


def _or_leave_to_the_sweep(finish: Callable[[], None], subject: str) -> None:
    """The deciding write is done; what follows from it may be done later by the sweep."""
    try:
        finish()
    except (Unavailable, PlanIsRunning) as error:
        log.warning("%s: left to the sweep: %s", subject, error)


def _require_plan_id(text: str) -> None:
    if not is_plan_id(text):
        raise PlanNotFound(text[:64])


def _idle(executor: Executor) -> Executor:
    if executor.status is Status.RUNNING:
        raise ExecutorIsRunning(executor.id)
    return executor


def _movable(executor: Executor) -> Executor:
    if _idle(executor).status.executed:
        raise ExecutorHasEnded(executor.id, executor.status)
    return executor
