"""One attack at one date."""

from chalicelib.dates import future
from chalicelib.model import Config
from chalicelib.plugin import Planner
from chalicelib.schema import plugin_schema


class ExactPlanner(Planner):
    """Schedule one executor for a date: ISO 8601; without an offset it is in the engine's time zone."""

    ref = "exact_planner:ExactPlanner"
    schema = plugin_schema(
        ["date"],
        date={"type": "string", "description": "ISO 8601, ahead of now, e.g. 2035-06-21T15:30:00+02:00"},
    )
    example = {"ref": ref, "args": {"date": "2035-06-21T15:30:00+02:00"}}

    def plan(self, planner_config: Config, attack_config: Config) -> None:
        """Raises ``InvalidRequest`` for a date that is none, or not ahead of now."""
        date = future(planner_config["args"]["date"], self.timezone, self.now)
        self._add_job(date, self.name, attack_config)
