"""Collect the schemas of request bodies for ``openapi.json``.

These are the schemas that validate requests. A plan's attack and planner are one of the installed plugins, by ref.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

from chalicelib.api.canonical import canonical
from chalicelib.domain.json_schema import Schema, closed
from chalicelib.plugin import Attack, Plugin
from chalicelib.plugin.registry import Registry
from chalicelib.secrets.reference_schemas import described_with_references

log = logging.getLogger(__name__)


def bodies(attacks: Registry[Any], planners: Registry[Any]) -> dict[str, Schema]:
    """Return the schemas of request bodies by name, those of the plugins among them."""
    from chalicelib.planning.triggers import ARGS, TRIGGER
    from chalicelib.planning.validation import NEW_NAME, PLAN
    from chalicelib.services.engine_state import FREEZE, LEVER

    parts = {registry.kind: _parts(registry) for registry in (attacks, planners)}
    chosen = {kind: _one_of(kind, schemas) for kind, schemas in parts.items() if schemas}
    return {
        "NewPlan": {**PLAN, "properties": {**PLAN["properties"], **chosen}},
        "NewName": NEW_NAME,
        "Trigger": {
            "oneOf": [{"$ref": f"#/components/schemas/trigger.{kind}"} for kind in ARGS],
            "discriminator": {
                "propertyName": "type",
                "mapping": {kind: f"#/components/schemas/trigger.{kind}" for kind in ARGS},
            },
        },
        **{
            f"trigger.{kind}": {**TRIGGER, "properties": {"type": {"const": kind}, "args": args}}
            for kind, args in ARGS.items()
        },
        "Lever": LEVER,
        "NewFreeze": FREEZE,
        **{_name(kind, ref): schema for kind, schemas in parts.items() for ref, schema in schemas.items()},
    }


def _one_of(kind: str, schemas: Mapping[str, Schema]) -> Schema:
    named = {ref: f"#/components/schemas/{_name(kind, ref)}" for ref in schemas}
    return {
        "oneOf": [{"$ref": name} for name in named.values()],
        "discriminator": {"propertyName": "ref", "mapping": named},
    }


def _parts(registry: Registry[Any]) -> dict[str, Schema]:
    """Return the schema of each plugin's part of a plan, by ref, as ``validation`` accepts it."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    found: dict[str, Schema] = {}
    for plugin in registry.catalogue()[0]:
        try:
            Draft202012Validator.check_schema(plugin.schema)
        except SchemaError as error:
            log.warning("%s %s is not described: its schema is none (%s)", registry.kind, plugin.ref, error.message)
        else:
            found[plugin.ref] = _part(registry.kind, plugin)
    return found


def _part(kind: str, plugin: type[Plugin]) -> Schema:
    schema, ref = plugin.schema, {"type": "string", "const": plugin.ref}
    if issubclass(plugin, Attack):
        schema = described_with_references(schema)
    place = f"#/components/schemas/{_name(kind, plugin.ref)}"
    if "args" in schema.get("properties", {}):
        required = dict.fromkeys(("ref", *schema.get("required", ())))
        whole = {**_at(place, schema), "required": [*required]}
        whole["properties"] = {**whole["properties"], "ref": ref}
    else:  # as in the original, it is the schema of the args
        whole = closed(["ref"], ref=ref, args=_at(f"{place}/properties/args", schema))
    return {**canonical(whole), "examples": [plugin.example]}


def _at(place: str, schema: Any) -> Any:
    """Return a schema moved to that place in the document, its references to its own parts adapted."""
    if isinstance(schema, list):
        return [_at(place, each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        name: f"{place}{value[1:]}"
        if name == "$ref" and isinstance(value, str) and re.match("#(/|$)", value)
        else _at(place, value)
        for name, value in schema.items()
    }


def _name(kind: str, ref: str) -> str:
    return f"{kind}.{re.sub('[^A-Za-z0-9._-]', '.', ref)}"
