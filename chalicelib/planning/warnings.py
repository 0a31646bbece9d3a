"""Warn about a plan before it is due, by the current state. The module is pure.

A plan none of whose attacks could ever run is refused when it is posted. A guard that would block one of them now is
only a warning, because its cause may have passed by then.
"""

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.domain.dates import show
from chalicelib.domain.model import Executor, Mode, Plan
from chalicelib.domain.over_limit import over_limit
from chalicelib.domain.targets import CANNOT_SAY, Resolution
from chalicelib.domain.unavailable import Unavailable
from chalicelib.guards.blocked import Blocked
from chalicelib.guards.chain import blocked_when_due, blocked_when_resolved
from chalicelib.guards.context import DueContext, TargetContext
from chalicelib.guards.feasibility import date_violation, late_violation
from chalicelib.guards.leash import leash
from chalicelib.guards.spec import PlanGuards
from chalicelib.planning.current_state import CurrentState
from chalicelib.plugin import Attack
from chalicelib.plugin.registry import Registry


def foreseen_warnings(
    plan: Plan, executors: Sequence[Executor], seen: CurrentState, attacks: Registry[Attack]
) -> Iterator[str]:
    """Yield the warnings: the guards that would block the plan's attacks if they were due now, or will at their
    dates."""
    control = seen.control
    if seen.unclear:
        yield f"{seen.unclear}: its attacks are skipped"
    if control.halted:
        yield f"the engine is halted by {control.by} ({control.reason}): attacks that fall due meanwhile are skipped"
    if seen.settings.leashed and plan.mode is not Mode.DRY_RUN:
        yield (
            f"the stage {seen.settings.stage} is leashed: its attacks resolve their targets and are skipped,"
            " until its settings say LEASHED=false"
        )
    yield from _by_date(executors, seen)
    yield from _by_precision(executors, seen)
    yield from _by_limit(plan, executors, seen, attacks)
    if seen.guards.probability == 0:
        yield "the plan's probability is 0: it never attacks"
    yield from _by_alarm(seen)


def blocked(plan: Plan, executor: Executor, seen: CurrentState, targets: Resolution) -> Blocked | None:
    """Return the guard that would block the executor at its date in the current state, with the luckiest roll.

    ``targets`` are those of the plan's attack, so they are ignored for an executor with an attack of its own. No guard
    blocks an undo.
    """
    if executor.undoes:
        return None
    context = DueContext(
        now=executor.due, zone=seen.zone, control=seen.control, guards=seen.guards, roll=0.0, alarms=seen.alarms
    )
    resolved = spared = None
    if targets.unknown is None and executor.attack is None:
        resolved = blocked_when_resolved(_target_context(targets, seen.guards))
        if targets.spared and not targets.candidates:
            spared = Blocked("Protected", f"every machine that matches now is protected ({targets.spared})")
    return blocked_when_due(context) or resolved or leash(plan.mode, seen.settings) or spared


def over_limits(
    plan: Plan, executors: Sequence[Executor], seen: CurrentState, attacks: Registry[Attack]
) -> Mapping[str, Blocked]:
    """Return by id which of these executors the limits would block if no other plan attacked. Leashed attacks do not
    count."""
    if not seen.settings.limits or leash(plan.mode, seen.settings):
        return {}
    counted = []
    for executor in executors:
        ref = (executor.attack or plan.attack)["ref"]
        own = attacks.get(ref).ref
        counted.append((executor, [limit for limit in seen.settings.limits if limit.counts(ref, own)]))
    return {id: Blocked("Limits", reason) for id, reason in over_limit(counted, seen.zone).items()}


def attack_its_targets(executors: Sequence[Executor]) -> bool:
    """Return whether any executor runs the plan's own attack: a planner may give each executor another one."""
    return any(executor.attack is None for executor in executors)


def about(targets: Resolution, guards: PlanGuards) -> Iterator[str]:
    """Yield the warnings that follow from the current targets."""
    yield from targets.warnings
    if targets.unknown is not None:
        if targets.unknown != CANNOT_SAY:
            yield f"its current targets are unknown: {targets.unknown}"
    elif targets.candidates:
        if blocked := blocked_when_resolved(_target_context(targets, guards)):
            yield f"with the current matches an attack would be skipped: {blocked.reason}"
    elif targets.spared:
        yield f"every machine that matches now is protected ({targets.spared}): an attack would be skipped"
    else:
        region = targets.known.get("region")
        where = f" in {region}" if isinstance(region, str) else ""
        yield f"nothing matches now{where}: an attack would fail"


def _target_context(targets: Resolution, guards: PlanGuards) -> TargetContext:
    return TargetContext(candidates=targets.candidates, running=targets.running, takes=targets.takes, guards=guards)


def _by_date(executors: Sequence[Executor], seen: CurrentState) -> Iterator[str]:
    reasons = [(each.due, date_violation(each.due, seen.control.freezes, seen.guards, seen.zone)) for each in executors]
    never = [(due, reason) for due, reason in reasons if reason]
    if never:
        due, reason = never[0]
        yield f"{len(never)} of {len(executors)} attacks will be skipped, the first at {show(due, seen.zone)}: {reason}"


def _by_precision(executors: Sequence[Executor], seen: CurrentState) -> Iterator[str]:
    freezes, guards, zone = seen.control.freezes, seen.guards, seen.zone
    late = [
        (each.due, reason)
        for each in executors
        if not date_violation(each.due, freezes, guards, zone)
        and (reason := late_violation(each.due, freezes, guards, zone))
    ]
    if late:
        due, reason = late[0]
        yield (
            f"{len(late)} of {len(executors)} attacks may be skipped, the first at {show(due, zone)}: EventBridge"
            f" Scheduler may deliver an attack up to 60 seconds late, and by then {reason}"
        )


def _by_limit(
    plan: Plan, executors: Sequence[Executor], seen: CurrentState, attacks: Registry[Attack]
) -> Iterator[str]:
    possible = [
        each for each in executors if not date_violation(each.due, seen.control.freezes, seen.guards, seen.zone)
    ]
    over = over_limits(plan, possible, seen, attacks)
    first = next((each for each in possible if each.id in over), None)
    if first:
        yield (
            f"{len(over)} of {len(executors)} attacks would be blocked by the limits of the stage,"
            f" the first at {show(first.due, seen.zone)}: {over[first.id].reason}"
        )


def _by_alarm(seen: CurrentState) -> Iterator[str]:
    states = seen.alarms.answer
    if isinstance(states, Unavailable):
        yield "the state of the plan's alarms cannot be read now: attacks that fall due until it can are skipped"
        return
    for name in seen.guards.alarms:
        if states[name] != "OK":
            yield f"the alarm {name!r} is in {states[name]} now: attacks that fall due until it is OK are skipped"
