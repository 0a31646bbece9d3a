"""Configs and words as people may see them: without secrets."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from chalicelib.errors import APIError, EngineError, Fault, InvalidRequest
from chalicelib.references import Reference
from chalicelib.seals import MASK, shown
from chalicelib.secret_places import replaced, replaced_in_config

_SHORTEST = 6
"""Characters. What is shorter stands in other words by chance, and instance ids are to stay as they are."""

_concealed: ContextVar[tuple[str, ...]] = ContextVar("_concealed", default=())


def masked(value: Any, schema: Any = None) -> Any:
    """A copy of ``value`` with every secret replaced by ``MASK``; ``schema`` is the one that judges it, if known."""
    return replaced(value, schema, _mask)


def masked_config(config: Mapping[str, Any], schema: Any = None) -> dict[str, Any]:
    """The same of a plugin's config ``{"ref", "args"}``, posted or stored. References are no secrets."""
    return replaced_in_config(shown(config), schema, _mask)


def secret_texts(config: Mapping[str, Any], schema: Any = None) -> list[str]:
    """Every text in a config's secrets."""
    found: list[str] = []

    def note(secret: Any, text: bool) -> None:
        if not (text and Reference.of(secret)):
            found.extend(texts(secret))

    replaced_in_config(config, schema, note)
    return found


def texts(value: Any) -> Iterator[str]:
    """The texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from texts(each)


@contextmanager
def concealing(secrets: Iterable[str]) -> Iterator[None]:
    """Meanwhile ``concealed`` masks these secrets, and so does the log. An ``EngineError`` passes without them."""
    lines = {line.strip() for secret in secrets for line in (secret, *secret.splitlines())}
    known = _concealed.get() + tuple(line for line in lines if len(line) >= _SHORTEST)
    held = _concealed.set(tuple(sorted(known, key=len, reverse=True)))
    try:
        yield
    except EngineError as error:
        error.args = concealed(error.args)
        if isinstance(error, InvalidRequest):
            error.faults = tuple(Fault(fault.path, concealed(fault.message)) for fault in error.faults)
        if isinstance(error, APIError):
            error.message, error.payload = concealed(error.message), concealed(error.payload)
        raise
    finally:
        _concealed.reset(held)


def concealed(value: Any) -> Any:
    """A copy of a JSON value whose texts show none of the secrets that are being concealed."""
    if not _concealed.get():
        return value
    return _each_text(value, _without_secrets)


def _without_secrets(text: str) -> str:
    for secret in _concealed.get():
        text = text.replace(secret, MASK)
    return text


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {_each_text(name, change): _each_text(each, change) for name, each in value.items()}
    return type(value)(_each_text(each, change) for each in value) if isinstance(value, list | tuple) else value


def _mask(secret: Any, text: bool) -> Any:
    reference = Reference.of(secret) if text else None
    return reference.document() if reference else MASK
