"""The tags of a machine of any cloud, as far as libcloud shows them."""

from collections.abc import Mapping
from typing import Any

_PLACES = ("tags", "Tags", "tag", "metadata", "labels")


def of(node: Any) -> dict[str, str] | None:
    """Return the tags of a libcloud node: what it has under ``tags``, ``metadata``, ``labels`` and the like, together.

    A name without a value is a key whose value is ``true``; ``key=value`` is a key and its value. None for a form that
    is unknown, or for two values of one key: then the tags cannot be read. A node of a cloud that has none of these has
    no tags.
    """
    extra = getattr(node, "extra", None) or {}
    found: dict[str, str] = {}
    for place in _PLACES:
        shown = extra.get(place)
        if shown is None or shown == "":
            continue
        pairs = _pairs([shown] if place == "tag" and isinstance(shown, str) else shown)
        if pairs is None or any(found.setdefault(key, value) != value for key, value in pairs):
            return None
    return found


def _pairs(shown: Any) -> list[tuple[str, str]] | None:
    if isinstance(shown, Mapping):
        plain = {key: value for key, value in shown.items() if not isinstance(value, Mapping)}
        listed = _pairs(plain.pop("items")) if isinstance(shown.get("items"), list) else []  # Google's metadata
        if listed is None or any(isinstance(value, list | tuple | set | frozenset) for value in plain.values()):
            return None
        return [*((str(key), _text(value)) for key, value in plain.items()), *listed]
    if not isinstance(shown, list | tuple | set | frozenset):
        return None
    found: list[tuple[str, str]] = []
    for each in shown:
        if isinstance(each, str):
            key, equals, value = each.partition("=")
            found.append((key, value if equals else "true"))
        elif isinstance(each, Mapping) and "key" in each:
            found.append((str(each["key"]), _text(each.get("value"))))
        elif isinstance(each, Mapping) and "Key" in each:
            found.append((str(each["Key"]), _text(each.get("Value"))))
        else:
            return None
    return found


def _text(value: Any) -> str:
    """Return a value as a setting writes it: ``true`` for a yes."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
