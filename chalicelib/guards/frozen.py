"""Freezes: spans of time in which nothing is attacked, set by people for the whole engine."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from chalicelib.control import Freeze
from chalicelib.dates import show
from chalicelib.guards.moment import Moment


def frozen(moment: Moment) -> str | None:
    return why_frozen(moment.control.freezes, moment.now, moment.zone)


def why_frozen(freezes: Iterable[Freeze], instant: datetime, zone: tzinfo) -> str | None:
    """The first freeze that holds at the instant, in words."""
    for freeze in freezes:
        if freeze.holds(instant):
            return f"the freeze {freeze.name!r} holds until {show(freeze.end, zone)}: {freeze.reason}"
    return None
