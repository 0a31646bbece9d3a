"""Find the secrets in a config. The same walk decides what is shown and what is stored.

A value is secret where the plugin's schema marks it ``"writeOnly": true``, also through ``$ref``, ``allOf``, ``anyOf``,
``oneOf`` or a condition. (JSON Schema uses that word for values that are accepted and never given back.)

These are secret whatever the schema says: a value with a secret's name (``secrets/names.py``), an environment variable,
a header that is not known to be harmless, and a text with a secret part (``secrets/parts.py``). In doubt a value is
secret.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from chalicelib.secrets.names import holds_environment, holds_headers, is_harmless_header, is_secret_name
from chalicelib.secrets.parts import MASK, mask_secret_parts

_NAMING = ("name", "key", "header", "field", "parameter", "variable", "option", "id", "k")
"""Properties that name what stands beside them in ``value``: ``{"name": "password", "value": "..."}``."""
_NAMED = ("value", "val", "v")


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret in its place: whether a text may stand there, and how people may see it."""

    value: Any
    takes_text: bool
    shown: str = MASK


Replace = Callable[[Secret], Any]
"""What is put in the place of a secret."""


def takes_text(schema: Any) -> bool:
    """Return whether a schema's own ``type`` allows a text."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return kind is None or kind == "string" or (isinstance(kind, list) and "string" in kind)


def replaced_in_config(config: Mapping[str, Any], schema: Any, by: Replace) -> dict[str, Any]:
    """Return a copy of a config ``{"ref", "args"}`` with every secret replaced.

    ``schema`` is its plugin's, None if unknown.

    The ref and the names of the args are never secret. A schema whose properties do not name ``args`` is one of the
    args.
    """
    whole = list(_applying([schema], schema))
    named = any("args" in _mapping(each, "properties") for each in whole)
    inside = list(_applying(_properties(whole, "args"), schema)) if named else whole

    def part(name: str, value: Any) -> Any:
        if name == "args" and isinstance(value, Mapping):
            return _of_object(value, inside, schema, by)
        return value if name == "ref" else _of_property(name, value, whole, schema, by)

    return {name: part(name, value) for name, value in config.items()}


def replaced(value: Any, schema: Any, by: Replace) -> Any:
    """Return a copy of a JSON value with every secret replaced; ``schema`` judges it, None if unknown."""
    return _replaced(value, [schema], schema, by)


def _replaced(value: Any, schemas: Iterable[Any], root: Any, by: Replace) -> Any:
    applying = list(_applying(schemas, root))
    if _is_marked(applying):
        return by(Secret(value, _take_text(applying)))
    if isinstance(value, str):
        shown = mask_secret_parts(value)
        return value if shown == value else by(Secret(value, True, shown))
    if isinstance(value, Mapping):
        return _of_object(value, applying, root, by)
    if isinstance(value, list | tuple):
        return [
            by(Secret(each, True))
            if _follows_secret_option(value, number)
            else [each[0], by(Secret(each[1], True))]
            if _is_secret_pair(each)
            else _replaced(each, _items(applying, number), root, by)
            for number, each in enumerate(value)
        ]
    return value


def _of_object(value: Mapping[str, Any], applying: list[Mapping[str, Any]], root: Any, by: Replace) -> dict[str, Any]:
    named = _named_value(value)
    return {
        name: by(Secret(each, True)) if name == named else _of_property(name, each, applying, root, by)
        for name, each in value.items()
    }


def _of_property(name: str, value: Any, applying: list[Mapping[str, Any]], root: Any, by: Replace) -> Any:
    schemas = list(_properties(applying, name)) if applying else []
    if is_secret_name(name) or _is_marked(applying):
        return by(Secret(value, _take_text(list(_applying(schemas, root)))))
    if isinstance(value, Mapping | list | tuple) and (holds_headers(name) or holds_environment(name)):
        return _of_container(value, holds_headers(name), schemas, root, by)
    if isinstance(value, str) and (
        (holds_headers(name) and ":" in value) or (holds_environment(name) and "=" in value)
    ):
        return by(Secret(value, True))
    return _replaced(value, schemas, root, by)


def _of_container(value: Any, of_headers: bool, schemas: list[Any], root: Any, by: Replace) -> Any:
    """Return a copy of headers or environment variables, an object, pairs or lines, with their values replaced."""
    applying = list(_applying(schemas, root))
    if _is_marked(applying):
        return by(Secret(value, _take_text(applying)))
    if isinstance(value, list | tuple):
        return [
            _of_container(each, of_headers, list(_items(applying, number)), root, by)
            if isinstance(each, Mapping)
            else by(Secret(each, True))
            for number, each in enumerate(value)
        ]
    of_pair = next((name for name in _NAMING if isinstance(value.get(name), str) and "value" in value), None)
    copy = {}
    for name, each in value.items():
        is_known = name == of_pair or (of_headers and is_harmless_header(value[of_pair] if of_pair else name))
        if is_known:
            copy[name] = _of_property(name, each, applying, root, by)
        else:
            copy[name] = by(Secret(each, _take_text(list(_applying(_properties(applying, name), root)))))
    return copy


def _named_value(value: Mapping[str, Any]) -> str | None:
    """Return the property whose value is a secret because its neighbour names it so."""
    if not any(
        name.lower() in _NAMING and isinstance(each, str) and is_secret_name(each) for name, each in value.items()
    ):
        return None
    return next((name for name in value if name.lower() in _NAMED), None)


def _follows_secret_option(value: Sequence[Any], number: int) -> bool:
    """Return whether an argument follows an option that names a secret: ``["--password", "..."]``."""
    before = value[number - 1] if number else None
    return isinstance(before, str) and before.startswith("-") and is_secret_name(before.lstrip("-"))


def _is_secret_pair(value: Any) -> bool:
    """Return whether this is one of several pairs, and its first names a secret: ``[["password", "..."]]``."""
    return (
        isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[0], str) and is_secret_name(value[0])
    )


def _is_marked(applying: list[Mapping[str, Any]]) -> bool:
    return any(each.get("writeOnly") is True for each in applying)


def _take_text(applying: list[Mapping[str, Any]]) -> bool:
    return not applying or any(map(takes_text, applying))


def _applying(schemas: Iterable[Any], root: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the schemas and their parts that may judge the same value."""
    if not (left := list(schemas)):
        return
    seen: set[int] = set()
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
        found = found or [each.get("additionalProperties")]
        yield from (one for one in (*found, each.get("unevaluatedProperties")) if one is not None)


def _items(applying: Iterable[Mapping[str, Any]], number: int) -> Iterator[Any]:
    for each in applying:
        first = each.get("prefixItems")
        first = first if isinstance(first, list | tuple) else ()
        yield first[number] if number < len(first) else each.get("items")
        yield from (each.get("contains"), each.get("unevaluatedItems"))


def _target(reference: Any, root: Any) -> Any:
    """Return the target of a reference within the schema, ``#/$defs/key`` or ``#anchor``; None for any other."""
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
