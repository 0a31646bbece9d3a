"""Looking ahead: what is known now of a plan that is being posted, and what a dry run shows."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from chalicelib.budget import remaining, within
from chalicelib.errors import PlansRefused, Unavailable
from chalicelib.foreseeing import (
    ReadAlarms,
    Seen,
    about,
    attack_its_targets,
    foreseen_warnings,
    held,
    over_limits,
    require_possible,
)
from chalicelib.guards.held import Held
from chalicelib.guards.of_a_plan import PlanGuards, plan_guards
from chalicelib.model import Executor, Plan
from chalicelib.plugin import Attack
from chalicelib.ports.services import Alarms, Resolver
from chalicelib.ports.stores import Controls
from chalicelib.registry import Registry
from chalicelib.resolution import CANNOT_SAY, Resolution
from chalicelib.sealing import references
from chalicelib.settings import Settings

log = logging.getLogger(__name__)

LOOKING = 3
"""Seconds to read the state of alarms in, or to begin to look for targets; a plan is made without knowing either."""
LONGER = 2
"""Seconds that looking for targets, once begun, may take longer than any other request."""
NOT_LOOKED_UP = (
    "what it could hit could not be looked up while it was made: POST it with ?dry_run=true to see what matches now and"
    " what is protected"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """A plan that would be made, what it could hit now, and which guard would hold each of its executors back. None
    holds an undo back."""

    plan: Plan
    executors: tuple[Executor, ...]
    held: tuple[Held | None, ...]
    targets: Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """Reads what the guards go by. Nothing is changed."""

    settings: Settings
    controls: Controls
    alarms: Alarms
    resolver: Resolver
    attacks: Registry[Attack]

    @contextmanager
    def outlook(self, plan: Plan, executors: Sequence[Executor]) -> Iterator[Callable[[], tuple[str, ...]]]:
        """What speaks against a plan, in sentences, told at the end of its being made: what it could hit is looked up
        meanwhile. One read, one more where it asks for alarms, and one for its targets.

        Raises ``PlansRefused``, ``InvalidRequest`` where none of it could pass, and ``Unavailable`` where the engine's
        state cannot be read, all of them at once. Targets can refuse no plan: they come and go.
        """
        seen, attacking = self._look(plan), _attacking(executors)
        if seen.control.refuse_plans:
            raise PlansRefused(seen.control.by, seen.control.reason)
        require_possible(plan, attacking, seen, self.attacks)
        told = tuple(foreseen_warnings(plan, attacking, seen, self.attacks))
        if not (self._can_resolve(plan) and attack_its_targets(attacking)):
            yield lambda: told
            return
        with ExitStack() as looking:
            with within(min(LOOKING, remaining() - LONGER)):
                ask = looking.enter_context(self.resolver.resolving(plan.attack))
            yield lambda: (*told, *self._about_targets(plan, ask, seen))

    def dry_run(self, plan: Plan, executors: tuple[Executor, ...]) -> DryRun:
        """The same, and its targets. Raises as ``outlook`` does; ``PlansRefused`` is a warning here."""
        seen, attacking = self._look(plan), _attacking(executors)
        require_possible(plan, attacking, seen, self.attacks)
        targets = self._targets(plan)
        told = [*foreseen_warnings(plan, attacking, seen, self.attacks)]
        if attack_its_targets(attacking):
            told += about(targets, seen.guards)
        holds = {each.id: held(plan, each, seen, targets) for each in executors}
        free = [each for each in attacking if holds[each.id] is None]
        over = over_limits(plan, free, seen, self.attacks)
        return DryRun(
            plan=replace(plan, warnings=tuple(told)),
            executors=executors,
            held=tuple(holds[each.id] or over.get(each.id) for each in executors),
            targets=targets,
        )

    def _look(self, plan: Plan) -> Seen:
        guards = plan_guards(plan.guards, self.settings.timezone)
        return Seen(
            settings=self.settings, control=self.controls.control(), guards=guards, alarms=self._read_alarms(guards)
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
        return self.attacks.get(plan.attack["ref"]).can_resolve()

    def _about_targets(self, plan: Plan, ask: Callable[[], Resolution], seen: Seen) -> Sequence[str]:
        try:
            found = self._told(plan, ask())
        except Unavailable as error:
            log.warning("%s (%s)", error, error.__cause__)
            return (NOT_LOOKED_UP,)
        return tuple(about(found, seen.guards))

    def _targets(self, plan: Plan) -> Resolution:
        """Those of the plan's own attack; a dry run tells the rest also where they cannot be resolved."""
        if not self._can_resolve(plan):
            return Resolution(unknown=CANNOT_SAY)
        try:
            return self._told(plan, self.resolver.resolve(plan.attack))
        except Unavailable as error:
            log.warning("%s (%s)", error, error.__cause__)
            return Resolution.failure(str(error))

    def _told(self, plan: Plan, found: Resolution) -> Resolution:
        """What was found; an attack whose secret is kept elsewhere was asked without it, and may have failed so."""
        if found.failed and references(plan.attack, self.attacks):
            return Resolution(unknown=f"its secret is read only when it attacks; without it: {found.unknown}")
        return found


def _attacking(executors: Sequence[Executor]) -> list[Executor]:
    """Those that attack; the others undo, which nothing holds back."""
    return [executor for executor in executors if executor.undoes is None]
