"""Describe one spelling of what the API accepts in several.

Generators of clients turn values and properties into names, and two that differ only in case become one name.
Validation accepts every spelling; openapi.json describes the first.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

_VALUES = ("const", "default", "enum", "examples", "required")
_BY_NAME = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")


def canonical(schema: Any) -> Any:
    """Return the schema with the first of the enum values, and of the properties, that differ only in case.

    Defaults move into the descriptions.
    """
    if isinstance(schema, list | tuple):
        return [canonical(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {word: _part(word, part) for word, part in schema.items()}
    if "default" in made:  # generators make a property with a default required
        default = f"by default {json.dumps(made.pop('default'))}"
        made["description"] = f"{made['description']}; {default}" if "description" in made else default
    if made.get("type") == "object" and not {"properties", "additionalProperties", "$ref"} & {*made}:
        made["additionalProperties"] = True  # generators take an object without either for an empty one
    if isinstance(made.get("enum"), list):
        made["enum"] = [*_once(made["enum"])]
    if isinstance(made.get("properties"), Mapping):
        kept = [*_once(made["properties"])]
        made["properties"] = {name: made["properties"][name] for name in kept}
        if isinstance(made.get("required"), list):
            made["required"] = [name for name in made["required"] if name in kept]
    return made


def _part(word: str, part: Any) -> Any:
    if word in _VALUES:
        return part
    if word in _BY_NAME and isinstance(part, Mapping):
        return {name: canonical(each) for name, each in part.items()}
    return canonical(part)


def _once(values: Iterable[Any]) -> Iterable[Any]:
    known: set[str] = set()
    for value in values:
        if isinstance(value, str):
            if value.casefold() in known:
                continue
            known.add(value.casefold())
        yield value
