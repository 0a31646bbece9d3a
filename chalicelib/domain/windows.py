"""Read windows as people write them: days of the week, and hours that may go over midnight."""

from collections.abc import Mapping
from datetime import time, tzinfo
from typing import Any

import pytz

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault, nearest
from chalicelib.domain.hours import DAYS, Hours, Window
from chalicelib.domain.json_schema import Schema, closed
from chalicelib.domain.zones import Zone, zone_named

_TIME: Schema = {
    "type": "string",
    "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)",
    "description": "an hour and a minute, HH:MM",
}
_END_TIME: Schema = {
    "type": "string",
    "pattern": r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\n)",
    "description": "an hour and a minute, HH:MM, or 24:00; not after `from`, it is one of the next day",
}
DAYS_OF_WEEK: Schema = {"type": "array", "items": {"enum": [*DAYS]}, "minItems": 1, "uniqueItems": True}
ZONE: Schema = {"type": "string", "maxLength": 64, "description": "a name of the IANA list; the engine's unless given"}
WINDOW: Schema = closed(["days", "from", "to"], days=DAYS_OF_WEEK, **{"from": _TIME, "to": _END_TIME})


def window_of(document: Mapping[str, Any], path: str, zone: tzinfo) -> Window:
    """Return the window in a document that ``WINDOW`` has accepted, in its own ``timezone`` or in ``zone``.

    Raises ``InvalidRequest`` for a zone that does not exist, and for a window that ends when it begins.
    """
    name = document.get("timezone")
    zone = zone if name is None else zone_of(name, f"{path}.timezone")
    start = time.fromisoformat(document["from"])
    end = None if document["to"] == "24:00" else time.fromisoformat(document["to"])
    if end == start:
        message = (
            f"the window from {start:%H:%M} to {start:%H:%M} is empty: give two different hours, or 00:00 and 24:00"
            " for the whole day"
        )
        raise InvalidRequest(f"invalid payload {message}", (Fault(path, message),))
    return Window(days=tuple(document["days"]), hours=Hours(start=start, end=end), zone=zone)


def zone_of(name: str, path: str) -> Zone:
    """Return the zone of that name. Raises ``InvalidRequest`` with the most similar name where there is none."""
    try:
        return zone_named(name)
    except pytz.UnknownTimeZoneError:
        accepted = "give a name of the IANA list, such as Europe/Madrid"
        fault = Fault(path, "there is no such time zone", accepted, nearest(name, pytz.all_timezones))
        raise InvalidRequest(f"invalid payload {fault.message}", (fault,)) from None
