"""Handle the schedule of the sweep, which repairs unfinished work every five minutes."""

from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib.composition import bootstrap, parts
from chalicelib.runtime import logs
from chalicelib.runtime.metrics import OF_SWEEP, SWEEP_FAILED

sweeps = Blueprint(__name__)


@sweeps.schedule(Rate(5, unit=Rate.MINUTES), name="sweep")
def sweep(event: Any) -> dict[str, int]:
    """Sweep once, and return how many repairs of each kind were made, and how many failed."""
    logs.begin(event.context.aws_request_id)
    swept = bootstrap.sweep(event.context.invoked_function_arn).sweep()
    # A count of zero failures is written too: an alarm needs data.
    counts = {metric: swept[kind] for kind, metric in OF_SWEEP.items() if swept[kind]} | {SWEEP_FAILED: swept["failed"]}
    logs.emit("swept", **swept, **parts.metrics().of(counts))
    return swept
