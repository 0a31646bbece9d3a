"""A planner as the original engine's own were written: ``arrow``, a plan of its own, a static ``_add_executor``."""
# ruff: noqa
# fmt: off
# mypy: ignore-errors

import logging

import arrow
from chaosmonkey.planners.planner import Planner


class ExactDate(Planner):
    ref = "exact_date:ExactDate"
    schema = {
        "type": "object",
        "properties": {
            "ref": {"type": "string"},
            "args": {"type": "object", "properties": {"date": {"type": "string"}}}
        }
    }
    example = {"ref": "exact_date:ExactDate", "args": {"date": "2031-06-21T15:30:00"}}

    def plan(self, planner_config, attack_config):
        asked = arrow.get(planner_config["args"]["date"])
        logging.getLogger(__name__).info("one attack, %s", asked.humanize())
        mine = self.add_plan(self.name)
        self._add_executor(asked.naive, self.name, attack_config, mine.id)

    @staticmethod
    def to_dict():
        return Planner._to_dict(ExactDate.ref, ExactDate.schema, ExactDate.example)
