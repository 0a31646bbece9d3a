"""The halt lever: while it is pulled nothing is attacked."""

from chalicelib.domain.engine_state import Control
from chalicelib.guards.context import DueContext


def halted(context: DueContext) -> str | None:
    return halt_reason(context.control)


def halt_reason(control: Control) -> str | None:
    """Return who halted the engine and why; None where it is not halted."""
    return f"the engine is halted by {control.by}: {control.reason}" if control.halted else None
