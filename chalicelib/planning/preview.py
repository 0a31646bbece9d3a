"""Preview a plan that is being posted: warn about it, refuse it, or show a dry run."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from chalicelib.config.settings import Settings
from chalicelib.domain.errors import PlansRefused
from chalicelib.domain.model import Executor, Plan
from chalicelib.domain.targets import CANNOT_SAY, Resolution
from chalicelib.domain.unavailable import Unavailable
from chalicelib.guards.blocked import Blocked
from chalicelib.guards.spec import PlanGuards, stored_guards
from chalicelib.planning.current_state import CurrentState, ReadAlarms
from chalicelib.planning.feasibility import require_dates, require_possible
from chalicelib.planning.warnings import about, attack_its_targets, blocked, foreseen_warnings, over_limits
from chalicelib.plugin import Attack
from chalicelib.plugin.registry import Registry
from chalicelib.ports.engine_state import Controls
from chalicelib.ports.services import Alarms, Resolver
from chalicelib.runtime.deadline import remaining, within
from chalicelib.secrets.encryption import references
from chalicelib.secrets.sealed_config import has_marks

log = logging.getLogger(__name__)

LOOKING = 3
"""Seconds for reading the alarms, or for starting to resolve the targets. Without them a plan is made all the same."""
LONGER = 2
"""Seconds by which resolving targets, once started, may exceed the time limit of any other request."""
NOT_LOOKED_UP = (
    "its targets could not be looked up in time: POST it with ?dry_run=true to see what matches now and what is"
    " protected"
)
ENCRYPTED = "the attack has secrets, which stay encrypted until it attacks: POST the plan anew to see its targets"


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """A plan that was not saved, its current targets, and for each executor the guard that would block it.

    No guard blocks an undo.
    """

    plan: Plan
    executors: tuple[Executor, ...]
    blocked: tuple[Blocked | None, ...]
    targets: Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """A preview of plans by the current state, which it reads and never changes."""

    settings: Settings
    controls: Controls
    alarms: Alarms
    resolver: Resolver
    attacks: Registry[Attack]

    @contextmanager
    def outlook(self, plan: Plan, executors: Sequence[Executor]) -> Iterator[Callable[[], tuple[str, ...]]]:
        """Yield a function that returns the plan's warnings once the plan is made. Meanwhile the resolver looks up its
        targets.

        It reads the state once, and once more each for alarms and targets, if the plan needs them. Raises
        ``PlansRefused``, ``InvalidRequest`` where the guards would block every attack, and ``Unavailable`` where the
        engine's state cannot be read. It raises before it yields. Targets never refuse a plan, because they come and
        go.
        """
        seen, attacking = self._look(plan), _attacking(executors)
        if seen.control.refuse_plans:
            raise PlansRefused(seen.control.by, seen.control.reason)
        require_possible(plan, attacking, seen, self.attacks)
        warnings = tuple(foreseen_warnings(plan, attacking, seen, self.attacks))
        if not (self._can_resolve(plan) and attack_its_targets(attacking)):
            yield lambda: warnings
            return
        with ExitStack() as looking:
            with within(min(LOOKING, remaining() - LONGER)):
                ask = looking.enter_context(self.resolver.resolving(plan.attack))
            yield lambda: (*warnings, *self._about_targets(plan, ask, seen))

    def dry_run(self, plan: Plan, executors: tuple[Executor, ...]) -> DryRun:
        """Return the plan with all warnings and its targets. Raises as ``outlook`` does, but ``PlansRefused`` becomes a
        warning."""
        seen, attacking = self._look(plan), _attacking(executors)
        require_possible(plan, attacking, seen, self.attacks)
        targets = self._targets(plan)
        warnings = [*foreseen_warnings(plan, attacking, seen, self.attacks)]
        if seen.control.refuse_plans:
            warnings.insert(0, str(PlansRefused(seen.control.by, seen.control.reason)))
        if attack_its_targets(attacking):
            warnings += about(targets, seen.guards)
        holds = {each.id: blocked(plan, each, seen, targets) for each in executors}
        free = [each for each in attacking if holds[each.id] is None]
        over = over_limits(plan, free, seen, self.attacks)
        return DryRun(
            plan=replace(plan, warnings=tuple(warnings)),
            executors=executors,
            blocked=tuple(holds[each.id] or over.get(each.id) for each in executors),
            targets=targets,
        )

    def judge(self, plan: Plan, executor: Executor) -> tuple[str, ...]:
        """Return the warnings about one executor of a stored plan at its date.

        Raises ``InvalidRequest`` where a guard would block it at that date, ``Unavailable`` where the engine's state
        cannot be read.
        """
        seen = self._look(plan)
        require_dates([executor], seen)
        return tuple(foreseen_warnings(plan, [executor], seen, self.attacks))

    def _look(self, plan: Plan) -> CurrentState:
        guards, unclear = stored_guards(plan.guards, self.settings.timezone)
        return CurrentState(
            settings=self.settings,
            control=self.controls.control(),
            guards=guards,
            alarms=self._read_alarms(guards),
            unclear=unclear,
        )

    def _read_alarms(self, guards: PlanGuards) -> ReadAlarms:
        if not guards.alarms:
            return ReadAlarms({})
        try:
            with within(LOOKING):
                return ReadAlarms(self.alarms.states(guards.alarms))
        except Unavailable as error:
            log.warning("%s (%s)", error, error.__cause__)
            return ReadAlarms(error)

    def _can_resolve(self, plan: Plan) -> bool:
        return self.attacks.get(plan.attack["ref"]).can_resolve() and not has_marks(plan.attack)

    def _about_targets(self, plan: Plan, ask: Callable[[], Resolution], seen: CurrentState) -> Sequence[str]:
        try:
            found = self._explained(plan, ask())
        except Unavailable as error:
            log.warning("%s (%s)", error, error.__cause__)
            return (NOT_LOOKED_UP,)
        return tuple(about(found, seen.guards))

    def _targets(self, plan: Plan) -> Resolution:
        """Return the targets of the plan's own attack. If they cannot be resolved, a dry run shows the rest all the
        same."""
        if not self._can_resolve(plan):
            return Resolution(unknown=ENCRYPTED if has_marks(plan.attack) else CANNOT_SAY)
        try:
            return self._explained(plan, self.resolver.resolve(plan.attack))
        except Unavailable as error:
            log.warning("%s (%s)", error, error.__cause__)
            return Resolution.failure(str(error))

    def _explained(self, plan: Plan, found: Resolution) -> Resolution:
        """Return the resolution, with the reason for a failure that a secret may have caused: resolving never reads
        secrets."""
        if found.failed and references(plan.attack, self.attacks):
            return Resolution(unknown=f"its secret is read only when it attacks; without it: {found.unknown}")
        return found


def _attacking(executors: Sequence[Executor]) -> list[Executor]:
    """Return the executors that attack. The others undo, and no guard blocks them."""
    return [executor for executor in executors if executor.undoes is None]
