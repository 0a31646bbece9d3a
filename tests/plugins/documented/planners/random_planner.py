"""A planner as the original's own were written: it makes its plan, adds executors to it, and asks the clock for today."""
# ruff: noqa
# fmt: off
# mypy: ignore-errors

import random
from datetime import datetime, timedelta

from chaosmonkey.api.api_errors import APIError
from chaosmonkey.planners.planner import Planner


class RandomPlanner(Planner):
    ref = "random_planner:RandomPlanner"
    schema = {
        "type": "object",
        "properties": {
            "min_time": {"type": "string"},
            "max_time": {"type": "string"},
            "times": {"type": "number"}
        }
    }
    example = {
        "ref": ref,
        "args": {"min_time": "10:00", "max_time": "15:00", "times": 4}
    }

    def plan(self, planner_config, attack_config):
        args = planner_config["args"]
        today = datetime.today()
        begin, end = (
            datetime.strptime("{} {}".format(today.strftime("%Y-%m-%d"), args[key]), "%Y-%m-%d %H:%M")
            for key in ("min_time", "max_time")
        )
        if end <= begin:
            raise APIError("no time in that window", status_code=409, payload={"window": args["min_time"]})
        plan = self.add_plan(self.name)
        for _ in range(args["times"]):
            date = begin + timedelta(seconds=random.randrange(int((end - begin).total_seconds())))
            self._add_executor(date, self.name, attack_config, plan.id)

    @staticmethod
    def to_dict():
        return Planner._to_dict(RandomPlanner.ref, RandomPlanner.schema, RandomPlanner.example)
