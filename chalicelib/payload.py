"""From the bytes of a request to a JSON document that is safe to walk, store and write back.

Raises ``InvalidRequest`` ("payload must be a valid json", the original's words) for what is not JSON: ``NaN`` and
infinities, which Python's parser lets pass, and text that has no UTF-8 form, are not.
"""

import json
import math
from typing import Any, NoReturn

from chalicelib.errors import InvalidRequest, PayloadTooLarge

LARGEST_BODY = 256 * 1024
DEEPEST_NESTING = 32


def parse(body: bytes) -> Any:
    """The document in a body of at most 256 KB, nested at most 32 deep.

    Raises ``PayloadTooLarge`` and ``InvalidRequest``.
    """
    if len(body) > LARGEST_BODY:
        raise PayloadTooLarge(LARGEST_BODY)
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise InvalidRequest("payload must be a valid json") from None
    if _depth_exceeds(document, DEEPEST_NESTING):
        raise _too_deep()
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number


def _too_deep() -> InvalidRequest:
    return InvalidRequest(f"invalid payload nested deeper than {DEEPEST_NESTING} levels")


def _depth_exceeds(document: Any, limit: int) -> bool:
    """Whether objects and lists are nested deeper than the limit, without recursion."""
    level = [document]
    for _ in range(limit):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)
