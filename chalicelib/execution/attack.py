"""Run the attack of a claimed executor: resolve, judge, begin, and only then act.

No error of a plugin passes this boundary: it becomes a failed result. A guard that blocks the attack makes it a skipped
one, with the reason.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from chalicelib.config.settings import Settings
from chalicelib.domain.attack_failures import AttackFailed, Spared
from chalicelib.domain.engine_state import Control
from chalicelib.domain.errors import EngineError, InvalidRequest, SecretUnreadable, Unreadable, WriteConflict
from chalicelib.domain.model import AttackSpec, Config, Executor, Failure, Mode, Result, Status, truncate_to_second
from chalicelib.domain.targets import Resolved
from chalicelib.domain.unavailable import Unavailable
from chalicelib.guards.blocked import Blocked
from chalicelib.guards.chain import blocked_when_resolved
from chalicelib.guards.context import CannotEvaluate, TargetContext
from chalicelib.guards.engine import check_engine
from chalicelib.guards.leash import leash
from chalicelib.guards.spec import PlanGuards, plan_guards
from chalicelib.net.guard import plugin_call
from chalicelib.planning.resolve_targets import refusal
from chalicelib.plugin import Attack
from chalicelib.plugin.isolation import foreign_code
from chalicelib.plugin.outcome import bounded, words
from chalicelib.plugin.registry import Registry
from chalicelib.ports.runs import Runs
from chalicelib.ports.services import Clock
from chalicelib.runtime.deadline import within
from chalicelib.secrets import sealed_config
from chalicelib.secrets.encryption import Opening
from chalicelib.secrets.redaction import redact, redacting

log = logging.getLogger(__name__)

OPENING = 20.0
"""Seconds to open or read the secrets in; an attack without them fails."""
BEGINNING = 20.0
"""Seconds to be allowed to begin in; an attack that takes longer is skipped."""

_OLD_CLAIM = timedelta(seconds=2)
"""An attack whose claim is so old checks the halt and the freezes again, whatever took so long."""
_MOST_NAMED = 50
"""Candidates that a leashed attack names in its outcome, of which a record has 8 KB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacking:
    """The attack of an executor that is claimed."""

    settings: Settings
    runs: Runs
    attacks: Registry[Attack]
    opening: Opening
    clock: Clock

    def attack(self, terms: AttackSpec, claimed: Executor) -> tuple[Executor, Result]:
        """Return the executor as it is on record now, and the result of its attack. ``terms`` are its plan's. Never
        raises.

        The attack's random choices begin at its run's seed.
        """
        acting, config = claimed, claimed.attack or terms.attack
        posted = str(config["ref"])

        def judged(attack: Attack) -> Result:
            nonlocal acting
            if claimed.run is not None:
                attack.rng = Random(claimed.run.seed)  # noqa: S311 - it chooses, and is to be repeated from the record
            guards = plan_guards(terms.guards, self.settings.timezone)
            if blocked := self._blocked(attack, terms.mode, guards):
                return blocked
            asked = sealed_config.has_marks(config) or guards.need_targets
            begun = self._begun(attack, claimed, posted, asked)
            if isinstance(begun, Result):
                return begun
            acting = begun
            return succeeded(attack.run())

        result = use_plugin(self.attacks, self.opening, terms.sealed_under, config, judged, judge_references=True)
        return acting, result  # only now: judging has changed which it is

    def _blocked(self, attack: Attack, mode: Mode, guards: PlanGuards) -> Result | None:
        """Return the result of an attack that its targets or the leash block; None where it may go on."""
        leashed = leash(mode, self.settings)
        try:
            resolved = _resolved(attack, guards) if leashed or guards.need_targets else None
        except CannotEvaluate as unknown:
            return skipped(Blocked("MinHealthy", f"{unknown}: guards fail closed, so nothing is attacked"))
        candidates = None if resolved is None else len(resolved.candidates)
        takes = attack.takes if attack.defines_takes() else None
        running = 0 if resolved is None else sum(target.running for target in resolved.candidates)
        if blocked := blocked_when_resolved(
            TargetContext(candidates=candidates, running=running, takes=takes, guards=guards)
        ):
            return skipped(blocked, _known(resolved))
        if leashed:
            return skipped(leashed, _known(resolved, named=True))
        return None

    def _begun(self, attack: Attack, claimed: Executor, posted: str, asked: bool) -> Executor | Result:
        """Return the executor as it is about to act, or the reason why it may not.

        This is the last check before the attack acts, in one request. It is made where the attack is limited or can be
        undone, ``asked`` another service for something since its claim, or was claimed a while ago. ``posted`` is the
        ref that the plan names.
        """
        limits = [limit for limit in self.settings.limits if limit.counts(posted, attack.ref)]
        can_be_undone = attack.can_be_undone()
        prepared = attack.prepare() if can_be_undone else None
        counts, now = bool(limits) or prepared is not None, truncate_to_second(self.clock())
        if not (counts or asked or can_be_undone or _is_old(claimed, now)):
            return claimed
        begun: Executor | Control | str
        try:
            with within(BEGINNING):
                if counts:
                    day = now.astimezone(self.settings.timezone).date()
                    begun = self.runs.begin(claimed, limits, day, now, prepared)
                else:
                    begun, now = self.runs.control(), truncate_to_second(self.clock())
        except (Unavailable, WriteConflict, Unreadable) as error:
            why = (
                f"the engine's state or the limits cannot be read ({error}): guards fail closed, so nothing is attacked"
            )
            return skipped(Blocked("Limits" if counts else "CannotEvaluate", why))
        if isinstance(begun, str):
            return skipped(Blocked("Limits", begun))
        if isinstance(begun, Control):
            blocked = check_engine(begun, now, self.settings.timezone)
            return skipped(blocked) if blocked else claimed
        return begun


def _is_old(claimed: Executor, now: datetime) -> bool:
    return claimed.run is not None and now - claimed.run.started >= _OLD_CLAIM


def use_plugin(
    attacks: Registry[Attack],
    opening: Opening,
    plan_id: str,
    config: Config,
    use: Callable[[Attack], Result],
    *,
    judge_references: bool = False,
) -> Result:
    """Return the result of using a plugin, which gets its secrets here. The result shows none of them. Never raises.

    ``judge_references``: secrets that are kept elsewhere have to fit the schema; an undo does not ask for that.
    """
    try:
        with within(OPENING):
            opened = opening.opened(plan_id, config)
    except (EngineError, ValueError) as error:
        log.warning("the secrets of plan %s: %s (%s)", plan_id, error, error.__cause__)
        return _failed(error)
    with redacting(opened.secrets):
        misfit = _misfit(attacks, opened.config) if judge_references and sealed_config.has_references(config) else None
        result = _failed(misfit) if misfit else _used(attacks, opened.config, use)
        failure = result.error and Failure(type=redact(result.error.type), message=redact(result.error.message))
        return replace(result, error=failure)


def _misfit(attacks: Registry[Attack], opened: Config) -> EngineError | None:
    """Return the refusal of an attack that, with its secrets read, could not have been posted; None where it could.

    A reference passed any schema when the plan was posted, because nobody had read the secret yet.
    """
    from chalicelib.planning.validation import check_attack  # only for references: jsonschema is slow to load

    try:
        check_attack(opened, attacks)
    except InvalidRequest as error:
        faults = "; ".join(fault.sentence for fault in error.faults) or str(error)
        return SecretUnreadable(f"a secret that the attack refers to does not fit: {faults}")
    except EngineError as error:
        return error
    return None


def _used(attacks: Registry[Attack], config: Config, use: Callable[[Attack], Result]) -> Result:
    """Return the result of using the plugin. No error of a plugin passes this boundary."""
    try:
        with plugin_call():
            return use(attacks.get(config["ref"])(config["args"]))
    except Spared as error:
        return skipped(Blocked("Protected", words(error, redact)), getattr(error, "outcome", None))
    except AttackFailed as error:
        return _failed(error, bounded(getattr(error, "outcome", None) or None, redact))
    except (Exception, SystemExit) as error:
        log.warning("the attack %s raised %s", config["ref"], type(error).__name__, exc_info=True)
        return _failed(error)


def succeeded(outcome: Any) -> Result:
    """Return the result of an attack or undo that succeeded."""
    return Result(status=Status.SUCCEEDED, outcome=bounded(outcome, redact))


def skipped(blocked: Blocked, outcome: Mapping[str, Any] | None = None) -> Result:
    """Return the result of an attack that a guard blocked."""
    return Result(
        status=Status.SKIPPED,
        outcome=bounded(outcome or None, redact),
        error=Failure(type=blocked.guard, message=blocked.reason),
    )


def _resolved(attack: Attack, guards: PlanGuards) -> Resolved | None:
    """Return the targets. Raises ``CannotEvaluate`` where a guard needs them and the attack cannot resolve them."""
    if not guards.need_targets:
        return attack.resolve()
    try:
        with foreign_code(refusal):
            return attack.resolve()
    except EngineError as error:
        raise CannotEvaluate(f"its candidates could not be resolved ({error})") from error


def _known(resolved: Resolved | None, *, named: bool = False) -> dict[str, Any]:
    """Return what goes on record of the targets: how many, and for a leashed attack which."""
    if resolved is None:
        return {}
    known = {**resolved.known, "candidates": len(resolved.candidates)}
    if resolved.spared:
        known["spared"] = len(resolved.spared)
    if named:
        known["would_choose_among"] = [target.id for target in resolved.candidates[:_MOST_NAMED]]
    return known


def failed(type: str, message: str, outcome: Mapping[str, Any] | None = None) -> Result:
    """Return the result of an attack or undo that failed."""
    return Result(status=Status.FAILED, outcome=outcome, error=Failure(type=type, message=message))


def _failed(error: BaseException, outcome: Mapping[str, Any] | None = None) -> Result:
    return failed(type(error).__name__, words(error, redact), outcome)
