"""A config as it is stored: its secrets taken out, each leaving a mark, and sealed together in one text beside them.

``{"ref", "args": {"pem": {"$secret": 0}}, "$sealed": "..."}``. A mark that holds a reference,
``{"$secret": {"ssm": "/..."}}``, has nothing sealed. Marks are found wherever they stand, so that a plugin whose schema
has changed since still gets its secrets back and never a mark; that no one may post what looks like one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.errors import InvalidRequest
from chalicelib.model import Config
from chalicelib.references import Reference
from chalicelib.secret_places import replaced_in_config

MASK = "********"
SEALED = "$sealed"
_SECRET = "$secret"  # noqa: S105 - the name of a mark


def taken_out(config: Config, schema: Any) -> tuple[dict[str, Any], list[Any]]:
    """The config with marks where its secrets were, and the secrets by the numbers of their marks."""
    secrets: list[Any] = []

    def mark(secret: Any, text: bool) -> dict[str, Any]:
        if text and (reference := Reference.of(secret)):
            return {_SECRET: reference.document()}
        secrets.append(secret)
        return {_SECRET: len(secrets) - 1}

    return replaced_in_config(config, schema, mark), secrets


def put_back(config: Config, secrets: list[Any], read: Callable[[Reference], Any]) -> dict[str, Any]:
    """The config as it was before ``taken_out``, its references read. Raises ``LookupError`` where a mark has no
    secret."""

    def secret(mark: Any) -> Any:
        reference = Reference.of(mark)
        return read(reference) if reference else secrets[_number(mark)]

    return _without_marks(config, secret)


def shown(config: Config) -> dict[str, Any]:
    """The config with a mask where a secret was, and references as they were posted."""

    def mask(mark: Any) -> Any:
        reference = Reference.of(mark)
        return reference.document() if reference else MASK

    return _without_marks(config, mask)


def has_marks(config: Config) -> bool:
    """Whether a stored config has to be opened before use."""
    return _is_marked(config)


def refuse_marks(config: Any) -> None:
    """Raise ``InvalidRequest`` where what is posted has a name that only what is stored may have."""
    if _is_marked(config) or (isinstance(config, Mapping) and SEALED in config):
        raise InvalidRequest(f"{_SECRET} and {SEALED} are the engine's own names: give another")


def _number(mark: Any) -> int:
    if not isinstance(mark, int) or mark < 0:
        raise LookupError(f"there is no secret {mark!r}")
    return mark


def _is_marked(value: Any) -> bool:
    if isinstance(value, Mapping):
        return _SECRET in value or any(map(_is_marked, value.values()))
    return isinstance(value, list | tuple) and any(map(_is_marked, value))


def _without_marks(config: Config, by: Callable[[Any], Any]) -> dict[str, Any]:
    return {name: _unmarked(value, by) for name, value in config.items() if name != SEALED}


def _unmarked(value: Any, by: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        if _SECRET in value:
            return by(value[_SECRET])
        return {name: _unmarked(each, by) for name, each in value.items()}
    return [_unmarked(each, by) for each in value] if isinstance(value, list | tuple) else value
