"""Freezes: spans of time in which nothing is attacked, set by people for the whole engine."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from chalicelib.domain.dates import show
from chalicelib.domain.engine_state import Freeze
from chalicelib.guards.context import DueContext


def frozen(context: DueContext) -> str | None:
    return freeze_reason(context.control.freezes, context.now, context.zone)


def freeze_reason(freezes: Iterable[Freeze], instant: datetime, zone: tzinfo) -> str | None:
    """Return the first freeze that holds at the instant, in words; None where there is none."""
    for freeze in freezes:
        if freeze.holds(instant):
            return f"the freeze {freeze.name!r} holds until {show(freeze.end, zone)}: {freeze.reason}"
    return None
