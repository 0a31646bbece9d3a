"""Attack EC2 instances by terminating them."""

from dataclasses import replace
from typing import Any

from chalicelib.drivers.candidates import Found
from chalicelib.drivers.ec2 import tag_keys
from chalicelib.drivers.ec2.attack import EC2Attack
from chalicelib.drivers.ec2.fleet import Fleet
from chalicelib.plugin import EC2_FILTERS, OTHER_ACCOUNT, REGION, AttackFailed, Schema, Spared, plugin_schema

COUNT: Schema = {
    "type": "integer",
    "minimum": 1,
    "maximum": 100,
    "default": 1,
    "description": "how many at once; where fewer match, all of those",
}


class TerminateEC2Instance(EC2Attack):
    """Terminate one running EC2 instance, or ``count`` of them, chosen at random among those that match all filters.

    Filters are those of DescribeInstances. If fewer than ``count`` match, the attack terminates all of them; a plan's
    guard ``min_healthy`` keeps some. IAM: ec2:DescribeInstances, ec2:TerminateInstances.
    """

    ref = "terminate_ec2_instance:TerminateEC2Instance"
    schema = plugin_schema(["filters"], filters=EC2_FILTERS, region=REGION, count=COUNT, **OTHER_ACCOUNT)
    example = {"ref": ref, "args": {"filters": {"tag:Chaos": "true"}, "region": "eu-west-1"}}
    iam_actions = ("ec2:DescribeInstances", "ec2:TerminateInstances")

    @property
    def takes(self) -> int:
        """Return ``count``, by default 1."""
        return int(self.attack_config.get("count", 1))

    def run(self) -> dict[str, Any]:
        """Terminate the chosen instances, and return the Region, the number of candidates, the chosen instance, its
        last state, and the seconds until then.

        With a ``count`` above 1 the record has ``instance_ids``, and ``states`` by id. Raises ``AttackFailed`` where
        nothing matches, or where an instance does not end; the others are still terminated. Raises ``Spared`` where all
        of them are spared.
        """
        if self.takes == 1:
            return self.attack("terminated", self.found().place.terminate)
        found = self.found()
        return self._several(found, found.choose(self.rng, self.takes, what="instance", done="terminated"))

    @staticmethod
    def _several(found: Found[Fleet], nodes: list[Any]) -> dict[str, Any]:
        seen, failures = found.place.terminate_all(nodes)
        ids = [str(node.id) for node in nodes]
        target = ids[0] if len(ids) == 1 else f"{ids[0]} and {len(ids) - 1} more"
        outcome = {
            **found.record(),
            "target": target,
            "instance_ids": ids,
            "states": seen.value,
            "seconds": seen.seconds,
        }
        if failures:
            spared = not seen.value and all(isinstance(failure, Spared) for failure in failures)
            why = "; ".join(map(str, failures))
            failed = Spared if spared else AttackFailed
            raise failed(f"{len(failures)} of {len(nodes)} instances were not terminated: {why}", **outcome)
        return outcome


class TerminateEC2InstanceNotExcluded(TerminateEC2Instance):
    """Terminate one running EC2 instance, or ``count`` of them, chosen at random among those that match all of
    ``filters`` but not all of ``excluded``.

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
        """Return the matching instances without the excluded ones.

        The excluded ones are listed last, so that a tag set meanwhile still protects. A key that no candidate bears
        excludes nothing, nor does a value that candidates bear only in another case: each is a warning.
        """
        found = super().find()
        excluded = {node.id for node in found.place.matching(self.attack_config["excluded"])} if found.nodes else set()
        left = [node for node in found.nodes if node.id not in excluded]
        filters, borne = self.attack_config["excluded"], tag_keys.of_nodes(found.nodes)
        warnings = tag_keys.missing_key_warnings("excluded", filters, borne, "candidate")
        warnings += tag_keys.value_case_warnings("excluded", filters, found.nodes, "candidate")
        return replace(
            found,
            nodes=left,
            known={**found.known, "excluded": len(found.nodes) - len(left)},
            warnings=warnings if found.nodes else found.warnings,
        )
