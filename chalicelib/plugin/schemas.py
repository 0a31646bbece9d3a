"""The JSON Schemas of the args that attacks have in common, and of a whole plugin."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.domain import regions
from chalicelib.domain.ec2_filters import FORMAT, STATE_FORMAT
from chalicelib.domain.json_schema import Schema, closed

TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 1024}
REGION: Schema = {
    "type": "string",
    "maxLength": 64,
    "pattern": rf"^{regions.REGION}$(?!\n)",
    "description": "an AWS Region, e.g. eu-west-1",
}
ROLE_ARN: Schema = {
    "type": "string",
    "maxLength": 2048,
    "pattern": rf"^arn:{regions.PARTITION}:iam::[0-9]{{12}}:role/"
    r"([0-9A-Za-z_+=,.@-]+/)*[0-9A-Za-z_+=,.@-]{1,64}$(?!\n)",
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


def _filter_values(**text: Any) -> Schema:
    one = {"type": "string", "maxLength": 255, **text}
    return {"oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": 200}]}


EC2_FILTERS: Schema = {
    "type": "object",
    "description": "filters of EC2's DescribeInstances, by name; a value is a string or a list of them, 200 in all",
    "minProperties": 1,
    "maxProperties": 49,  # EC2 takes 50, and the engine adds one for the state
    "propertyNames": {"minLength": 1, "maxLength": 255, "format": FORMAT},
    "patternProperties": {"^instance-state-name$": _filter_values(format=STATE_FORMAT)},
    "additionalProperties": _filter_values(),
}


def plugin_schema(required: Iterable[str] = (), **args: Schema) -> dict[str, Any]:
    """Return the schema of a plugin's whole ``{"ref", "args"}`` object, given those of its args."""
    return closed(["ref", "args"], ref={"type": "string"}, args=closed(required, **args))
