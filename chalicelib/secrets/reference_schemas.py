"""Schemas that accept, wherever a secret text may stand, a reference to a secret as well."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.json_schema import Schema, closed
from chalicelib.domain.secret_reference import KINDS
from chalicelib.secrets.locate import takes_text
from chalicelib.secrets.names import holds_environment, holds_headers, is_secret_name

REFERENCE: Schema = {
    "oneOf": [closed([kind], **{kind: {"type": "string"}}) for kind in KINDS],
    "description": "where the secret is kept: a parameter of Systems Manager by its name, or a secret by its ARN",
}
_OF_ONE = ("items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "contains", "then", "else")
_OF_SEVERAL = ("allOf", "anyOf", "oneOf", "prefixItems")
_BY_NAME = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")


def described_with_references(schema: Any) -> Any:
    """Return a plugin's schema for people to read: it accepts a reference wherever a secret text may stand.

    ``validation`` judges a document by the document itself, names included.
    """
    inside = _described(schema)
    is_secret = isinstance(schema, Mapping) and schema.get("writeOnly") is True and takes_text(schema)
    return _or_reference(inside) if is_secret else inside


def _or_reference(schema: Any) -> Any:
    return {"anyOf": [schema, REFERENCE]}


def _described(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    made = dict(schema)
    for word in _OF_ONE:
        if word in made:
            made[word] = described_with_references(made[word])
    for word in _OF_SEVERAL:
        if isinstance(made.get(word), list | tuple):
            made[word] = [described_with_references(each) for each in made[word]]
    for word in _BY_NAME:
        if isinstance(made.get(word), Mapping):
            made[word] = {name: described_with_references(each) for name, each in made[word].items()}
    for name, each in made["properties"].items() if isinstance(made.get("properties"), Mapping) else ():
        if is_secret_name(name) and _is_unmarked_text(schema["properties"][name]):
            made["properties"][name] = _or_reference(each)
        elif (holds_headers(name) or holds_environment(name)) and isinstance(each, Mapping):
            others = each.get("additionalProperties")
            if _is_unmarked_text(others):
                made["properties"][name] = {**each, "additionalProperties": _or_reference(others)}
    return made


def _is_unmarked_text(schema: Any) -> bool:
    return isinstance(schema, Mapping) and takes_text(schema) and schema.get("writeOnly") is not True
