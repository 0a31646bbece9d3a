"""Plan attacks by a cron expression."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from chalicelib.domain.cron import LONGEST, check_cron, cron_dates
from chalicelib.domain.dates import show
from chalicelib.domain.errors import located
from chalicelib.plugin import Config, plugin_schema
from chalicelib.plugin.period import JITTER, PERIOD, PeriodPlanner

_SECOND = timedelta(seconds=1)


class CronPlanner(PeriodPlanner):
    """Schedule an executor at every date that a cron expression matches.

    The five fields are those of crontab(5), with its numbers of weekdays, and with L, LW, 5L and 1#2. When clocks go
    forward, a fixed hour that they skip becomes the end of the gap; when they go back, a fixed hour comes once. Fields
    that begin with ``*`` go by elapsed time.
    """

    ref = "cron_planner:CronPlanner"
    schema = plugin_schema(
        ["expression"],
        expression={
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST,
            "description": "five fields such as 30 9 * * MON-FRI, or @hourly, @daily, @weekly, @monthly or @yearly",
        },
        jitter=JITTER,
        **PERIOD,
    )
    example = {"ref": ref, "args": {"expression": "30 9-17/2 * * *", "jitter": "20m"}}

    @classmethod
    def check(cls, args: Config) -> None:
        """Raise ``InvalidRequest`` for an expression that is none or matches nothing."""
        with located("$.expression"):
            check_cron(args["expression"])

    def dates(self, args: Config, day: date) -> Iterator[datetime]:
        """Yield the matches of that day."""
        end = self.end_of(day)
        for when in cron_dates(args["expression"], self.begin_of(day) - _SECOND, self.timezone):
            if when >= end:
                return
            yield self.jittered(when, args, day)

    def advice(self, args: Config, until: datetime) -> str:
        """Name the next match."""
        following = next(cron_dates(args["expression"], until - _SECOND, self.timezone), None)
        return f"the next is at {show(following, self.timezone)}, give a later until" if following else "give another"
