"""JSON Schemas that are closed by construction: a misspelt property is refused, never ignored."""

from collections.abc import Iterable, Mapping
from typing import Any

Schema = Mapping[str, Any]


def closed(required: Iterable[str] = (), **properties: Schema) -> dict[str, Any]:
    """Return the schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }
