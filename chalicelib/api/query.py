"""Query strings: flags, page sizes and cursors.

On GET an unknown parameter is ignored and a flag is false unless it is clearly true; on POST, PUT and DELETE either is
an error, since a misspelt ``dry_run`` must not make a plan.
"""

import base64
import json
import re
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from chalice.app import MultiDict, Request

from chalicelib.domain.errors import InvalidRequest

_TRUE = frozenset({"true", "yes", "on", "y", "1"})
_FALSE = frozenset({"false", "no", "off", "n", "0"})
DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000
_LONGEST_KEY = 1024
"""Bytes of a sort key in DynamoDB. A position of a row that the engine did not write can be any text."""


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The query of a list: ``after`` is the position of the last item of the page before.

    ``list_key`` identifies the list, so that a cursor of one list is refused by another.
    """

    everything: bool
    limit: int
    after: str | None
    list_key: str


def page_query(request: Request, list_name: str, flag: str, filters: str = "") -> PageQuery:
    """Return the page that a GET asks for; ``flag`` is the parameter that shows everything, ``filters`` narrow the
    list.

    Raises ``InvalidRequest`` for a limit that is not 1 to 1000 and for a cursor that the engine did not make for this
    very list.
    """
    given = request.query_params or MultiDict(None)
    everything = given.get(flag, "").lower() in _TRUE
    list_key = f"{list_name}{'*' if everything else ''}{filters}"
    return PageQuery(everything, _limit(given), _after(given.get("cursor"), list_key), list_key)


def cursor(position: str, list_key: str) -> str:
    """Return a page's continuation as opaque text."""
    content = json.dumps([list_key, position], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(zlib.crc32(content).to_bytes(4, "big") + content).decode().rstrip("=")


def strict_flags(request: Request, known: Collection[str] = ()) -> dict[str, bool]:
    """Return the flags of a request that changes something; each must be ``true`` or ``false``.

    Raises ``InvalidRequest`` for an unknown parameter, for one that is given twice, and for a value that is neither.
    """
    given = request.query_params or MultiDict(None)
    unknown = [name for name in given if name not in known]
    if unknown:
        allowed = f"known are {', '.join(sorted(known))}" if known else "this call takes none"
        raise InvalidRequest(f"unknown query parameter {unknown[0][:100]}: {allowed}")
    twice = [name for name in given if len(given.getlist(name)) > 1]
    if twice:
        raise InvalidRequest(f"the parameter {twice[0][:100]} is given more than once: give it once")
    return {name: _strict(name, given[name]) for name in given}


def _strict(name: str, value: str) -> bool:
    if value.lower() not in _TRUE | _FALSE:
        raise InvalidRequest(f"the parameter {name} is no flag: give true or false")
    return value.lower() in _TRUE


def _limit(given: Mapping[str, str]) -> int:
    text = given.get("limit", str(DEFAULT_LIMIT))
    if not (re.fullmatch(r"\d{1,4}", text, re.ASCII) and 1 <= int(text) <= LARGEST_LIMIT):
        raise InvalidRequest(f"the parameter limit is out of range: give a whole number from 1 to {LARGEST_LIMIT}")
    return int(text)


def _after(text: str | None, list_key: str) -> str | None:
    if text is None:
        return None
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        content: list[str] = json.loads(raw[4:])
        key, position = content
        sound = zlib.crc32(raw[4:]) == int.from_bytes(raw[:4], "big") and key == list_key
        sound = sound and isinstance(content, list) and 0 < len(position.encode()) < _LONGEST_KEY
    except (ValueError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise InvalidRequest("the cursor is not one of this list: follow _links.next, or begin without a cursor")
    return str(position)
