"""A reference that stands where a secret would: the secret is kept elsewhere, and read when the attack begins.

``{"ssm": "/chaosmonkey/<stage>/..."}`` is a parameter of Systems Manager, ``{"secretsmanager": "<arn>"}`` a secret
named ``chaosmonkey/<stage>/...``. Below these prefixes the attack function may read, and nowhere else.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.errors import InvalidRequest
from chalicelib.schema import Schema, closed
from chalicelib.secret_places import SECRET_NAMES, is_secret_name, takes_text

_KINDS = ("ssm", "secretsmanager")
REFERENCE: Schema = {
    "oneOf": [closed([kind], **{kind: {"type": "string"}}) for kind in _KINDS],
    "description": "where the secret is kept: a parameter of Systems Manager by its name, or a secret by its ARN",
}
_OF_ONE = ("items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "contains", "then", "else")
_OF_SEVERAL = ("allOf", "anyOf", "oneOf", "prefixItems")
_BY_NAME = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")


@dataclass(frozen=True, slots=True)
class Reference:
    """``kind`` is ``ssm`` or ``secretsmanager``, ``name`` the parameter's name or the secret's ARN."""

    kind: str
    name: str

    @classmethod
    def of(cls, value: Any) -> "Reference | None":
        """The reference that a value is, if it is one."""
        if isinstance(value, Mapping) and len(value) == 1:
            [(kind, name)] = value.items()
            if kind in _KINDS and isinstance(name, str):
                return cls(kind, name)
        return None

    def document(self) -> dict[str, str]:
        """As it was posted."""
        return {self.kind: self.name}

    def require_below(self, stage: str) -> None:
        """Raise ``InvalidRequest`` unless the stage's attack function may read it."""
        if self.kind == "ssm":
            pattern, wanted = rf"/chaosmonkey/{stage}/[A-Za-z0-9_./-]{{1,900}}", f"/chaosmonkey/{stage}/..."
        else:
            pattern = (
                r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:"
                rf"chaosmonkey/{stage}/[A-Za-z0-9/_+=.@-]{{1,512}}"
            )
            wanted = f"the ARN of a secret named chaosmonkey/{stage}/..."
        if not re.fullmatch(pattern, self.name, re.ASCII):
            raise InvalidRequest(f"the reference to a secret {self.name[:200]!r} cannot be read: give {wanted}")


Or = Callable[[Any], Any]
"""A schema, as one that also accepts a reference."""


def with_references(schema: Any) -> Any:
    """A plugin's schema that also accepts a reference wherever it wants a secret text."""
    return _with(schema, _or_reference, by_name=True)


def described_with_references(schema: Any) -> Any:
    """The same for people to read. Names that are secret by custom alone are left out: it takes a pattern that not
    every reader knows."""
    return _with(schema, lambda secret: {"anyOf": [secret, REFERENCE]}, by_name=False)


def _or_reference(secret: Any) -> Any:
    """In a form that leaves the schema's own words for what is wrong with anything else."""
    return {"if": REFERENCE, "else": secret}


def _with(schema: Any, either: Or, *, by_name: bool) -> Any:
    inside = _within(schema, either, by_name=by_name)
    is_secret = isinstance(schema, Mapping) and schema.get("writeOnly") is True and takes_text(schema)
    return either(inside) if is_secret else inside


def _within(schema: Any, either: Or, *, by_name: bool) -> Any:
    if not isinstance(schema, Mapping):
        return schema

    def further(part: Any) -> Any:
        return _with(part, either, by_name=by_name)

    made = dict(schema)
    for word in _OF_ONE:
        if word in made:
            made[word] = further(made[word])
    for word in _OF_SEVERAL:
        if isinstance(made.get(word), list | tuple):
            made[word] = [further(each) for each in made[word]]
    for word in _BY_NAME:
        if isinstance(made.get(word), Mapping):
            made[word] = {name: further(each) for name, each in made[word].items()}
    return _secret_by_name(schema, made, either) if by_name else made


def _secret_by_name(schema: Mapping[str, Any], made: dict[str, Any], either: Or) -> dict[str, Any]:
    named = schema.get("properties")
    named = named if isinstance(named, Mapping) else {}
    for name in filter(is_secret_name, named):
        if takes_text(named[name]) and not _is_marked(named[name]):
            made["properties"][name] = either(made["properties"][name])
    others = schema.get("additionalProperties")
    if isinstance(others, Mapping) and takes_text(others) and not _is_marked(others):
        but = "".join(f"(?!{re.escape(name)}$)" for name in named)
        made["patternProperties"] = {
            **made.get("patternProperties", {}),
            f"^{but}(?i:{SECRET_NAMES})$(?!\\n)": either(made["additionalProperties"]),
        }
    return made


def _is_marked(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("writeOnly") is True
