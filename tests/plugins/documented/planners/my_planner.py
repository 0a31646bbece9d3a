"""The planner of the original's chapter "Adding Custom Planners", word for word but for where its date comes from."""
# ruff: noqa
# fmt: off
# mypy: ignore-errors

from datetime import datetime

from chaosmonkey.planners import Planner


class MyPlanner(Planner):
    ref = "my_planner:MyPlanner"
    schema = {
        "type": "object",
        "properties": {
            "ref": {"type": "string"},
            "args": {
                "type": "object",
                "properties": {
                    "date": {"type": "string"}
                }
            }
        }
    }
    example = {
        "ref": "my_planner:MyPlanner",
        "args": {
            "date": "2016-06-21T15:30"
        }
    }

    def plan(self, planner_config, attack_config):
        """
        planner_config and attack_config are json/dicts passed to the endpoint
        when executing this planner.
        """
        attack_date = datetime.strptime(planner_config["args"]["date"], "%Y-%m-%dT%H:%M")
        self._add_job(attack_date, "Job Name", attack_config)

    @staticmethod
    def to_dict():
        return Planner._to_dict(MyPlanner.ref, MyPlanner.schema, MyPlanner.example)
