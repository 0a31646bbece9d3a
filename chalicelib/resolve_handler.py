"""The resolve Lambda: the API asks it what an attack could hit now. Its role can look, and change nothing.

It imports neither app.py nor the API, and of the plugins only the one it asks.
"""

from typing import Any

from chalice.app import Blueprint

from chalicelib import logs, registry, resolving

resolutions = Blueprint(__name__)


@resolutions.lambda_function(name="resolve")
def resolve(event: Any, context: Any) -> dict[str, Any]:
    """What the attack ``{"ref", "args"}`` could hit now: see ``Resolution.document``. Never raises.

    Of the args, which may hold secrets, nothing is logged.
    """
    logs.begin(context.aws_request_id)
    found = resolving.resolve(event, registry.attacks())
    logs.emit(
        "targets resolved",
        ref=event["ref"] if isinstance(event, dict) and isinstance(event.get("ref"), str) else None,
        candidates=None if found.unknown else found.candidates,
        spared=found.spared or None,
        unknown=found.unknown,
    )
    return found.document()
