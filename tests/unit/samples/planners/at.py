"""A planner for tests that know when."""

from chalicelib.domain.dates import parse
from chalicelib.domain.model import Config
from chalicelib.plugin import Planner
from chalicelib.plugin.schemas import plugin_schema


class At(Planner):
    """Attack at each of the dates."""

    ref = "at:At"
    schema = plugin_schema(["dates"], dates={"type": "array", "items": {"type": "string"}})
    example = {"ref": ref, "args": {"dates": ["2035-06-21T15:30:00+02:00"]}}

    def plan(self, planner_config: Config, attack_config: Config) -> None:
        for number, date in enumerate(planner_config["args"]["dates"]):
            self._add_job(parse(date, self.timezone), f"{self.name} {number}", attack_config)
