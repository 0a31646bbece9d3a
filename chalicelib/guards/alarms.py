"""Evaluate ``alarms``: CloudWatch alarms that block the attack, also while their state is unknown."""

from chalicelib.domain.unavailable import Unavailable
from chalicelib.guards.context import CannotEvaluate, DueContext


def alarmed(context: DueContext) -> str | None:
    names = context.guards.alarms
    if not names:
        return None
    try:
        states = context.alarms.states(names)
    except Unavailable as error:
        raise CannotEvaluate(f"the state of the alarms cannot be read: {error}") from error
    for name in names:
        state = states.get(name)
        if state is None:
            raise CannotEvaluate(f"there is no alarm {name!r}")
        if state == "ALARM":
            return f"the alarm {name!r} is in ALARM"
        if state != "OK":
            raise CannotEvaluate(f"the state of the alarm {name!r} is {state}")
    return None
