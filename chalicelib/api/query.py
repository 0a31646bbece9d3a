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

from chalicelib.errors import InvalidRequest

_TRUE = frozenset({"true", "yes", "on", "y", "1"})
_FALSE = frozenset({"false", "no", "off", "n", "0"})
_POSITION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6}Z|Z#[0-9a-f]{32}(-\d{4})?)", re.ASCII)
DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class PageQuery:
    """What a list is asked for: ``after`` is the position of the last item of the page before.

    ``list_key`` tells the list from every other, so that no cursor leads from one into another.
    """

    everything: bool
    limit: int
    after: str | None
    list_key: str


def page_query(request: Request, list_name: str, flag: str, filters: str = "") -> PageQuery:
    """The page that a GET asks for; ``flag`` is the parameter that shows everything, ``filters`` all that narrows it.

    Raises ``InvalidRequest`` for a limit that is not 1 to 1000 and for a cursor that the engine did not make for this
    very list.
    """
    given = request.query_params or MultiDict(None)
    everything = given.get(flag, "").lower() in _TRUE
    list_key = f"{list_name}{'*' if everything else ''}{filters}"
    return PageQuery(everything, _limit(given), _after(given.get("cursor"), list_key), list_key)


def cursor(position: str, list_key: str) -> str:
    """A page's continuation as opaque text."""
    content = json.dumps([list_key, position], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(zlib.crc32(content).to_bytes(4, "big") + content).decode().rstrip("=")


def strict_flags(request: Request, known: Collection[str] = ()) -> dict[str, bool]:
    """The flags of a request that changes something, each true or false in so many words.

    Raises ``InvalidRequest`` for an unknown parameter, for one that is given twice, and for a value that is neither.
    """
    given = request.query_params or MultiDict(None)
    unknown = [name for name in given if name not in known]
    if unknown:
        allowed = f"known are {', '.join(sorted(known))}" if known else "this call takes none"
        raise InvalidRequest(f"unknown query parameter {unknown[0][:100]}: {allowed}")
    twice = [name for name in given if len(given.getlist(name)) > 1]
    if twice:
        raise InvalidRequest(f"the parameter {twice[0]} is given more than once: give it once")
    return {name: _strict(name, given[name]) for name in given}


def _strict(name: str, value: str) -> bool:
    if value.lower() not in _TRUE | _FALSE:
        raise InvalidRequest(f"the parameter {name} is {value[:100]!r}: give true or false")
    return value.lower() in _TRUE


def _limit(given: Mapping[str, str]) -> int:
    text = given.get("limit", str(DEFAULT_LIMIT))
    if not (re.fullmatch(r"\d{1,4}", text, re.ASCII) and 1 <= int(text) <= LARGEST_LIMIT):
        raise InvalidRequest(f"the parameter limit is {text[:100]!r}: give a whole number from 1 to {LARGEST_LIMIT}")
    return int(text)


def _after(text: str | None, list_key: str) -> str | None:
    if text is None:
        return None
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        key, position = json.loads(raw[4:])
        sound = zlib.crc32(raw[4:]) == int.from_bytes(raw[:4], "big") and key == list_key
    except (ValueError, TypeError, RecursionError):
        sound = False
    if not (sound and isinstance(position, str) and _POSITION.fullmatch(position)):
        raise InvalidRequest("the cursor is not one of this list: follow _links.next, or begin without a cursor")
    return position
