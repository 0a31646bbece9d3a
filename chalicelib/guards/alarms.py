"""``alarms``: CloudWatch alarms that hold the attack back, also where their state cannot be told."""

from chalicelib.errors import Unavailable
from chalicelib.guards.moment import CannotTell, Moment


def alarmed(moment: Moment) -> str | None:
    names = moment.guards.alarms
    if not names:
        return None
    try:
        states = moment.alarms.states(names)
    except Unavailable as error:
        raise CannotTell(f"the state of the alarms cannot be read: {error}") from error
    for name in names:
        state = states.get(name)
        if state is None:
            raise CannotTell(f"there is no alarm {name!r}")
        if state == "ALARM":
            return f"the alarm {name!r} is in ALARM"
        if state != "OK":
            raise CannotTell(f"the state of the alarm {name!r} is {state}")
    return None
