"""From a claimed executor to what its attack came to: resolved, judged, allowed to begin, and only then run.

This is the boundary that no error of a plugin passes: whatever it raises becomes a failed result. What holds the attack
back becomes a skipped one, with the reason.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from chalicelib.boundary import foreign_code
from chalicelib.budget import within
from chalicelib.errors import EngineError, Lost, Unavailable
from chalicelib.guards.chain import held_when_aimed
from chalicelib.guards.held import Held
from chalicelib.guards.leash import leash
from chalicelib.guards.moment import Aim, CannotTell
from chalicelib.guards.of_a_plan import PlanGuards, plan_guards
from chalicelib.masking import concealed, concealing
from chalicelib.model import Config, Executor, Failure, Result, Status, Terms, whole
from chalicelib.outcome import bounded, words
from chalicelib.plugin import Attack, AttackFailed, Resolved, Spared
from chalicelib.ports.services import Clock
from chalicelib.ports.stores import Runs
from chalicelib.registry import Registry
from chalicelib.resolving import refusal
from chalicelib.sealing import Opening
from chalicelib.settings import Settings

log = logging.getLogger(__name__)

OPENING = 20.0
"""Seconds to open or read the secrets in; an attack without them fails."""
BEGINNING = 20.0
"""Seconds to be allowed to begin in; what takes longer is held back."""

_MOST_NAMED = 50
"""Candidates that a leashed attack names in its outcome, of which a record has 8 KB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacking:
    """Runs an attack once its executor is claimed."""

    settings: Settings
    runs: Runs
    attacks: Registry[Attack]
    opening: Opening
    clock: Clock

    def attack(self, terms: Terms, claimed: Executor) -> tuple[Executor, Result]:
        """The executor as it is on record now, and what came of its attack, whose chance begins at its run's seed.
        ``terms`` are its plan's.

        Never raises.
        """
        acting, config = claimed, claimed.attack or terms.attack
        posted = str(config["ref"])

        def judged(attack: Attack) -> Result:
            nonlocal acting
            if claimed.run is not None:
                attack.rng = Random(claimed.run.seed)  # noqa: S311 - it chooses, and is to be repeated from the record
            if held := self._held(attack, terms):
                return held
            begun = self._begun(attack, claimed, posted)
            if isinstance(begun, Result):
                return begun
            acting = begun
            return succeeded(attack.run())

        result = told(self.attacks, self.opening, claimed.plan_id, config, judged)
        return acting, result  # only now: judging has changed which it is

    def _held(self, attack: Attack, terms: Terms) -> Result | None:
        """Why the attack is not to be after all, by what it aims at and by the leash."""
        guards, leashed = plan_guards(terms.guards, self.settings.timezone), leash(terms.mode, self.settings)
        try:
            resolved = _resolved(attack, guards) if leashed or _asks_for_targets(guards) else None
        except CannotTell as unknown:
            return skipped(Held("MinHealthy", f"{unknown}: what cannot be told is not attacked"))
        candidates = None if resolved is None else len(resolved.candidates)
        takes = attack.takes if attack.says_takes() else None
        running = 0 if resolved is None else sum(target.running for target in resolved.candidates)
        if held := held_when_aimed(Aim(candidates=candidates, running=running, takes=takes, guards=guards)):
            return skipped(held, _known(resolved))
        if leashed:
            return skipped(leashed, _known(resolved, named=True))
        return None

    def _begun(self, attack: Attack, claimed: Executor, posted: str) -> Executor | Result:
        """The executor as it is about to act, or why it may not: one request, and only for those that are limited or
        can be undone. ``posted`` is the ref that its plan names."""
        limits = [limit for limit in self.settings.limits if limit.counts(posted, attack.ref)]
        prepared = attack.prepare() if attack.can_be_undone() else None
        if not limits and prepared is None:
            return claimed
        now = whole(self.clock())
        day = now.astimezone(self.settings.timezone).date()
        try:
            with within(BEGINNING):
                begun = self.runs.begin(claimed, limits, day, now, prepared)
        except (Unavailable, Lost) as error:
            begun = f"whether it may begin cannot be told ({error}): what cannot be told is not attacked"
        return skipped(Held("Limits", begun)) if isinstance(begun, str) else begun


def told(
    attacks: Registry[Attack], opening: Opening, plan_id: str, config: Config, use: Callable[[Attack], Result]
) -> Result:
    """What came of the use of a plugin, which is given its secrets here; they are in nothing that is told of it.

    Never raises.
    """
    try:
        with within(OPENING):
            opened = opening.opened(plan_id, config)
    except (EngineError, ValueError) as error:
        log.warning("the secrets of plan %s: %s (%s)", plan_id, error, error.__cause__)
        return _failed(error)
    with concealing(opened.secrets):
        result = _used(attacks, opened.config, use)
        failure = result.error and replace(result.error, message=concealed(result.error.message))
        return replace(result, outcome=concealed(result.outcome), error=failure)


def _used(attacks: Registry[Attack], config: Config, use: Callable[[Attack], Result]) -> Result:
    """What came of it. This is the boundary that no error of a plugin passes."""
    try:
        return use(attacks.get(config["ref"])(config["args"]))
    except Spared as error:
        return skipped(Held("Protected", words(error)), getattr(error, "outcome", None))
    except AttackFailed as error:
        return _failed(error, bounded(getattr(error, "outcome", None) or None))
    except (Exception, SystemExit) as error:
        log.warning("the attack %s raised %s", config["ref"], type(error).__name__, exc_info=True)
        return _failed(error)


def succeeded(outcome: Any) -> Result:
    """The result of what did what it was for."""
    return Result(status=Status.SUCCEEDED, outcome=bounded(outcome))


def skipped(held: Held, outcome: Mapping[str, Any] | None = None) -> Result:
    """The result of an attack that was held back."""
    return Result(
        status=Status.SKIPPED, outcome=bounded(outcome or None), error=Failure(type=held.guard, message=held.reason)
    )


def _resolved(attack: Attack, guards: PlanGuards) -> Resolved | None:
    """Raises ``CannotTell`` where a guard has to know the candidates and the attack fails to say."""
    if not _asks_for_targets(guards):
        return attack.resolve()
    try:
        with foreign_code(refusal):
            return attack.resolve()
    except EngineError as error:
        raise CannotTell(f"its candidates could not be told ({error})") from error


def _asks_for_targets(guards: PlanGuards) -> bool:
    return guards.min_healthy is not None or guards.min_healthy_percent is not None


def _known(resolved: Resolved | None, *, named: bool = False) -> dict[str, Any]:
    """What goes on record of the targets: how many, and of a leashed attack which."""
    if resolved is None:
        return {}
    known = {**resolved.known, "candidates": len(resolved.candidates)}
    if resolved.spared:
        known["spared"] = len(resolved.spared)
    if named:
        known["would_choose_among"] = [target.id for target in resolved.candidates[:_MOST_NAMED]]
    return known


def failed(type: str, message: str, outcome: Mapping[str, Any] | None = None) -> Result:
    """The result of what did not do what it was for."""
    return Result(status=Status.FAILED, outcome=outcome, error=Failure(type=type, message=message))


def _failed(error: BaseException, outcome: Mapping[str, Any] | None = None) -> Result:
    return failed(type(error).__name__, words(error), outcome)
