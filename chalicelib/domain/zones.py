"""Provide time zones with pytz's data and names that stay right after the year 2037.

pytz reads a table of changes of clocks that ends in 2037. The same file also holds the rule for later years, which the
standard library reads. ``localize`` and ``normalize`` work as pytz's do, for planners that were written for pytz.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytz

_Fixed = tuple[timedelta, timedelta, str]
"""The UTC offset, the daylight saving time and the abbreviation of a date that a zone made."""


class Zone(tzinfo):
    """A time zone. Dates that it made keep their offset when time is added, as with pytz, until ``normalize``."""

    def __init__(self, name: str, rules: ZoneInfo, fixed: _Fixed | None = None) -> None:
        self.zone = name
        self.rules = rules
        """The zone of the standard library with the same data, for libraries that compute with local times."""
        self._fixed = fixed

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        return self._fixed[0] if self._fixed else self.rules.utcoffset(when)

    def dst(self, when: datetime | None) -> timedelta | None:
        return self._fixed[1] if self._fixed else self.rules.dst(when)

    def tzname(self, when: datetime | None) -> str | None:
        return self._fixed[2] if self._fixed else self.rules.tzname(when)

    def fromutc(self, when: datetime) -> datetime:
        return self._fix(self.rules.fromutc(when.replace(tzinfo=self.rules)))

    def localize(self, when: datetime, is_dst: bool | None = False) -> datetime:
        """Return the naive local time as a date of this zone, as pytz does.

        Where clocks change, ``is_dst`` chooses. With None it raises ``pytz.AmbiguousTimeError`` for a time that comes
        twice and ``pytz.NonExistentTimeError`` for a skipped one. Raises ``ValueError`` for an aware time.
        """
        if when.tzinfo is not None:
            raise ValueError("Not naive datetime (tzinfo is already set)")
        before, after = (when.replace(tzinfo=self.rules, fold=fold) for fold in (0, 1))
        lost = _offset(after) - _offset(before)
        if not lost:
            return self._fix(before)
        if is_dst is None:
            raise (pytz.NonExistentTimeError if lost > timedelta() else pytz.AmbiguousTimeError)(when)
        if lost > timedelta():
            return self._fix(after if is_dst else before)
        fits = [each for each in (before, after) if bool(each.dst()) == is_dst] or [before, after]
        return self._fix(fits[0] if is_dst else fits[-1])

    def normalize(self, when: datetime) -> datetime:
        """Return the same instant with the offset that this zone has then. Raises ``ValueError`` for a naive time."""
        if when.tzinfo is None:
            raise ValueError("Naive time - no tzinfo set")
        return when.astimezone(UTC).astimezone(self)

    def _fix(self, when: datetime) -> datetime:
        fixed = (_offset(when), when.dst() or timedelta(), when.tzname() or "")
        return when.replace(tzinfo=Zone(self.zone, self.rules, fixed), fold=0)

    def __reduce__(self) -> tuple[Callable[..., "Zone"], tuple[Any, ...]]:
        return _copy, (self.zone, self._fixed)

    def __str__(self) -> str:
        return self.zone

    def __repr__(self) -> str:
        return f"<Zone {self.zone!r}>"


def zone_named(name: str) -> Zone:
    """Return the zone of that name. Raises ``pytz.UnknownTimeZoneError``."""
    try:
        return _zone(name)
    except (OSError, ValueError):  # no file of that name: pytz looks without case, and for each of its 600 files first
        return _zone(str(pytz.timezone(name)))


def with_later_rules(zone: tzinfo) -> tzinfo:
    """Return the zone itself or, for a zone of pytz, the ``Zone`` of that name, which is right after 2037."""
    name = getattr(zone, "zone", None)
    return zone_named(name) if isinstance(zone, pytz.tzinfo.DstTzInfo) and name else zone


@cache
def _zone(name: str) -> Zone:
    with pytz.open_resource(name) as data:  # type: ignore[attr-defined]  # its stubs leave it out
        return Zone(name, ZoneInfo.from_file(data, key=name))


def _copy(name: str, fixed: _Fixed | None) -> Zone:
    zone = _zone(name)
    return Zone(name, zone.rules, fixed) if fixed else zone


def _offset(when: datetime) -> timedelta:
    return when.utcoffset() or timedelta()
