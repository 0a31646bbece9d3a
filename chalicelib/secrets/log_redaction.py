"""Configs and words as people may see them: without secrets."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.domain.fault import is_date
from chalicelib.domain.secret_reference import Reference
from chalicelib.secrets.locate import Secret, replaced, replaced_in_config
from chalicelib.secrets.parts import secret_parts
from chalicelib.secrets.sealed_config import shown


def masked(value: Any, schema: Any = None) -> Any:
    """Return a copy of ``value`` with every secret replaced by ``MASK``; ``schema`` is the one that judges it, if
    known."""
    return replaced(value, schema, _mask)


def masked_config(config: Mapping[str, Any], schema: Any = None) -> dict[str, Any]:
    """Return the same of a plugin's config ``{"ref", "args"}``, posted or stored. References are no secrets."""
    return replaced_in_config(shown(config), schema, _mask)


def secret_texts(config: Mapping[str, Any], schema: Any = None) -> list[str]:
    """Return every text in a config's secrets."""
    found: list[str] = []

    def note(secret: Secret) -> None:
        if not (secret.takes_text and Reference.of(secret.value)):
            for text in texts(secret.value):
                found.extend((text, *secret_parts(text)))

    replaced_in_config(config, schema, note)
    return found


def texts(value: Any) -> Iterator[str]:
    """Yield the texts in a JSON value, and its numbers as texts."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from texts(each)


def texts_of(value: Any) -> tuple[str, ...]:
    """Return the texts in a JSON value that may be secrets: all but dates."""
    return tuple(text for text in texts(value) if not is_date(text))


def _mask(secret: Secret) -> Any:
    reference = Reference.of(secret.value) if secret.takes_text else None
    return reference.document() if reference else secret.shown
