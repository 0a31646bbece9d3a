"""Create a plan: all of it, or nothing.

The plan is drawn (pure), written as ``creating`` with its executors, given one schedule per executor, and then made
active by one write. Before that write nobody can claim any of its executors. A failure is undone here or, after a
crash, by the sweep.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any

from chalicelib.config.settings import Settings
from chalicelib.domain.errors import InvalidRequest, KeyTaken, PlanNotFound, WriteConflict, require_plan_id
from chalicelib.domain.events import plan_created
from chalicelib.domain.idempotency_key import RequestKey
from chalicelib.domain.ids import new_plan_id
from chalicelib.domain.model import ANYONE, Executor, Plan, PlanRequest, PlanState, truncate_to_second
from chalicelib.domain.unavailable import InDoubt, Unavailable
from chalicelib.guards.spec import plan_guards
from chalicelib.planning import build
from chalicelib.planning.preview import DryRun, Foresight
from chalicelib.planning.validation import plan_request
from chalicelib.plugin import Attack, Circumstances, Planner
from chalicelib.plugin.registry import Registry
from chalicelib.ports.plans import IdempotencyKeys, PlanStore, UncommittedPlans
from chalicelib.ports.services import Clock, Deliveries, EventPublisher, Schedules
from chalicelib.runtime.deadline import within
from chalicelib.secrets.encryption import Sealing, require_readable
from chalicelib.secrets.log_redaction import secret_texts
from chalicelib.secrets.sealed_config import has_marks
from chalicelib.services.follow_up import or_leave_to_the_sweep
from chalicelib.services.idempotency import made_before
from chalicelib.services.time_limits import DRY_RUN, MAKING, POSTING

_TRIES_AGAINST_OTHERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCreation:
    """The use cases that create plans, or show what would be created.

    Every method may raise ``Unavailable``: then there is no plan; ``InDoubt`` where that is not certain.
    """

    settings: Settings
    uncommitted: UncommittedPlans
    keys: IdempotencyKeys
    plans: PlanStore
    schedules: Schedules
    deliveries: Deliveries
    publisher: EventPublisher
    foresight: Foresight
    sealing: Sealing
    attacks: Registry[Attack]
    planners: Registry[Planner]
    clock: Clock
    rng: Random

    def draw(self, document: Any) -> tuple[Plan, tuple[Executor, ...]]:
        """Return the plan that a posted document asks for, unsaved. Raises ``InvalidRequest``, ``APIError``."""
        plan, executors = self._drawn(plan_request(document, self.attacks, self.planners, self.settings.timezone))
        attacks = [plan.attack, *(each.attack for each in executors if each.attack is not None)]
        require_readable(attacks, self.attacks, self.settings.stage)
        return plan, executors

    def redraw(self, plan_id: str) -> tuple[Plan, tuple[Executor, ...]]:
        """Return another plan like that one, its dates drawn anew, unsaved; its secrets stay encrypted.

        Raises ``PlanNotFound``, and as ``draw`` does.
        """
        require_plan_id(plan_id)
        old, _ = self.plans.load(plan_id)
        for registry, config in ((self.attacks, old.attack), (self.planners, old.planner)):
            registry.get(config["ref"])
        if secret_texts(old.planner, self.planners.get(old.planner["ref"]).schema):
            raise InvalidRequest("the planner has secrets, which are not kept once it has planned: post the plan anew")
        plan_guards(old.guards, self.settings.timezone)
        request = PlanRequest(name=old.name, attack=old.attack, planner=old.planner, mode=old.mode, guards=old.guards)
        plan, executors = self._drawn(request)
        return replace(plan, secrets_of=old.sealed_under if has_marks(old.attack) else None), executors

    def _drawn(self, request: PlanRequest) -> tuple[Plan, tuple[Executor, ...]]:
        now = self.clock()
        return build.draw(
            new_plan_id(now, self.rng),
            request,
            Circumstances(now=now, rng=self.rng, timezone=self.settings.timezone),
            attacks=self.attacks,
            planners=self.planners,
            largest=self.settings.max_executors,
        )

    @within(DRY_RUN)
    def dry_run(self, document: Any) -> DryRun:
        """Return the plan that a posted document asks for, its targets now, and the guards that would block it.

        Raises as ``create`` does, but for ``PlansRefused``. Nothing is changed.
        """
        return self.foresight.dry_run(*self.draw(document))

    @within(POSTING)
    def create(self, document: Any, key: RequestKey | None = None, by: str = ANYONE) -> Plan:
        """Draw, write, schedule and commit a plan, and return it. A failure on the way is undone.

        Raises as ``draw`` does, ``InvalidRequest`` also where none of its attacks could ever be made, and
        ``PlansRefused``.

        With a key that made a plan before, this returns that plan as it is now, however long ago its dates were. Raises
        ``IdempotencyKeyReused``, ``KeySpent``, ``PlanIsBeingMade``.
        """
        return self._make_once(lambda: self.draw(document), key, by)

    @within(DRY_RUN)
    def dry_clone(self, plan_id: str) -> DryRun:
        """Return the plan that ``clone`` would make, as ``dry_run`` does."""
        return self.foresight.dry_run(*self.redraw(plan_id))

    @within(POSTING)
    def clone(self, plan_id: str, key: RequestKey | None = None, by: str = ANYONE) -> Plan:
        """Make another plan like that one, its dates drawn anew, and return it.

        Raises ``PlanNotFound``, and as ``create`` does.
        """
        return self._make_once(lambda: self.redraw(plan_id), key, by)

    def _make_once(
        self, draw: Callable[[], tuple[Plan, tuple[Executor, ...]]], key: RequestKey | None, by: str
    ) -> Plan:
        if key is None:
            return self._make(*draw(), by)
        for _ in range(_TRIES_AGAINST_OTHERS):
            with suppress(KeyTaken):
                made = made_before(key, self.keys, self.uncommitted, self.schedules, self.clock())
                return made or self._make(*draw(), by, key)
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
        """Write, schedule and commit the plan. Return the failure, if any: undoing has a time limit of its own."""
        try:
            self.uncommitted.add(plan, executors, key)
            self.schedules.put_all(plan, executors)
            self._commit(plan)
        except KeyTaken:
            raise
        except Unavailable as failure:
            return failure
        except WriteConflict as lost:
            unmade = Unavailable("making the plan")
            unmade.__cause__ = lost
            return unmade
        return None

    def _commit(self, plan: Plan) -> None:
        """Commit the plan. Where AWS did not answer, read the table before anything is undone."""
        try:
            self.uncommitted.commit(plan.id)
        except Unavailable as unconfirmed:
            try:
                self.plans.load(plan.id)
            except PlanNotFound:
                raise unconfirmed from None
            except Unavailable:
                raise InDoubt("making the plan") from unconfirmed

    def _undo(self, plan: Plan, executors: Sequence[Executor], key: RequestKey | None) -> bool:
        """Remove a plan that failed, even if it was committed after all. Return whether that succeeded now."""
        now = self.clock()

        def finish() -> None:
            with suppress(PlanNotFound):  # usually the plan was never committed
                self.plans.soft_delete(plan.id, now, undone=plan if plan.undoable else None)
                if key:
                    self.keys.release(key.id, plan.id)
            self.schedules.drop_all(each.id for each in executors)
            self.uncommitted.erase(plan.id)
            self.plans.finalize_deletion(plan.id, truncate_to_second(now))

        return or_leave_to_the_sweep(finish, plan.id)

    def _deliver_what_fell_due(self, executors: Iterable[Executor]) -> None:
        """Deliver again the executors that were due before the commit: their schedules' deliveries were refused."""
        now = self.clock()
        due = [executor for executor in executors if executor.due <= now]
        if due:
            or_leave_to_the_sweep(partial(self.deliveries.deliver_all, due), due[0].plan_id)
