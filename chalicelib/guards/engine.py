"""Check what blocks the whole engine: a halt, or a freeze at an instant."""

from datetime import datetime, tzinfo

from chalicelib.domain.engine_state import Control
from chalicelib.guards.blocked import Blocked
from chalicelib.guards.freeze import freeze_reason
from chalicelib.guards.halt import halt_reason


def check_engine(control: Control, instant: datetime, zone: tzinfo) -> Blocked | None:
    """Return why the engine attacks nothing at that instant, None where it may attack."""
    if reason := halt_reason(control):
        return Blocked("Halted", reason)
    if reason := freeze_reason(control.freezes, instant, zone):
        return Blocked("Frozen", reason)
    return None
