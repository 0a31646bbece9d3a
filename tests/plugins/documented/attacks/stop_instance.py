"""An attack as the original's own were written, on its driver factory."""
# ruff: noqa
# fmt: off
# mypy: ignore-errors

import random

from chaosmonkey.attacks.attack import Attack
from chaosmonkey.drivers.ec2_driver import EC2DriverFactory


class StopInstance(Attack):
    ref = "stop_instance:StopInstance"
    schema = {
        "type": "object",
        "properties": {
            "ref": {"type": "string"},
            "args": {
                "type": "object",
                "properties": {
                    "filters": {"type": "object"},
                    "region": {"optional": True, "type": "string"}
                },
                "required": ["region", "filters"]
            }
        }
    }
    example = {
        "ref": ref,
        "args": {"filters": {"tag:Name": "playground-asg"}, "region": "eu-west-1"}
    }

    def __init__(self, attack_config):
        super(StopInstance, self).__init__(attack_config)
        self.driver = EC2DriverFactory(region=self.attack_config["region"]).get_driver()

    def run(self):
        nodes = self.driver.list_nodes(ex_filters=self.attack_config["filters"])
        node = random.choice(nodes)
        self.driver.stop_node(node)
        return {"stopped": node.id}

    @staticmethod
    def to_dict():
        return Attack._to_dict(StopInstance.ref, StopInstance.schema, StopInstance.example)
