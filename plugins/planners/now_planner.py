"""Plan one attack at once."""

from datetime import timedelta

from chalicelib.domain.durations import duration, duration_schema
from chalicelib.plugin import Config, Planner, plugin_schema

SOON = timedelta(seconds=5)
"""A plan is made within this time, so its date is still ahead when its schedule is."""


class NowPlanner(Planner):
    """Schedule one executor at once, or after a ``delay``.

    At once is five seconds after the plan is posted, plus the minute that EventBridge Scheduler may take. The halt, the
    guards and the limits hold as at any other date.
    """

    ref = "now_planner:NowPlanner"
    recurs = False
    schema = plugin_schema(delay=duration_schema("s m h d", "how much later, e.g. 10m"))
    example = {"ref": ref, "args": {"delay": "10m"}}

    def plan(self, planner_config: Config, attack_config: Config) -> None:
        """Add the one job."""
        args = planner_config["args"]
        delay = duration(args["delay"]) if "delay" in args else timedelta()
        self._add_job(self.now + max(delay, SOON), self.name, attack_config)
