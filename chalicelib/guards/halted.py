"""The halt lever: while it is pulled nothing is attacked."""

from chalicelib.guards.moment import Moment


def halted(moment: Moment) -> str | None:
    control = moment.control
    return f"the engine is halted by {control.by}: {control.reason}" if control.halted else None
