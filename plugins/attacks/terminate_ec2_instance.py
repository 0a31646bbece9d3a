"""Attacks that terminate one EC2 instance, chosen at random."""

from typing import Any

from chalicelib.drivers.fleet import Fleet
from chalicelib.plugin import Attack, AttackFailed
from chalicelib.schema import EC2_FILTERS, REGION, plugin_schema


class TerminateEC2Instance(Attack):
    """Terminate one EC2 instance, chosen at random among the running ones that match all filters.

    Filters are those of DescribeInstances. IAM: ec2:DescribeInstances, ec2:TerminateInstances.
    """

    ref = "terminate_ec2_instance:TerminateEC2Instance"
    schema = plugin_schema(["filters"], filters=EC2_FILTERS, region=REGION)
    example = {"ref": ref, "args": {"filters": {"tag:Chaos": "true"}, "region": "eu-west-1"}}
    iam_actions = ("ec2:DescribeInstances", "ec2:TerminateInstances")

    def run(self) -> dict[str, Any]:
        """The Region, how many candidates there were, which was chosen, and the state it was seen in afterwards.

        Raises ``AttackFailed`` where nothing matches, or where the instance does not end.
        """
        fleet = Fleet.of(self.attack_config.get("region"))
        candidates, known = self._candidates(fleet)
        known = {"region": fleet.region, "candidates": len(candidates), **known}
        if not candidates:
            raise AttackFailed(f"no instance in {fleet.region} matches: nothing was terminated", **known)
        node = self.rng.choice(candidates)
        known |= {"instance_id": node.id, "name": node.name}
        try:
            return {**known, "state": fleet.terminate(node)}
        except AttackFailed as failure:
            raise AttackFailed(str(failure), **{**known, **failure.outcome}) from failure

    def _candidates(self, fleet: Fleet) -> tuple[list[Any], dict[str, Any]]:
        """The nodes to choose from, and what else is to go on record."""
        return fleet.candidates(self.attack_config["filters"]), {}


class TerminateEC2InstanceNotExcluded(TerminateEC2Instance):
    """Terminate one EC2 instance, chosen at random among the running ones that match all ``filters``, less those that
    match all of ``excluded``.

    Both are filters of DescribeInstances. IAM: ec2:DescribeInstances, ec2:TerminateInstances.
    """

    ref = "terminate_ec2_instance:TerminateEC2InstanceNotExcluded"
    schema = plugin_schema(["filters", "excluded"], filters=EC2_FILTERS, excluded=EC2_FILTERS, region=REGION)
    example = {
        "ref": ref,
        "args": {"filters": {"tag:Chaos": "true"}, "excluded": {"tag:Tier": "database"}, "region": "eu-west-1"},
    }

    def _candidates(self, fleet: Fleet) -> tuple[list[Any], dict[str, Any]]:
        """The excluded are listed last, so that a tag that was set meanwhile still protects."""
        matching = fleet.candidates(self.attack_config["filters"])
        excluded = {node.id for node in fleet.matching(self.attack_config["excluded"])} if matching else set()
        left = [node for node in matching if node.id not in excluded]
        return left, {"excluded": len(matching) - len(left)}
