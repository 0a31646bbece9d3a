"""Refuse a plan none of whose attacks could ever run."""

from collections.abc import Sequence

from chalicelib.domain.dates import show
from chalicelib.domain.errors import InvalidRequest, PluginBroken
from chalicelib.domain.fault import Fault
from chalicelib.domain.model import Config, Executor, Plan
from chalicelib.domain.unavailable import Unavailable
from chalicelib.guards.feasibility import date_violation, first_possible
from chalicelib.guards.spec import PlanGuards
from chalicelib.planning.current_state import CurrentState
from chalicelib.plugin import Attack
from chalicelib.plugin.isolation import foreign_code, unexpected_error
from chalicelib.plugin.registry import Registry
from chalicelib.secrets.log_redaction import secret_texts, texts_of
from chalicelib.secrets.redaction import redacting


def require_possible(plan: Plan, executors: Sequence[Executor], seen: CurrentState, attacks: Registry[Attack]) -> None:
    """Raise ``InvalidRequest`` where the plan's guards would block every one of its attacks."""
    for config in (plan.attack, *(executor.attack for executor in executors if executor.attack)):
        _require_attack_allows(config, seen.guards, attacks)
    _require_alarms(seen)
    require_dates(executors, seen)


def _require_attack_allows(config: Config, guards: PlanGuards, attacks: Registry[Attack]) -> None:
    ref = config["ref"]
    attack = attacks.get(ref)
    if (guards.min_healthy, guards.min_healthy_percent) != (None, None) and not attack.can_resolve():
        raise _refused(
            "min_healthy",
            f"the attack {ref} does not define resolve, so min_healthy could never be evaluated: leave min_healthy out",
        )
    asked = [
        name for name in ("max_targets", "min_healthy", "min_healthy_percent") if getattr(guards, name) is not None
    ]
    if asked and not attack.defines_takes():
        guard = "max_targets" if "max_targets" in asked else "min_healthy"
        raise _refused(
            guard,
            f"the attack {ref} does not say how many machines it takes, so {guard} could never be evaluated: leave it"
            " out, or define takes in its plugin",
        )
    if guards.max_targets is None:
        return
    given = texts_of(config["args"])
    with (
        redacting(secret_texts(config, attack.schema)),
        foreign_code(lambda error: PluginBroken(attacks.kind, ref, unexpected_error(error, given)), given),
    ):
        takes = int(attack(config["args"]).takes)
    if takes > guards.max_targets:
        raise _refused(
            "max_targets",
            f"the attack {ref} takes {takes} targets, and the plan allows {guards.max_targets}:"
            f" give max_targets as {takes} or more, or have it take fewer",
        )


def _require_alarms(seen: CurrentState) -> None:
    states = seen.alarms.answer
    if isinstance(states, Unavailable):
        return
    for number, name in enumerate(seen.guards.alarms):
        if name not in states:
            raise _refused(f"alarms[{number}]", "CloudWatch has no such alarm: give the name of one that there is")


def require_dates(executors: Sequence[Executor], seen: CurrentState) -> None:
    """Raise ``InvalidRequest`` where none of these executors could attack at its date."""
    freezes, guards = seen.control.freezes, seen.guards
    reasons = [date_violation(each.due, freezes, guards, seen.zone) for each in executors]
    if not all(reasons):
        return
    due, many = executors[0].due, len(executors)
    what = f"the attack at {show(due, seen.zone)} could not be made"
    if many > 1:
        what = f"none of the {many} attacks, the first of them at {show(due, seen.zone)}, could be made"
    possible = first_possible(due, freezes, guards, seen.zone)
    when = f"the first possible date is {show(possible, seen.zone)}" if possible else "there is no possible date"
    raise InvalidRequest(f"{what}: {reasons[0]}; {when}")


def _refused(guard: str, message: str) -> InvalidRequest:
    return InvalidRequest(message, (Fault(f"$.guards.{guard}", message),))
