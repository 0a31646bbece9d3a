"""A planner as the original's own were: its schema is that of the args, and it adds executors to a plan it makes."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.plugin import Planner


class OriginalPlanner(Planner):
    ref = "original:OriginalPlanner"
    schema = {
        "type": "object",
        "properties": {"date": {"type": "string"}, "times": {"type": "number"}},
        "required": ["date", "times"],
    }
    example = {"ref": "original:OriginalPlanner", "args": {"date": "2027-06-21T15:30", "times": 2}}

    def plan(self, planner_config: Any, attack_config: Any) -> None:
        args = planner_config["args"]
        plan = self.add_plan(self.name)
        for day in range(args["times"]):
            date = datetime.fromisoformat(args["date"]) + timedelta(days=day)
            Planner._add_executor(date, self.name, attack_config, plan.id)

    @staticmethod
    def to_dict() -> dict[str, Any]:
        return Planner._to_dict(OriginalPlanner.ref, OriginalPlanner.schema, OriginalPlanner.example)
