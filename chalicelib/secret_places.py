"""Where in a config secrets stand. What is shown and what is stored both go by this one walk.

Secret is what the plugin's schema marks ``"writeOnly": true`` (JSON Schema's own word for what is accepted but never
given back), be it through ``$ref``, ``allOf``, ``anyOf``, ``oneOf`` or a condition; whatever the schema says, what
bears a name that is secret by custom; and a URL that holds a user or a password. In doubt it is one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

_WORDS = (
    *("pem", "password", "passphrase", "secret", "token", "authorization", "cookie"),
    *("api[-_]?key", "private[-_]?key", "secret[-_]?key", "secret[-_]access[-_]key"),
)
SECRET_NAMES = f"(?:.*[-_])?(?:{'|'.join(_WORDS)})"
"""What a name is or ends with: also ``X-Vault-Token``, ``DB_PASSWORD``."""
_SECRET_NAME = re.compile(SECRET_NAMES, re.IGNORECASE)
_URL_WITH_USER = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]*@")

Replace = Callable[[Any, bool], Any]
"""What is put in the place of a secret, given the secret and whether a text may stand there."""


def is_secret_name(name: str) -> bool:
    """Whether what is called so is a secret, whatever a schema says."""
    return _SECRET_NAME.fullmatch(name) is not None


def takes_text(schema: Any) -> bool:
    """Whether a schema's own ``type`` lets a text stand there."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return kind is None or kind == "string" or (isinstance(kind, list) and "string" in kind)


def replaced_in_config(config: Mapping[str, Any], schema: Any, by: Replace) -> dict[str, Any]:
    """A copy of a config ``{"ref", "args"}`` with every secret replaced; ``schema`` is its plugin's, None if unknown.

    The ref and the names of the args are never secret. A schema whose properties do not name ``args`` is one of the
    args.
    """
    whole = list(_applying([schema], schema))
    named = any("args" in _mapping(each, "properties") for each in whole)
    inside = list(_applying(_properties(whole, "args"), schema)) if named else whole

    def part(name: str, value: Any) -> Any:
        if name == "args" and isinstance(value, Mapping):
            return {each: _of_property(each, one, inside, schema, by) for each, one in value.items()}
        return value if name == "ref" else _of_property(name, value, whole, schema, by)

    return {name: part(name, value) for name, value in config.items()}


def replaced(value: Any, schema: Any, by: Replace) -> Any:
    """A copy of a JSON value with every secret replaced; ``schema`` is the one that judges it, None if unknown."""
    return _replaced(value, [schema], schema, by)


def _replaced(value: Any, schemas: Iterable[Any], root: Any, by: Replace) -> Any:
    applying = list(_applying(schemas, root))
    if _is_marked(applying):
        return by(value, _take_text(applying))
    if isinstance(value, Mapping):
        return {name: _of_property(name, each, applying, root, by) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(each, _items(applying, number), root, by) for number, each in enumerate(value)]
    if isinstance(value, str) and _URL_WITH_USER.search(value):
        return by(value, True)
    return value


def _of_property(name: str, value: Any, applying: list[Mapping[str, Any]], root: Any, by: Replace) -> Any:
    schemas = list(_properties(applying, name))
    if is_secret_name(name) or _is_marked(applying):
        return by(value, _take_text(list(_applying(schemas, root))))
    return _replaced(value, schemas, root, by)


def _is_marked(applying: list[Mapping[str, Any]]) -> bool:
    return any(each.get("writeOnly") is True for each in applying)


def _take_text(applying: list[Mapping[str, Any]]) -> bool:
    return not applying or any(map(takes_text, applying))


def _applying(schemas: Iterable[Any], root: Any) -> Iterator[Mapping[str, Any]]:
    """The schemas and whatever they are made of that may judge the same value."""
    left, seen = list(schemas), set()
    while left:
        each = left.pop()
        if not isinstance(each, Mapping) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        for word in ("allOf", "anyOf", "oneOf"):
            left += each[word] if isinstance(each.get(word), list | tuple) else ()
        left += (each.get(word) for word in ("if", "then", "else"))
        left += _mapping(each, "dependentSchemas").values()
        left += (_target(each.get(word), root) for word in ("$ref", "$dynamicRef"))


def _properties(applying: Iterable[Mapping[str, Any]], name: str) -> Iterator[Any]:
    for each in applying:
        found = [_mapping(each, "properties").get(name)]
        found += [one for pattern, one in _mapping(each, "patternProperties").items() if re.search(pattern, name)]
        found = [one for one in found if one is not None]
        yield from found or (each.get("additionalProperties"),)
        yield each.get("unevaluatedProperties")


def _items(applying: Iterable[Mapping[str, Any]], number: int) -> Iterator[Any]:
    for each in applying:
        first = each.get("prefixItems")
        first = first if isinstance(first, list | tuple) else ()
        yield first[number] if number < len(first) else each.get("items")
        yield from (each.get("contains"), each.get("unevaluatedItems"))


def _target(reference: Any, root: Any) -> Any:
    """What a reference within the schema leads to, ``#/$defs/key`` or ``#anchor``; None where it leads elsewhere."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    if reference[1:] and not reference.startswith("#/"):
        return _anchored(reference[1:], root)
    found = root
    for part in unquote(reference).split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list | tuple) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def _anchored(name: str, schema: Any) -> Any:
    if isinstance(schema, Mapping):
        if name in (schema.get("$anchor"), schema.get("$dynamicAnchor")):
            return schema
        schema = tuple(schema.values())
    if isinstance(schema, list | tuple):
        return next((found for each in schema if (found := _anchored(name, each)) is not None), None)
    return None


def _mapping(schema: Mapping[str, Any], word: str) -> Mapping[str, Any]:
    found = schema.get(word)
    return found if isinstance(found, Mapping) else {}
