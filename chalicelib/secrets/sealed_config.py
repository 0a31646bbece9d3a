"""Store a config: take its secrets out, leave a mark for each, and encrypt them together in one text beside them.

``{"ref", "args": {"pem": {"$secret": 0}}, "$sealed": "..."}``. A mark that holds a reference, ``{"$secret": {"ssm":
"/..."}}``, has nothing encrypted. The mark of a text that is secret in part holds the part to show, ``{"$secret": 0,
"$shown": "https://host/?key=********"}``. Marks are found anywhere in a config, so a plugin whose schema has changed
since gets its secrets back, never a mark. Therefore nobody may post an object that looks like one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.model import Config
from chalicelib.domain.secret_reference import Reference
from chalicelib.secrets.locate import Secret, replaced_in_config
from chalicelib.secrets.parts import MASK

SEALED = "$sealed"
_SECRET = "$secret"  # noqa: S105 - the name of a mark
_SHOWN = "$shown"


def extract_secrets(config: Config, schema: Any) -> tuple[dict[str, Any], list[Any]]:
    """Return the config with marks in place of its secrets, and the secrets by the numbers of their marks."""
    secrets: list[Any] = []

    def mark(secret: Secret) -> dict[str, Any]:
        if secret.takes_text and (reference := Reference.of(secret.value)):
            return {_SECRET: reference.document()}
        secrets.append(secret.value)
        marked = {_SECRET: len(secrets) - 1}
        return marked if secret.shown == MASK else {**marked, _SHOWN: secret.shown}

    return replaced_in_config(config, schema, mark), secrets


def restore_secrets(config: Config, secrets: list[Any], read: Callable[[Reference], Any]) -> dict[str, Any]:
    """Return the config as it was before ``extract_secrets``, its references read. Raises ``LookupError`` where a mark
    has no secret."""

    def secret(mark: Mapping[str, Any]) -> Any:
        reference = Reference.of(mark[_SECRET])
        return read(reference) if reference else secrets[_number(mark[_SECRET])]

    return _without_marks(config, secret)


def shown(config: Config) -> dict[str, Any]:
    """Return the config with a mask in place of each secret, and references as they were posted."""

    def mask(mark: Mapping[str, Any]) -> Any:
        reference = Reference.of(mark[_SECRET])
        return reference.document() if reference else str(mark.get(_SHOWN, MASK))

    return _without_marks(config, mask)


def has_marks(config: Config) -> bool:
    """Return whether a stored config has to be decrypted before use."""
    return _is_marked(config)


def has_references(config: Any) -> bool:
    """Return whether a secret of a stored config is read from elsewhere when it is used."""
    if isinstance(config, Mapping):
        mark = config.get(_SECRET)
        return Reference.of(mark) is not None or any(map(has_references, config.values()))
    return isinstance(config, list | tuple) and any(map(has_references, config))


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


def _without_marks(config: Config, by: Callable[[Mapping[str, Any]], Any]) -> dict[str, Any]:
    return {name: _unmarked(value, by) for name, value in config.items() if name != SEALED}


def _unmarked(value: Any, by: Callable[[Mapping[str, Any]], Any]) -> Any:
    if isinstance(value, Mapping):
        if _SECRET in value:
            return by(value)
        return {name: _unmarked(each, by) for name, each in value.items()}
    return [_unmarked(each, by) for each in value] if isinstance(value, list | tuple) else value
