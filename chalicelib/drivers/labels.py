"""The tags of a machine of any cloud, as far as libcloud shows them."""

from collections.abc import Mapping
from typing import Any

_PLACES = ("tags", "metadata", "labels")


def of(node: Any) -> dict[str, str] | None:
    """Keys and values of what libcloud shows of the node under ``tags``, ``metadata`` and ``labels``, together.

    A name alone, where a cloud knows no values, is a key whose value is ``true``; so is ``key=value`` a key and its
    value. None where what is shown has no form that is known, and so cannot be read. A cloud that shows none of the
    three has no tags.
    """
    extra = getattr(node, "extra", None) or {}
    found: dict[str, str] = {}
    for shown in (extra[place] for place in _PLACES if extra.get(place) is not None):
        pairs = _pairs(shown)
        if pairs is None:
            return None
        found |= pairs
    return found


def _pairs(shown: Any) -> dict[str, str] | None:
    if isinstance(shown, Mapping):
        pairs = {str(key): _text(value) for key, value in shown.items() if not isinstance(value, list | Mapping)}
        listed = _pairs(shown["items"]) if isinstance(shown.get("items"), list) else {}  # Google's metadata
        return None if listed is None else pairs | listed
    if not isinstance(shown, list | tuple | set | frozenset):
        return None
    found: dict[str, str] = {}
    for each in shown:
        if isinstance(each, str):
            key, equals, value = each.partition("=")
            found[key] = value if equals else "true"
        elif isinstance(each, Mapping) and "key" in each:
            found[str(each["key"])] = _text(each.get("value"))
        else:
            return None
    return found


def _text(value: Any) -> str:
    """As it is written in a setting: ``true`` for a yes."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
