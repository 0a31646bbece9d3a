"""Attacks that terminate EC2 instances, chosen at random."""

from dataclasses import replace
from typing import Any

from chalicelib.drivers.ec2_attack import EC2Attack
from chalicelib.drivers.fleet import Fleet
from chalicelib.drivers.found import Found
from chalicelib.plugin import AttackFailed, Spared
from chalicelib.schema import EC2_FILTERS, OTHER_ACCOUNT, REGION, Schema, plugin_schema

COUNT: Schema = {
    "type": "integer",
    "minimum": 1,
    "maximum": 100,
    "default": 1,
    "description": "how many at once; where fewer match, all of those",
}


class TerminateEC2Instance(EC2Attack):
    """Terminate one EC2 instance, chosen at random among the running ones that match all filters, or ``count`` of them.

    Filters are those of DescribeInstances. Where fewer than ``count`` match, all of those are terminated: a plan's
    guard ``min_healthy`` is what leaves some. IAM: ec2:DescribeInstances, ec2:TerminateInstances.
    """

    ref = "terminate_ec2_instance:TerminateEC2Instance"
    schema = plugin_schema(["filters"], filters=EC2_FILTERS, region=REGION, count=COUNT, **OTHER_ACCOUNT)
    example = {"ref": ref, "args": {"filters": {"tag:Chaos": "true"}, "region": "eu-west-1"}}
    iam_actions = ("ec2:DescribeInstances", "ec2:TerminateInstances")

    @property
    def takes(self) -> int:
        """``count``, by default 1."""
        return int(self.attack_config.get("count", 1))

    def run(self) -> dict[str, Any]:
        """The Region, how many candidates there were, which was chosen, and the state it was seen in afterwards.

        With a ``count`` above 1 these are ``instance_ids`` and ``states``, by id, of those that were terminated.
        Raises ``AttackFailed`` where nothing matches, or where an instance does not end: the others do all the same;
        ``Spared`` where all of them are.
        """
        if self.takes == 1:
            return self.attack("terminated", self.found().place.terminate)
        found = self.found()
        return self._several(found, found.choose(self.rng, self.takes, what="instance", done="terminated"))

    @staticmethod
    def _several(found: Found[Fleet], nodes: list[Any]) -> dict[str, Any]:
        states, failures = found.place.terminate_all(nodes)
        ids = [str(node.id) for node in nodes]
        target = ids[0] if len(ids) == 1 else f"{ids[0]} and {len(ids) - 1} more"
        outcome = {**found.record(), "target": target, "instance_ids": ids, "states": states}
        if failures:
            spared = not states and all(isinstance(failure, Spared) for failure in failures)
            why = "; ".join(map(str, failures))
            failed = Spared if spared else AttackFailed
            raise failed(f"{len(failures)} of {len(nodes)} instances were not terminated: {why}", **outcome)
        return outcome


class TerminateEC2InstanceNotExcluded(TerminateEC2Instance):
    """Terminate one EC2 instance, chosen at random among the running ones that match all ``filters``, less those that
    match all of ``excluded``; or ``count`` of them.

    Both are filters of DescribeInstances. IAM: ec2:DescribeInstances, ec2:TerminateInstances.
    """

    ref = "terminate_ec2_instance:TerminateEC2InstanceNotExcluded"
    schema = plugin_schema(
        ["filters", "excluded"], filters=EC2_FILTERS, excluded=EC2_FILTERS, region=REGION, count=COUNT, **OTHER_ACCOUNT
    )
    example = {
        "ref": ref,
        "args": {"filters": {"tag:Chaos": "true"}, "excluded": {"tag:Tier": "database"}, "region": "eu-west-1"},
    }

    def find(self) -> Found[Fleet]:
        """The excluded are listed last, so that a tag that was set meanwhile still protects."""
        found = super().find()
        excluded = {node.id for node in found.place.matching(self.attack_config["excluded"])} if found.nodes else set()
        left = [node for node in found.nodes if node.id not in excluded]
        return replace(found, nodes=left, known={**found.known, "excluded": len(found.nodes) - len(left)})
