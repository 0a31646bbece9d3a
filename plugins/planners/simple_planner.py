"""Plan several attacks at random times within a window of today."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from random import Random

from chalicelib.domain.hours import Hours, Span
from chalicelib.domain.open_hours import instant_at, length
from chalicelib.plugin import Config, InvalidRequest, Planner, Schema, plugin_schema

SECOND = timedelta(seconds=1)

# maxLength refuses "10:00\n", which "$" alone accepts.
HOUR: Schema = {
    "type": "string",
    "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
    "maxLength": 5,
    "description": "HH:MM of today, in the engine's time zone",
}


class SimplePlanner(Planner):
    """Schedule ``times`` executors today between ``min_time`` and ``max_time``, in the engine's time zone.

    The planner cuts the window into ``times`` equal slots and draws one random time in each. If the window is already
    open, it uses the rest of it. The window is in local clock time, so a change of clocks makes it longer or shorter.
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
        """Raise ``InvalidRequest`` for a window that ends before it begins."""
        if args["max_time"] <= args["min_time"]:
            raise _backwards(args)

    def plan(self, planner_config: Config, attack_config: Config) -> None:
        """Add a job for each of today's executors.

        Raises ``InvalidRequest`` for a window that is over, that ends before it begins, or that the clocks skip today.
        """
        args = planner_config["args"]
        self.check(args)
        left = self._left(time.fromisoformat(args["min_time"]), time.fromisoformat(args["max_time"]))
        if not left:
            raise self._closed(args)
        seconds = int(length(left).total_seconds())
        for second in draw_in_slots(0, seconds, int(args["times"]), self.rng):
            self._add_job(instant_at(second, left), self.name, attack_config)

    def _left(self, start: time, end: time | None) -> list[Span]:
        """Return the parts of the window that are still ahead of now."""
        ahead = self.now.replace(microsecond=0) + SECOND
        hours = Hours(start=start, end=end).of(self._today(), self.timezone)
        return [(max(begin, ahead), end) for begin, end in hours if ahead < end]

    def _today(self) -> date:
        return self.now.astimezone(self.timezone).date()

    def _closed(self, args: Config) -> InvalidRequest:
        """Return the error for a window of which nothing is left, with a window that would be accepted."""
        start, end = time.fromisoformat(args["min_time"]), time.fromisoformat(args["max_time"])
        what = f"is over, it is {self.now.astimezone(self.timezone):%H:%M} in {self.timezone}"
        if not Hours(start=start, end=end).of(self._today(), self.timezone):
            what = f"does not exist on {self._today()}, when the clocks of {self.timezone} skip it"
        advice = "post the plan tomorrow"
        if rest := self._left(start, None):
            first = rest[0][0].astimezone(self.timezone)
            later = first.hour * 60 + first.minute + 1
            if later < 24 * 60:
                advice = f"give a max_time of {later // 60:02}:{later % 60:02} or later"
        return InvalidRequest(f"the window {args['min_time']}-{args['max_time']} {what}: {advice}")


def draw_in_slots(first: int, last: int, slots: int, rng: Random) -> Iterator[int]:
    """Yield one random second in each of that many equal slots between two instants (Unix seconds), in order.

    A slot that is shorter than a second may contain no full one: it gets the second in which it begins.
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
