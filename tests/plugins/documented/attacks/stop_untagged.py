"""An attack as the original engine's own were written: its driver made at once, and the tags of each node asked for."""
# ruff: noqa
# fmt: off
# mypy: ignore-errors

import logging
import random

from chaosmonkey.attacks.attack import Attack
from chaosmonkey.drivers import EC2DriverFactory


class StopUntagged(Attack):
    ref = "stop_untagged:StopUntagged"
    schema = {
        "type": "object",
        "properties": {
            "ref": {"type": "string"},
            "args": {
                "type": "object",
                "properties": {
                    "region": {"type": "string"},
                    "filters": {"type": "object", "properties": {"tag:Name": {"type": "string"}}},
                    "excluded": {"type": "object", "properties": {"Name": {"type": "string"}}}
                },
                "required": ["region", "filters", "excluded"]
            }
        }
    }
    example = {"ref": ref, "args": {"filters": {"tag:Team": "a"}, "excluded": {"Domain": "b"}, "region": "eu-west-1"}}

    def __init__(self, attack_config):
        super().__init__(attack_config)
        self.ec2 = EC2DriverFactory(region=attack_config["region"]).get_driver()

    def run(self):
        running = dict(self.attack_config["filters"], **{"instance-state-name": "running"})
        left = list(filter(self.may_be_stopped, self.ec2.list_nodes(ex_filters=running)))
        victim = left[random.randrange(len(left))]
        logging.info("stops %s", victim.private_ips)
        self.ec2.stop_node(victim)

    def may_be_stopped(self, node):
        tags = self.ec2.ex_describe_tags(node)
        return any(tags.get(key) != value for key, value in self.attack_config["excluded"].items())

    @staticmethod
    def to_dict():
        return Attack._to_dict(StopUntagged.ref, StopUntagged.schema, StopUntagged.example)
