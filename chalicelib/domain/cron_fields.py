"""Compute the next date of APScheduler's cron fields: ``year`` to ``second``, as the original's library names them.

Numbers and names are that library's, version 3: Monday is 0, and a field below the least that is given is at its
minimum. https://apscheduler.readthedocs.io/en/3.x/modules/triggers/cron.html
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from chalicelib.domain.errors import InvalidRequest, located
from chalicelib.domain.fault import Fault
from chalicelib.domain.hours import DAYS
from chalicelib.domain.zones import with_later_rules

BOUNDS = {
    "year": (1970, 8999),
    "month": (1, 12),
    "day": (1, 31),
    "week": (1, 53),
    "day_of_week": (0, 6),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = {
    "month": {name: 1 + n for n, name in enumerate(_MONTHS)},
    "day_of_week": {name: n for n, name in enumerate(DAYS)},
}
_PLACES = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "last": 0}
_ALL = re.compile(r"\*(?:/([0-9]{1,4}))?")
_RANGE = re.compile(r"([0-9]{1,4}|[a-z]{3})(?:-([0-9]{1,4}|[a-z]{3}))?(?:/([0-9]{1,4}))?")
_PLACE = re.compile(r"([1-5](?:st|nd|rd|th)|last) +([a-z]{3})")
_YEARS = 50
"""Where nothing matches within so many years, nothing ever will."""
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CronFields:
    """The values that each field allows, and the days that ``day`` names by their place in the month."""

    allowed: Mapping[str, frozenset[int]]
    places: frozenset[tuple[int, int]]
    """``(2, 4)`` is the second Friday of a month, ``(0, 4)`` the last one."""
    last_day: bool
    elapsed: bool
    """Whether hours or minutes begin with ``*``, so that they go by elapsed time when clocks change."""

    def next(self, after: datetime, zone: tzinfo) -> datetime | None:
        """Return the first date (UTC) after that instant that matches on a clock of the zone, None where none does.

        As in ``chalicelib/domain/cron.py``, a fixed time that comes twice matches once, and one that clocks skip
        matches at the end of the gap.
        """
        zone = with_later_rules(zone)
        rules = getattr(zone, "rules", zone)
        after = after.astimezone(UTC).replace(microsecond=0)
        return self._by_elapsed_time(after, rules) if self.elapsed else self._at_fixed_times(after, rules)

    def _at_fixed_times(self, after: datetime, rules: tzinfo) -> datetime | None:
        local = after.astimezone(rules)
        for day in self._days(local.date()):
            for hour in sorted(self.allowed["hour"]):
                if day == local.date() and hour < local.hour:
                    continue
                for minute in sorted(self.allowed["minute"]):
                    for second in sorted(self.allowed["second"]):
                        when = _shown(datetime.combine(day, time(hour, minute, second)), rules)
                        if when > after:
                            return when
        return None

    def _by_elapsed_time(self, after: datetime, rules: tzinfo) -> datetime | None:
        for day in self._days(after.astimezone(rules).date()):
            here = max(after + _SECOND, datetime.combine(day, time(), rules).astimezone(UTC))
            local = here.astimezone(rules)
            while local.date() == day:
                if local.hour not in self.allowed["hour"]:
                    here += (3600 - local.minute * 60 - local.second) * _SECOND
                elif local.minute not in self.allowed["minute"]:
                    here += (60 - local.second) * _SECOND
                elif local.second not in self.allowed["second"]:
                    here += _SECOND
                else:
                    return here
                local = here.astimezone(rules)
        return None

    def _days(self, first: date) -> Iterator[date]:
        """Yield the days from the first one on that match, for fifty years."""
        for year in range(first.year, min(first.year + _YEARS, BOUNDS["year"][1]) + 1):
            for month in range(1, 13):
                if year not in self.allowed["year"] or month not in self.allowed["month"]:
                    continue
                for number in range(1, monthrange(year, month)[1] + 1):
                    day = date(year, month, number)
                    if day >= first and self._matches(day):
                        yield day

    def _matches(self, day: date) -> bool:
        if day.isocalendar().week not in self.allowed["week"] or day.weekday() not in self.allowed["day_of_week"]:
            return False
        last = monthrange(day.year, day.month)[1]
        place = (day.day + 6) // 7
        return (
            day.day in self.allowed["day"]
            or (self.last_day and day.day == last)
            or (place, day.weekday()) in self.places
            or ((0, day.weekday()) in self.places and day.day + 7 > last)
        )


def cron_fields(given: Mapping[str, str | int]) -> CronFields:
    """Return the fields as they were given. Raises ``InvalidRequest`` with the field's place."""
    texts = {name: str(given.get(name, "*")).strip().lower() for name in BOUNDS}
    for name in reversed(BOUNDS):
        if name in given:
            break
        if name not in ("year", "week", "day_of_week"):
            texts[name] = str(BOUNDS[name][0])
    allowed, places, last_day = {}, set(), False
    for name, text in texts.items():
        numbers: set[int] = set()
        for term in re.split(" *, *", text):
            if name == "day" and term == "last":
                last_day = True
            elif name == "day" and (place := _PLACE.fullmatch(term)) and place[1] in _PLACES and place[2] in DAYS:
                places.add((_PLACES[place[1]], DAYS.index(place[2])))
            else:
                numbers |= _numbers(name, term)
        allowed[name] = frozenset(numbers)
    elapsed = texts["hour"].startswith("*") or texts["minute"].startswith("*")
    return CronFields(allowed=allowed, places=frozenset(places), last_day=last_day, elapsed=elapsed)


def _numbers(name: str, term: str) -> set[int]:
    low, high = BOUNDS[name]
    if whole := _ALL.fullmatch(term):
        first, last, step = low, high, int(whole[1] or 1)
    elif part := _RANGE.fullmatch(term):
        numbers = [_number(name, each) for each in part.groups()[:2] if each]
        first, step = numbers[0], int(part[3] or 1)
        last = numbers[-1] if len(numbers) == 2 or not part[3] else high
    else:
        raise _refused(name)
    if step == 0 or not low <= first <= last <= high:
        raise _refused(name)
    return {*range(first, last + 1, step)}


def _number(name: str, text: str) -> int:
    if text.isdigit():
        return int(text)
    try:
        return _NAMES[name][text]
    except KeyError:
        raise _refused(name) from None


def _refused(name: str) -> InvalidRequest:
    low, high = BOUNDS[name]
    names = {"month": ", jan to dec", "day_of_week": ", mon to sun", "day": ", last, 2nd fri, last fri"}.get(name, "")
    message = f"{name} is none"
    accepted = f"give numbers from {low} to {high}{names}, as in 5, 1-3, */2 or 1,4"
    with located(f"$.{name}"):
        raise InvalidRequest(message, (Fault("$", message, accepted),))


def _shown(local: datetime, rules: tzinfo) -> datetime:
    """Return when clocks show that local time first; the end of the gap where they skip it."""
    while True:
        when = local.replace(tzinfo=rules).astimezone(UTC)
        if when.astimezone(rules).replace(tzinfo=None) == local:
            return when
        local = (local + timedelta(minutes=1)).replace(second=0)
