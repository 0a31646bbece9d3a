"""JSON Schemas that are closed by construction: a misspelt property is refused, never ignored."""

from collections.abc import Iterable, Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 1024}
REGION: Schema = {
    "type": "string",
    "pattern": r"^[a-z]{2}(-[a-z]+)+-[0-9]+$(?!\n)",
    "description": "an AWS Region, e.g. eu-west-1",
}
DURATION: Schema = {
    "type": "integer",
    "minimum": 60,
    "maximum": 86_400,
    "description": "seconds until the attack is undone",
}
EC2_FILTERS: Schema = {
    "type": "object",
    "description": "filters of EC2's DescribeInstances, by name; a value is a string or a list of them",
    "minProperties": 1,
    "maxProperties": 50,
    "propertyNames": {"minLength": 1, "maxLength": 255},
    "additionalProperties": {
        "oneOf": [
            {"type": "string", "maxLength": 255},
            {"type": "array", "items": {"type": "string", "maxLength": 255}, "minItems": 1, "maxItems": 200},
        ]
    },
}


def closed(required: Iterable[str] = (), **properties: Schema) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def plugin_schema(required: Iterable[str] = (), **args: Schema) -> dict[str, Any]:
    """The schema of a plugin's whole ``{"ref", "args"}`` object, from those of its args."""
    return closed(["ref", "args"], ref={"type": "string"}, args=closed(required, **args))
