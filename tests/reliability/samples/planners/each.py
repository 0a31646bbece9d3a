"""A planner whose attacks can be distinguished."""

from chalicelib.domain.dates import parse
from chalicelib.domain.model import Config
from chalicelib.plugin import Planner
from chalicelib.plugin.schemas import plugin_schema


class Each(Planner):
    """At each of the dates, the attack with a mark of its own: the one given and the number of the date."""

    ref = "each:Each"
    schema = plugin_schema(["dates"], dates={"type": "array", "items": {"type": "string"}})
    example = {"ref": ref, "args": {"dates": ["2035-06-21T15:30:00Z"]}}

    def plan(self, planner_config: Config, attack_config: Config) -> None:
        args = attack_config["args"]
        for number, date in enumerate(planner_config["args"]["dates"]):
            attack = {**attack_config, "args": {**args, "mark": f"{args['mark']}-{number}"}}
            self._add_job(parse(date, self.timezone), f"{self.name} {number}", attack)
