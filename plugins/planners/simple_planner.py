"""Several attacks at random times of a window of today."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from random import Random

from chalicelib.dates import in_zone
from chalicelib.errors import InvalidRequest
from chalicelib.model import Config
from chalicelib.plugin import Planner
from chalicelib.schema import Schema, plugin_schema

SECOND = timedelta(seconds=1)

# The length refuses "10:00\n", which "$" alone lets pass.
HOUR: Schema = {
    "type": "string",
    "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
    "maxLength": 5,
    "description": "HH:MM of today, in the engine's time zone",
}


class SimplePlanner(Planner):
    """Schedule ``times`` executors today between ``min_time`` and ``max_time``, in the engine's time zone.

    The window is cut in as many equal slots, and one time is drawn at random in each. Of a window that is already open,
    what is left is used.
    """

    ref = "simple_planner:SimplePlanner"
    schema = plugin_schema(
        ["min_time", "max_time", "times"],
        min_time=HOUR,
        max_time=HOUR,
        times={"type": "integer", "minimum": 1, "maximum": 1000, "description": "how many executors"},
    )
    example = {"ref": ref, "args": {"min_time": "10:00", "max_time": "18:00", "times": 4}}

    @classmethod
    def check(cls, args: Config) -> None:
        """Raises ``InvalidRequest`` for a window that ends before it begins."""
        if args["max_time"] <= args["min_time"]:
            raise _backwards(args)

    def plan(self, planner_config: Config, attack_config: Config) -> None:
        """Raises ``InvalidRequest`` for a window that is over, or that ends before it begins."""
        args = planner_config["args"]
        first, last = self._seconds_left(args)
        for second in draw_in_slots(first, last, int(args["times"]), self.rng):
            self._add_job(datetime.fromtimestamp(second, UTC), self.name, attack_config)

    def _seconds_left(self, args: Config) -> tuple[int, int]:
        """The first and the last second of what is left of the window, both ahead of now."""
        begin, end = self._today(args["min_time"]), self._today(args["max_time"])
        if end <= begin:
            raise _backwards(args)
        ahead = self.now.replace(microsecond=0) + SECOND
        if end < ahead:
            raise self._over(args, ahead)
        return int(max(begin, ahead).timestamp()), int(end.timestamp())

    def _today(self, hour: str) -> datetime:
        day = self.now.astimezone(self.timezone).date()
        return in_zone(datetime.combine(day, time.fromisoformat(hour)), self.timezone).astimezone(UTC)

    def _over(self, args: Config, ahead: datetime) -> InvalidRequest:
        here = self.now.astimezone(self.timezone)
        hours = (f"{minute // 60:02}:{minute % 60:02}" for minute in range(here.hour * 60 + here.minute, 24 * 60))
        open_until = next((hour for hour in hours if self._today(hour) >= ahead), None)
        advice = f"give a max_time of {open_until} or later" if open_until else "post the plan tomorrow"
        return InvalidRequest(
            f"the window {args['min_time']}-{args['max_time']} is over, it is {here:%H:%M} in {self.timezone}: {advice}"
        )


def draw_in_slots(first: int, last: int, slots: int, rng: Random) -> Iterator[int]:
    """One second in each of so many equal slots between two instants (Unix seconds), in order.

    A slot that is shorter than a second may hold no whole one: it gets the second in which it begins.
    """
    length = last - first
    for slot in range(slots):
        begin, end = (first - (-edge * length // slots) for edge in (slot, slot + 1))  # rounded up
        yield rng.randrange(begin, end) if begin < end else first + slot * length // slots


def _backwards(args: Config) -> InvalidRequest:
    return InvalidRequest(
        f"the window {args['min_time']}-{args['max_time']} ends before it begins: "
        "give a max_time later than min_time, on the same day"
    )
