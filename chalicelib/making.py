"""Making a plan: all of it, or nothing.

It is drawn (pure), written as ``creating`` with its executors, given one schedule per executor, and then made active by
one write. Until that write nothing of it can be claimed, and whatever goes wrong is undone here or, after a crash, by
the sweep.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import Any

from chalicelib import planning
from chalicelib.budget import within
from chalicelib.engine_parts import DRY_RUN, MAKING, POSTING, TRIES_AGAINST_OTHERS, Parts, or_leave_to_the_sweep
from chalicelib.errors import (
    InDoubt,
    KeyTaken,
    Lost,
    PlanNotFound,
    Unavailable,
)
from chalicelib.foresight import DryRun
from chalicelib.ids import new_plan_id
from chalicelib.lifecycle import plan_created
from chalicelib.model import ANYONE, Executor, Plan, PlanState, whole
from chalicelib.plugin import Circumstances
from chalicelib.repeating import made_before
from chalicelib.request_key import RequestKey
from chalicelib.sealing import require_readable
from chalicelib.validation import plan_request


class Making(Parts):
    """The use cases that make plans, or show what would be made."""

    __slots__ = ()

    def draw_plan(self, document: Any) -> tuple[Plan, tuple[Executor, ...]]:
        """The plan that a posted document asks for, unsaved. Raises ``InvalidRequest``, ``APIError``."""
        request = plan_request(document, self.attacks, self.planners, self.settings.timezone)
        now = self.clock()
        plan, executors = planning.draw(
            new_plan_id(now, self.rng),
            request,
            Circumstances(now=now, rng=self.rng, timezone=self.settings.timezone),
            attacks=self.attacks,
            planners=self.planners,
            largest=self.settings.max_executors,
        )
        attacks = [plan.attack, *(each.attack for each in executors if each.attack is not None)]
        require_readable(attacks, self.attacks, self.settings.stage)
        return plan, executors

    @within(DRY_RUN)
    def dry_run(self, document: Any) -> DryRun:
        """The plan that a posted document asks for, what it could hit now, and what would hold it back.

        Raises as ``create_plan`` does, but for ``PlansRefused``. Nothing is changed.
        """
        return self.foresight.dry_run(*self.draw_plan(document))

    @within(POSTING)
    def create_plan(self, document: Any, key: RequestKey | None = None, by: str = ANYONE) -> Plan:
        """Draw, write, schedule and commit a plan; a failure on the way is undone.

        Raises as ``draw_plan`` does, ``InvalidRequest`` also where none of its attacks could ever be made, and
        ``PlansRefused``.

        Under a key that made a plan before, it is that plan as it is now, however long ago its dates were. Raises
        ``KeyOfAnotherBody``, ``KeySpent``, ``PlanIsBeingMade``.
        """
        if key is None:
            return self._make(*self.draw_plan(document), by)
        for _ in range(TRIES_AGAINST_OTHERS):
            with suppress(KeyTaken):
                made = made_before(key, self.plans, self.schedules, self.clock())
                return made or self._make(*self.draw_plan(document), by, key)
        raise Unavailable("making the plan", retry_after=1)

    def _make(self, plan: Plan, executors: tuple[Executor, ...], by: str, key: RequestKey | None = None) -> Plan:
        plan = replace(plan, created_by=by)
        with ExitStack() as meanwhile:
            with within(MAKING):
                warnings = meanwhile.enter_context(self.foresight.outlook(plan, executors))
                plan, executors = self.sealing.seal(plan, executors)
                failure = self._write(plan, executors, key)
            if failure:
                undone = self._undo(plan, executors, key)
                if undone and isinstance(failure, InDoubt):
                    raise Unavailable(failure.operation) from failure
                raise failure
            self._deliver_what_fell_due(executors)
            self.publisher.publish([plan_created(plan)])
            return replace(plan, state=PlanState.ACTIVE, warnings=warnings())

    def _write(self, plan: Plan, executors: Sequence[Executor], key: RequestKey | None) -> Unavailable | None:
        """Write, schedule and commit the plan. The failure is given back: undoing it has a time of its own."""
        try:
            self.plans.add(plan, executors, key)
            self.schedules.put_all(plan, executors)
            self._commit(plan)
        except KeyTaken:
            raise
        except Unavailable as failure:
            return failure
        except Lost as lost:
            unmade = Unavailable("making the plan")
            unmade.__cause__ = lost
            return unmade
        return None

    def _commit(self, plan: Plan) -> None:
        """Commit; an answer that did not come is looked for in the table before anything is undone."""
        try:
            self.plans.commit(plan.id)
        except Unavailable as unconfirmed:
            try:
                self.plans.load(plan.id)
            except PlanNotFound:
                raise unconfirmed from None
            except Unavailable:
                raise InDoubt("making the plan") from unconfirmed

    def _undo(self, plan: Plan, executors: Sequence[Executor], key: RequestKey | None) -> bool:
        """Leave nothing of a plan that its client is told was not made, were it committed after all. Whether that was
        done at once."""
        now = self.clock()

        def finish() -> None:
            with suppress(PlanNotFound):  # as a rule it was not committed
                self.plans.bury(plan.id, now, undone=plan if plan.undoable else None)
                if key:
                    self.plans.release(key.id, plan.id)
            self.schedules.drop_all(each.id for each in executors)
            self.plans.erase(plan.id)
            self.plans.inter(plan.id, whole(now))

        return or_leave_to_the_sweep(finish, plan.id)

    def _deliver_what_fell_due(self, executors: Iterable[Executor]) -> None:
        """What fell due before the commit was refused when its schedule delivered it: deliver it again."""
        now = self.clock()
        due = [executor for executor in executors if executor.due <= now]
        if due:
            or_leave_to_the_sweep(partial(self.deliveries.deliver_all, due), due[0].plan_id)
