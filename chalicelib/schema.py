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
ROLE_ARN: Schema = {
    "type": "string",
    "maxLength": 2048,
    "pattern": r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/([0-9A-Za-z_+=,.@-]+/)*[0-9A-Za-z_+=,.@-]{1,64}$(?!\n)",
    "description": "the ARN of an IAM role to act as, e.g. arn:aws:iam::210987654321:role/chaosmonkey-target;"
    " the stage's ALLOWED_ROLES has to allow it",
}
EXTERNAL_ID: Schema = {
    "type": "string",
    "minLength": 2,
    "maxLength": 1224,
    "pattern": r"^[0-9A-Za-z_+=,.@:/-]+$(?!\n)",
    "description": "the external id that the role's trust policy asks for",
}
OTHER_ACCOUNT: Mapping[str, Schema] = {"role_arn": ROLE_ARN, "external_id": EXTERNAL_ID}
"""The args of an attack that can act in another account. What AWS takes:
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
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
