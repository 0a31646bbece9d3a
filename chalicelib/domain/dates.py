"""Parse and render dates: every date of a person, a planner or a row comes in here.

In: ISO 8601 with ``T`` or a space; seconds, fraction and offset are optional. A date alone is its midnight. A date
without an offset is in the engine's zone. Every date lies from ``BEGIN`` on and before ``END``.
Out: ISO 8601 with seconds and the offset, in the engine's zone.
"""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault
from chalicelib.domain.zones import with_later_rules

_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?", re.ASCII
)
_SHOWN = "%Y-%m-%d"

_MACHINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)

BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9000, 1, 1, tzinfo=UTC)
"""Every date between these is still a date after adding a zone's offset and the time that rows are kept."""


_LAST_SECOND = int(END.timestamp())


def parse(text: str, zone: tzinfo) -> datetime:
    """Return the instant that a person wrote, in UTC, without its fraction of a second.

    Raises ``InvalidRequest``: with the original's words, "Invalid date format", for a text of another form; with a
    sentence of its own for a date out of bounds.
    """
    instant = _written(text, zone)
    if instant is None or instant < BEGIN:
        raise InvalidRequest(f"the date {text} is too far back: give one from {BEGIN:{_SHOWN}} on")
    return instant


def future(text: str, zone: tzinfo, now: datetime) -> datetime:
    """Return the instant as ``parse`` does, if it is ahead of ``now``.

    Raises ``InvalidRequest`` that says what would be accepted.
    """
    instant = _written(text, zone)
    if instant is None or instant <= now:
        raise InvalidRequest(f"the date {text} is in the past: give one after {show(now + timedelta(seconds=1), zone)}")
    return instant


def day(text: str) -> date:
    """Return the day of a calendar that a person wrote as YYYY-MM-DD. Raises ``ValueError`` for one that is none, or
    not within the bounds."""
    written = date.fromisoformat(text)
    if not BEGIN.date() <= written < END.date():
        raise ValueError(f"{text} is not from {BEGIN:{_SHOWN}} on and before {END:{_SHOWN}}")
    return written


def utc(text: str) -> datetime:
    """Return the instant in a message or a key of the engine, ``YYYY-MM-DDTHH:MM:SSZ``. Raises ``ValueError``."""
    if not _MACHINE.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not written as YYYY-MM-DDTHH:MM:SSZ")
    return stored(text)


def from_seconds(seconds: int) -> datetime:
    """Return the instant so many seconds after 1970. Raises ``ValueError`` for one that is not within the bounds."""
    if not 0 <= seconds < _LAST_SECOND:
        raise ValueError(f"{seconds} seconds since 1970 are not before {END:{_SHOWN}}")
    return datetime.fromtimestamp(seconds, UTC)


def stored(text: str) -> datetime:
    """Return the instant in a row or a message, in UTC. Raises ``ValueError`` for a text that the engine does not
    write: another format, no offset, or a date that is not within the bounds."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    try:
        return bounded(instant)
    except OverflowError:
        raise ValueError(f"{text!r} is not a date") from None


def bounded(instant: datetime) -> datetime:
    """Return the aware date in UTC. Raises ``ValueError`` for one that is not within the bounds."""
    if not BEGIN <= instant < END:
        raise ValueError(f"{instant.isoformat()} is not from {BEGIN:{_SHOWN}} on and before {END:{_SHOWN}}")
    return instant.astimezone(UTC)


def in_zone(when: datetime, zone: tzinfo) -> datetime:
    """Return the same date, aware: a naive one is local time in ``zone``.

    A local time that a change of clocks skips moves forward by the gap; one that comes twice is the first. Raises
    ``OverflowError`` at the ends of the calendar.
    """
    if when.tzinfo is not None:
        return when
    zone = with_later_rules(zone)
    return when.replace(tzinfo=zone, fold=0).astimezone(UTC).astimezone(zone)


def show(instant: datetime, zone: tzinfo) -> str:
    """Return an instant as the API writes it, e.g. ``2027-06-21T15:30:00+02:00``."""
    return instant.astimezone(with_later_rules(zone)).isoformat(timespec="seconds")


def _written(text: str, zone: tzinfo) -> datetime | None:
    """Return the instant, or None where it lies before the calendar of its zone. Raises ``InvalidRequest``."""
    if not _DATE.fullmatch(text):
        raise _misformatted()
    try:
        written = datetime.fromisoformat(text)
    except ValueError:
        raise _misformatted() from None
    try:
        instant = in_zone(written, zone).astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        if written.year < BEGIN.year:
            return None
        instant = END
    if instant >= END:
        raise InvalidRequest(f"the date {text} is too far ahead: give one before {END:{_SHOWN}}")
    return instant


def _misformatted() -> InvalidRequest:
    """Return the refusal in the original's words, with a fault that says what is accepted."""
    message = "Invalid date format"
    accepted = "give a date that exists, in ISO 8601, such as 2027-06-21, 2027-06-21T15:30 or 2027-06-21T15:30:00+02:00"
    return InvalidRequest(message, (Fault("$", message, accepted),))
