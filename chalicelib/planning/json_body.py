"""Parse the bytes of a request into a JSON document that is safe to walk, store and write back.

Raises ``InvalidRequest`` ("payload must be a valid json", the original's message) for a body that is no JSON. ``NaN``
and infinities, which Python's parser accepts, are no JSON, nor is text without a UTF-8 form.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from chalicelib.domain.bad_json import explain
from chalicelib.domain.errors import InvalidRequest, PayloadTooLarge
from chalicelib.domain.fault import Fault, json_path

LARGEST_BODY = 256 * 1024
DEEPEST_NESTING = 32
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

Path = tuple[str | int, ...]


def parse(body: bytes) -> Any:
    """Return the document in a body of at most 256 KB, nested at most 32 deep.

    Raises ``PayloadTooLarge`` or ``InvalidRequest``. It refuses a name that an object has twice, because parsers differ
    in which of the two counts. It refuses U+FFFD, which API Gateway puts in place of bytes that are not UTF-8.
    """
    if len(body) > LARGEST_BODY:
        raise PayloadTooLarge(LARGEST_BODY)
    try:
        document = json.loads(
            body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite, parse_int=_whole, object_pairs_hook=_once
        )
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise not_json(explain(body, error)) from None
    for path, value in _walk(document):
        _check(path, value)
    if len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")) > LARGEST_BODY:
        raise PayloadTooLarge(LARGEST_BODY, as_stored=True)
    return document


class _Repeating(dict[str, Any]):
    """An object that has a name twice."""

    def __init__(self, pairs: list[tuple[str, Any]], name: str) -> None:
        super().__init__(pairs)
        self.name = name


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    counts = Counter(name for name, _ in pairs)
    return _Repeating(pairs, counts.most_common(1)[0][0])


def _walk(document: Any) -> Iterator[tuple[Path, Any]]:
    """Yield every value of the document with its path, level by level. Raises ``InvalidRequest`` for too many
    levels."""
    level: list[tuple[Path, Any]] = [((), document)]
    for depth in range(DEEPEST_NESTING + 1):
        if depth == DEEPEST_NESTING and any(isinstance(value, dict | list) for _, value in level):
            raise _too_deep()
        yield from level
        level = [((*path, name), child) for path, value in level for name, child in _inside(value)]


def _inside(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _check(path: Path, value: Any) -> None:
    """Raise ``InvalidRequest`` for a value that is JSON, but surely a mistake."""
    if isinstance(value, _Repeating):
        place = json_path((*path, value.name))
        raise InvalidRequest(Fault(place, "the property is given twice in its object", "give it once"))
    for text in value if isinstance(value, dict) else (value,):
        if isinstance(text, str) and not text.isascii():
            _check_text(path, text)


def _check_text(path: Path, text: str) -> None:
    if _REPLACEMENT in text:
        accepted = "send the body as UTF-8, and no U+FFFD"
        raise InvalidRequest(Fault(json_path(path), "U+FFFD replaces a character that was lost", accepted))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise not_json(Fault(json_path(path), "half of a surrogate pair is alone")) from None


def not_json(fault: Fault) -> InvalidRequest:
    """Return the error for a body that is no JSON, with the original's message."""
    return InvalidRequest("payload must be a valid json", (fault,))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON: give a number, or null")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range: give one below 1.8e308")
    return number


def _whole(text: str) -> int:
    if len(text) > 4000:  # Python reads no more than 4,300 digits
        raise ValueError("a number has too many digits: give at most 4,000, or a text")
    return int(text)


def _too_deep() -> InvalidRequest:
    message = f"nested deeper than {DEEPEST_NESTING} levels"
    return InvalidRequest(f"invalid payload {message}", (Fault("$", message),))
