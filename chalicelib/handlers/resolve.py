"""Handle the events of the resolve function, which the API asks for the current targets of an attack.

The function's role may only read. The module imports neither app.py nor the API, and of the plugins only the one that
it asks.
"""

from typing import Any

from chalice.app import Blueprint

from chalicelib.planning import resolve_targets
from chalicelib.plugin import registry
from chalicelib.runtime import logs

resolutions = Blueprint(__name__)


@resolutions.lambda_function(name="resolve")
def resolve(event: Any, context: Any) -> dict[str, Any]:
    """Return the current targets of the attack ``{"ref", "args"}``: see ``Resolution.document``. Never raises.

    Logs nothing of the args, which may hold secrets.
    """
    logs.begin(context.aws_request_id)
    found = resolve_targets.resolve(event, registry.attacks())
    logs.emit(
        "targets resolved",
        ref=event["ref"] if isinstance(event, dict) and isinstance(event.get("ref"), str) else None,
        candidates=None if found.unknown else found.candidates,
        spared=found.spared or None,
        unknown=found.unknown,
    )
    return found.document()
