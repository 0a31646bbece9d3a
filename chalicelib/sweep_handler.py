"""The sweep Lambda: every five minutes it repairs what was left unfinished."""

from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib import bootstrap
from chalicelib.events import emit

sweeps = Blueprint(__name__)


@sweeps.schedule(Rate(5, unit=Rate.MINUTES), name="sweep")
def sweep(event: Any) -> dict[str, int]:
    """Sweep once and say what was repaired."""
    repaired = bootstrap.sweep(event.context.invoked_function_arn).sweep()
    emit("swept", **repaired)
    return repaired
