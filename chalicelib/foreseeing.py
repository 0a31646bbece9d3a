"""What can be told of a plan before it is due, from what is known now: pure.

A plan none of whose attacks could ever be made is refused when it is posted. What would hold one of them back if all
were as it is now is a warning: it may have passed by then.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from chalicelib.boundary import foreign_code
from chalicelib.control import Control
from chalicelib.dates import show
from chalicelib.errors import Fault, InvalidRequest, PlansRefused, PluginBroken, Unavailable
from chalicelib.guards.chain import held_when_aimed, held_when_due
from chalicelib.guards.held import Held
from chalicelib.guards.leash import leash
from chalicelib.guards.moment import Aim, Moment
from chalicelib.guards.of_a_plan import PlanGuards
from chalicelib.guards.possible import first_possible, why_not_at
from chalicelib.masking import concealing, secret_texts
from chalicelib.model import Config, Executor, Mode, Plan
from chalicelib.plugin import Attack
from chalicelib.registry import Registry
from chalicelib.resolution import CANNOT_SAY, Resolution
from chalicelib.settings import Settings
from chalicelib.surplus import surplus


@dataclass(frozen=True, slots=True)
class ReadAlarms:
    """``ports.Alarms`` as they were read once: their states by name, or why they could not be."""

    answer: Mapping[str, str] | Unavailable

    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        if isinstance(self.answer, Unavailable):
            raise self.answer
        return self.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known now of all that may hold a plan back."""

    settings: Settings
    control: Control
    guards: PlanGuards
    alarms: ReadAlarms

    @property
    def zone(self) -> tzinfo:
        return self.settings.timezone


def require_possible(plan: Plan, executors: Sequence[Executor], seen: Seen, attacks: Registry[Attack]) -> None:
    """Raise ``InvalidRequest`` where the plan's guards could never let any of its attacks pass."""
    for config in (plan.attack, *(executor.attack for executor in executors if executor.attack)):
        _require_attack_allows(config, seen.guards, attacks)
    _require_alarms(seen)
    _require_dates(executors, seen)


def foreseen_warnings(
    plan: Plan, executors: Sequence[Executor], seen: Seen, attacks: Registry[Attack]
) -> Iterator[str]:
    """What would hold attacks of the plan back if it were due now, or will at their dates, in sentences."""
    control = seen.control
    if control.refuse_plans:
        yield str(PlansRefused(control.by, control.reason))
    if control.halted:
        yield f"the engine is halted by {control.by} ({control.reason}): what falls due until it goes on is skipped"
    if seen.settings.leashed and plan.mode is not Mode.DRY_RUN:
        yield (
            f"the stage {seen.settings.stage} is leashed: its attacks resolve their targets and are skipped,"
            " until its settings say LEASHED=false"
        )
    yield from _by_date(executors, seen)
    yield from _by_limit(plan, executors, seen, attacks)
    if seen.guards.probability == 0:
        yield "the plan's probability is 0: it never attacks"
    yield from _by_alarm(seen)


def held(plan: Plan, executor: Executor, seen: Seen, targets: Resolution) -> Held | None:
    """What would hold the executor back at its date, were all else then as it is now; with the luckiest of rolls.
    Nothing holds an undo back.

    ``targets`` are those of the plan's attack: of an executor that has its own nothing is told.
    """
    if executor.undoes:
        return None
    moment = Moment(
        now=executor.due, zone=seen.zone, control=seen.control, guards=seen.guards, roll=0.0, alarms=seen.alarms
    )
    aimed = spared = None
    if targets.unknown is None and executor.attack is None:
        aimed = held_when_aimed(_aim(targets, seen.guards))
        if targets.spared and not targets.candidates:
            spared = Held("Protected", f"every machine that matches now is protected ({targets.spared})")
    return held_when_due(moment) or aimed or leash(plan.mode, seen.settings) or spared


def over_limits(plan: Plan, executors: Sequence[Executor], seen: Seen, attacks: Registry[Attack]) -> Mapping[str, Held]:
    """Which of these executors the caps would hold back, were no other plan to attack, by id. What is leashed counts
    for nothing."""
    if not seen.settings.limits or leash(plan.mode, seen.settings):
        return {}
    counted = []
    for executor in executors:
        ref = (executor.attack or plan.attack)["ref"]
        own = attacks.get(ref).ref
        counted.append((executor, [limit for limit in seen.settings.limits if limit.counts(ref, own)]))
    return {id: Held("Limits", reason) for id, reason in surplus(counted, seen.zone).items()}


def attack_its_targets(executors: Sequence[Executor]) -> bool:
    """Whether what the plan's attack could hit matters to any of these: a planner may have given each its own."""
    return any(executor.attack is None for executor in executors)


def about(targets: Resolution, guards: PlanGuards) -> Iterator[str]:
    """What the targets of now bode for the attack, in sentences."""
    if targets.unknown is not None:
        if targets.unknown != CANNOT_SAY:
            yield f"what it could hit now is not known: {targets.unknown}"
    elif targets.candidates:
        if held := held_when_aimed(_aim(targets, guards)):
            yield f"by what matches now an attack would be skipped: {held.reason}"
    elif targets.spared:
        yield f"every machine that matches now is protected ({targets.spared}): an attack would be skipped"
    else:
        yield "nothing matches now: an attack would fail"


def _aim(targets: Resolution, guards: PlanGuards) -> Aim:
    return Aim(candidates=targets.candidates, running=targets.running, takes=targets.takes, guards=guards)


def _require_attack_allows(config: Config, guards: PlanGuards, attacks: Registry[Attack]) -> None:
    ref = config["ref"]
    attack = attacks.get(ref)
    if (guards.min_healthy, guards.min_healthy_percent) != (None, None) and not attack.can_resolve():
        raise _refused(
            "min_healthy",
            f"the attack {ref} does not say what it may choose from, so how many stay healthy could never be told:"
            " leave min_healthy out",
        )
    asked = [
        name for name in ("max_targets", "min_healthy", "min_healthy_percent") if getattr(guards, name) is not None
    ]
    if asked and not attack.says_takes():
        guard = "max_targets" if "max_targets" in asked else "min_healthy"
        raise _refused(
            guard,
            f"the attack {ref} does not say how many machines it takes, so {guard} could never be told: leave it out,"
            " or have its plugin say what it takes",
        )
    if guards.max_targets is None:
        return
    with (
        concealing(secret_texts(config, attack.schema)),
        foreign_code(lambda error: PluginBroken(attacks.kind, ref, error)),
    ):
        takes = int(attack(config["args"]).takes)
    if takes > guards.max_targets:
        raise _refused(
            "max_targets",
            f"the attack {ref} takes {takes} targets, and the plan allows {guards.max_targets}:"
            f" give max_targets as {takes} or more, or have it take fewer",
        )


def _require_alarms(seen: Seen) -> None:
    states = seen.alarms.answer
    if isinstance(states, Unavailable):
        return
    for name in seen.guards.alarms:
        if name not in states:
            raise _refused("alarms", f"there is no alarm {name!r} in CloudWatch: give the name of one that there is")


def _require_dates(executors: Sequence[Executor], seen: Seen) -> None:
    freezes, guards = seen.control.freezes, seen.guards
    reasons = [why_not_at(each.due, freezes, guards, seen.zone) for each in executors]
    if not all(reasons):
        return
    due, many = executors[0].due, len(executors)
    what = f"the attack at {show(due, seen.zone)} could not be made"
    if many > 1:
        what = f"none of the {many} attacks, the first of them at {show(due, seen.zone)}, could be made"
    possible = first_possible(due, freezes, guards, seen.zone)
    when = f"the first possible date is {show(possible, seen.zone)}" if possible else "there is no possible date"
    raise InvalidRequest(f"{what}: {reasons[0]}; {when}")


def _by_date(executors: Sequence[Executor], seen: Seen) -> Iterator[str]:
    reasons = [(each.due, why_not_at(each.due, seen.control.freezes, seen.guards, seen.zone)) for each in executors]
    never = [(due, reason) for due, reason in reasons if reason]
    if never:
        due, reason = never[0]
        yield f"{len(never)} of {len(executors)} attacks will be skipped, the first at {show(due, seen.zone)}: {reason}"


def _by_limit(plan: Plan, executors: Sequence[Executor], seen: Seen, attacks: Registry[Attack]) -> Iterator[str]:
    possible = [each for each in executors if not why_not_at(each.due, seen.control.freezes, seen.guards, seen.zone)]
    over = over_limits(plan, possible, seen, attacks)
    first = next((each for each in possible if each.id in over), None)
    if first:
        yield (
            f"{len(over)} of {len(executors)} attacks would be held back by the limits of the stage,"
            f" the first at {show(first.due, seen.zone)}: {over[first.id].reason}"
        )


def _by_alarm(seen: Seen) -> Iterator[str]:
    states = seen.alarms.answer
    if isinstance(states, Unavailable):
        yield "the state of the plan's alarms cannot be read now: what falls due while that is so is skipped"
        return
    for name in seen.guards.alarms:
        if states[name] != "OK":
            yield f"the alarm {name!r} is in {states[name]} now: what falls due while it is so is skipped"


def _refused(guard: str, message: str) -> InvalidRequest:
    return InvalidRequest(message, (Fault(f"$.guards.{guard}", message),))
