"""Looking ahead: what is known now of a plan that is being posted, and what a dry run shows."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.budget import within
from chalicelib.errors import PlansRefused, Unavailable
from chalicelib.foreseeing import (
    ReadAlarms,
    Seen,
    about,
    foreseen_warnings,
    held,
    not_looked_up,
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
"""Seconds to read the state of alarms in; a plan is made without knowing it."""


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

    def warnings(self, plan: Plan, executors: Sequence[Executor]) -> tuple[str, ...]:
        """What speaks against the plan, in sentences. One read, and one more where it asks for alarms. Its targets are
        not resolved (docs/adr/0011), and that is said.

        Raises ``PlansRefused``, ``InvalidRequest`` where none of it could pass, and ``Unavailable`` where the engine's
        state cannot be read.
        """
        seen = self._look(plan)
        if seen.control.refuse_plans:
            raise PlansRefused(seen.control.by, seen.control.reason)
        attacking = _attacking(executors)
        require_possible(plan, attacking, seen, self.attacks)
        told = foreseen_warnings(plan, attacking, seen, self.attacks)
        return (*told, *not_looked_up(plan, self.attacks))

    def dry_run(self, plan: Plan, executors: tuple[Executor, ...]) -> DryRun:
        """The same with its targets resolved. Raises as ``warnings`` does; ``PlansRefused`` is a warning here."""
        seen, attacking = self._look(plan), _attacking(executors)
        require_possible(plan, attacking, seen, self.attacks)
        targets = self._targets(plan)
        told = (*foreseen_warnings(plan, attacking, seen, self.attacks), *about(targets))
        holds = {each.id: held(plan, each, seen, targets) for each in executors}
        free = [each for each in attacking if holds[each.id] is None]
        over = over_limits(plan, free, seen, self.attacks)
        return DryRun(
            plan=replace(plan, warnings=told),
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

    def _targets(self, plan: Plan) -> Resolution:
        """Those of the plan's own attack; a dry run tells the rest also where they cannot be resolved."""
        if not self.attacks.get(plan.attack["ref"]).can_resolve():
            return Resolution(unknown=CANNOT_SAY)
        try:
            found = self.resolver.resolve(plan.attack)
        except Unavailable as error:
            log.warning("%s (%s)", error, error.__cause__)
            return Resolution.failure(str(error))
        if found.failed and references(plan.attack, self.attacks):
            return Resolution(unknown=f"its secret is read only when it attacks; without it: {found.unknown}")
        return found


def _attacking(executors: Sequence[Executor]) -> list[Executor]:
    """Those that attack; the others undo, which nothing holds back."""
    return [executor for executor in executors if executor.undoes is None]
