"""Plan one attack at one date."""

from chalicelib.domain.dates import future
from chalicelib.domain.errors import located
from chalicelib.plugin import Config, Planner, plugin_schema


class ExactPlanner(Planner):
    """Schedule one executor for a date: ISO 8601; without an offset it is in the engine's time zone."""

    ref = "exact_planner:ExactPlanner"
    schema = plugin_schema(
        ["date"],
        date={"type": "string", "description": "ISO 8601, in the future, e.g. 2035-06-21T15:30:00+02:00"},
    )
    example = {"ref": ref, "args": {"date": "2035-06-21T15:30:00+02:00"}}

    def plan(self, planner_config: Config, attack_config: Config) -> None:
        """Add the one job. Raises ``InvalidRequest`` for a date that cannot be read or is not ahead of now."""
        with located("$.date"):
            date = future(planner_config["args"]["date"], self.timezone, self.now)
        self._add_job(date, self.name, attack_config)
