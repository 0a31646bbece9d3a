"""Word what a JSON Schema refuses in a document, without repeating the document's values.

jsonschema's own messages repeat the refused value, which may be a secret in the wrong place. These messages use only
the schema and what is no secret: numbers, dates and names of properties. Messages of the original engine keep its
words.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chalicelib.domain.fault import Fault, is_date, json_path, nearest
from chalicelib.domain.formats import FORMATS

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_LONGEST_NAME = 64


def schema_fault(error: "ValidationError", start: str, document: Any, shown: Any) -> Fault:
    """Return the fault that an error of jsonschema stands for.

    ``start`` is the document's path in the body; ``shown`` is the document with its secrets masked.
    """
    path = json_path(error.absolute_path, start)
    if _at(document, error.absolute_path) is error.instance:
        subject = _sketch(_at(shown, error.absolute_path))
    else:
        path, subject = json_path([str(error.instance)], path), "the name"
    words = _WORDS.get(str(error.validator), _refused)
    return words(path, error, subject)


def _at(document: Any, path: Iterable[str | int]) -> Any:
    """Return the value at this path, or the mask in the place of an object that holds it."""
    for part in path:
        if not isinstance(document, Mapping | list):
            break
        document = document[part]  # type: ignore[index]  # a path of jsonschema fits its document
    return document


def _sketch(value: Any) -> str:
    """Return the value as text where it can hold no secret, else only its kind."""
    match value:
        case str():
            return repr(value) if len(value) <= 1 or value == "********" or is_date(value) else "'...'"
        case Mapping():
            return "{...}" if value else "{}"
        case Sequence():
            return "[...]" if value else "[]"
    return repr(value) if len(repr(value)) <= _LONGEST_NAME else "a number"


def _description(error: "ValidationError") -> str | None:
    return error.schema.get("description") if isinstance(error.schema, Mapping) else None


def _refused(path: str, error: "ValidationError", subject: str) -> Fault:
    if error.validator is None:  # the schema is false
        return Fault(path, f"{subject} is not allowed here")
    description = _description(error)
    return Fault(path, f"{subject} is not {description}" if description else f"{subject} breaks {error.validator!r}")


def _pattern(path: str, error: "ValidationError", subject: str) -> Fault:
    wanted = _description(error)
    return Fault(
        path, f"{subject} is not {wanted}" if wanted else f"{subject} does not match {error.validator_value!r}"
    )


def _type(path: str, error: "ValidationError", subject: str) -> Fault:
    kinds = error.validator_value if isinstance(error.validator_value, list | tuple) else [error.validator_value]
    return Fault(path, f"{subject} is not of type {', '.join(map(repr, kinds))}")


def _enum(path: str, error: "ValidationError", subject: str) -> Fault:
    accepted: Any = error.validator_value
    close = nearest(error.instance, filter(_is_text, accepted)) if isinstance(error.instance, str) else None
    return Fault(path, f"{subject} is not one of {accepted!r}", nearest=close)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _additional(path: str, error: "ValidationError", subject: str) -> Fault:
    schema: Any = error.schema
    instance: Any = error.instance
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    others = [name for name in instance if name not in known and not any(re.search(each, name) for each in patterns)]
    named = ", ".join(repr(name[:_LONGEST_NAME]) for name in others[:10])
    missing = [name for name in known if name not in instance]
    close = next((found for name in others[:10] if (found := nearest(name, missing))), None)
    were = "was" if len(others) == 1 else "were"
    return Fault(path, f"Additional properties are not allowed ({named} {were} unexpected)", nearest=close)


def _format(path: str, error: "ValidationError", subject: str) -> Fault:
    judge = FORMATS.get(str(error.validator_value))
    fault = judge(str(error.instance)) if judge else None
    if fault is None:
        return _refused(path, error, subject)
    description = _description(error)
    return replace(fault, path=path, accepted=f"give {description}" if description else fault.accepted)


def _several(what: str) -> Callable[[str, "ValidationError", str], Fault]:
    def words(path: str, error: "ValidationError", subject: str) -> Fault:
        return Fault(path, f"{subject} {what.format(error.validator_value)}")

    return words


def _of_the_schema(path: str, error: "ValidationError", subject: str) -> Fault:
    """Return a fault in jsonschema's own words, where these hold only numbers and names of the schema."""
    return Fault(path, str(error.message))


_WORDS: Mapping[str, Callable[[str, "ValidationError", str], Fault]] = {
    **dict.fromkeys(
        (
            *("required", "dependentRequired", "const"),
            *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        ),
        _of_the_schema,
    ),
    "type": _type,
    "enum": _enum,
    "additionalProperties": _additional,
    "pattern": _pattern,
    "format": _format,
    "minLength": _several("is too short: give at least {} characters"),
    "maxLength": _several("is too long: give at most {} characters"),
    "minItems": _several("is too short: give at least {} items"),
    "maxItems": _several("is too long: give at most {} items"),
    "uniqueItems": _several("has the same item twice: give each once"),
    "minProperties": _several("does not have enough properties: give at least {}"),
    "maxProperties": _several("has too many properties: give at most {}"),
    "anyOf": _several("is not valid under any of the given schemas"),
    "oneOf": _several("is not valid under exactly one of the given schemas"),
}
