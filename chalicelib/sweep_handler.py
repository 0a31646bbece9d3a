"""The sweep Lambda: every five minutes it repairs what was left unfinished."""

from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib import bootstrap, logs
from chalicelib.metrics import OF_SWEEP, SWEEP_FAILED

sweeps = Blueprint(__name__)


@sweeps.schedule(Rate(5, unit=Rate.MINUTES), name="sweep")
def sweep(event: Any) -> dict[str, int]:
    """Sweep once and say what was repaired, and how much could not be."""
    logs.begin(event.context.aws_request_id)
    swept = bootstrap.sweep(event.context.invoked_function_arn).sweep()
    # None failed is told too: what an alarm looks at should have data.
    counts = {metric: swept[kind] for kind, metric in OF_SWEEP.items() if swept[kind]} | {SWEEP_FAILED: swept["failed"]}
    logs.emit("swept", **swept, **bootstrap.metrics().of(counts))
    return swept
