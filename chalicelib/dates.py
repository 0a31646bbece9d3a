"""Dates as people write them, and the engine's zone.

Out: ISO 8601 with seconds and the offset, in the engine's zone. In: ISO 8601 with ``T`` or a space; seconds, fraction
and offset optional; a date alone is its midnight; without an offset it is the engine's zone.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

import pytz

from chalicelib.errors import InvalidRequest

_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII)

END = datetime(9000, 1, 1, tzinfo=UTC)
"""Dates lie before it, so that a zone's offset and the time that rows are kept can be added to each of them."""


def parse(text: str, zone: tzinfo) -> datetime:
    """The instant a person wrote, in UTC, its fraction of a second dropped.

    Raises ``InvalidRequest`` ("Invalid date format", the original's words) for anything else than the above, and for
    what is not before ``END``.
    """
    if not _DATE.fullmatch(text):
        raise InvalidRequest("Invalid date format")
    try:
        instant = in_zone(datetime.fromisoformat(text), zone).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise InvalidRequest("Invalid date format") from None
    if instant >= END:
        raise InvalidRequest(f"the date {text} is too far ahead: give one before {END:%Y-%m-%d}")
    return instant


def in_zone(when: datetime, zone: tzinfo) -> datetime:
    """The same date, aware: a naive one is local time in ``zone``.

    A local time that a change of clocks skips moves forward by the gap; one that comes twice is the first.
    """
    if when.tzinfo is not None:
        return when
    if not isinstance(zone, pytz.tzinfo.DstTzInfo):
        return when.replace(tzinfo=zone)
    either = [zone.localize(when, is_dst=is_dst) for is_dst in (True, False)]
    try:
        return zone.localize(when, is_dst=None)
    except pytz.AmbiguousTimeError:
        return min(either)
    except pytz.NonExistentTimeError:
        return zone.normalize(max(either))  # the offset before the change, as if it had not come


def show(instant: datetime, zone: tzinfo) -> str:
    """An instant as the API writes it, e.g. ``2027-06-21T15:30:00+02:00``."""
    return instant.astimezone(zone).isoformat(timespec="seconds")


def future(text: str, zone: tzinfo, now: datetime) -> datetime:
    """As ``parse``, and ahead of ``now``. Raises ``InvalidRequest`` that says what would be accepted."""
    instant = parse(text, zone)
    if instant <= now:
        raise InvalidRequest(f"the date {text} is in the past: give one after {show(now + timedelta(seconds=1), zone)}")
    return instant
