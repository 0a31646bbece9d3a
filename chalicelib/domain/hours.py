"""Compute hours on a local clock: the instants at which a clock shows a time between two others.

Planners, guards and the first possible date all use them. On the day that clocks go forward, some hours are shorter or
do not exist. On the day that they go back, clocks show some hours twice, and both count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from chalicelib.domain.zones import Zone, with_later_rules

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Span = tuple[datetime, datetime]
"""Two instants in UTC. The first is in it, the second is not."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_WIDEST = timedelta(hours=16)
"""No offset has ever been larger."""
_STEP = timedelta(hours=6)
"""Clocks have never changed twice within six hours and come back to the first offset."""
_LOOK_AHEAD = 30
"""Days. A window of one day of the week opens within so many, even if clocks skip it for weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The hours from ``start`` up to ``end``, which is not in them; None is 24:00.

    An ``end`` that is not after ``start`` is a time of the next day: the hours go over midnight, and belong to the day
    on which they open.
    """

    start: time
    end: time | None

    @property
    def over_midnight(self) -> bool:
        return self.end is not None and self.end <= self.start

    def of(self, day: date, zone: tzinfo) -> tuple[Span, ...]:
        """Return the spans in which these hours of that day are open, in order: none where clocks skip all of them."""
        last = day + _DAY if self.end is None or self.over_midnight else day
        return spans(datetime.combine(day, self.start), datetime.combine(last, self.end or time()), zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hours of some days of the week, in a zone."""

    days: tuple[str, ...]
    hours: Hours
    zone: tzinfo

    def is_open(self, instant: datetime) -> bool:
        local = instant.astimezone(with_later_rules(self.zone))
        now, hours = local.time(), self.hours
        if not hours.over_midnight:
            return self._opens_on(local.date()) and hours.start <= now and (hours.end is None or now < hours.end)
        if now >= hours.start:
            return self._opens_on(local.date())
        return hours.end is not None and now < hours.end and self._opens_on(local.date() - _DAY)

    def of(self, day: date) -> tuple[Span, ...]:
        """Return the spans that open on that day, in order, also where they go over midnight."""
        return self.hours.of(day, self.zone) if self._opens_on(day) else ()

    def next_open(self, instant: datetime) -> datetime | None:
        """Return the first instant from the given one on at which it is open, None where it is not for a month."""
        today = instant.astimezone(with_later_rules(self.zone)).date()
        for day in (today + number * _DAY for number in range(-2, _LOOK_AHEAD)):
            for begin, end in self.of(day):
                if instant < end:
                    return max(begin, instant)
        return None

    def _opens_on(self, day: date) -> bool:
        return DAYS[day.weekday()] in self.days


def whole_day(day: date, zone: tzinfo) -> tuple[Span, ...]:
    """Return the spans in which a calendar of that zone shows the day."""
    return Hours(start=time(), end=None).of(day, zone)


def spans(first: datetime, last: datetime, zone: tzinfo) -> tuple[Span, ...]:
    """Return when a local clock shows a time from ``first`` (naive) up to ``last``, in order, without empty spans."""
    found: list[Span] = []
    for begin, end, offset in _steady(first - _WIDEST, last + _WIDEST, _rules(zone)):
        opens, closes = (max(begin, min(end, local - offset)) for local in (first, last))
        if found and found[-1][1] == opens:
            found[-1] = (found[-1][0], closes)
        elif opens < closes:
            found.append((opens, closes))
    return tuple((opens.replace(tzinfo=UTC), closes.replace(tzinfo=UTC)) for opens, closes in found)


def _steady(begin: datetime, end: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Yield the spans between two instants (naive, UTC) in which the zone's offset stays the same, and this offset."""
    since = here = begin
    while here < end:
        following = min(here + _STEP, end)
        if _offset(here, zone) != _offset(following, zone):
            following = _change(here, following, zone)
            yield since, following, _offset(here, zone)
            since = following
        here = following
    if since < end:
        yield since, end, _offset(since, zone)


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the first instant after ``before``, up to ``after``, that has another offset than ``before``."""
    offset = _offset(before, zone)
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
    return after


def _rules(zone: tzinfo) -> tzinfo:
    """Return the fastest zone with the same offsets."""
    zone = with_later_rules(zone)
    return zone.rules if isinstance(zone, Zone) else zone


def _offset(instant: datetime, zone: tzinfo) -> timedelta:
    return instant.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()
