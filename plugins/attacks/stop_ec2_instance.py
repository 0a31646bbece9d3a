"""An attack that stops an EC2 instance for a while."""

from typing import Any

from chalicelib.drivers.ec2_attack import RunningEC2Attack
from chalicelib.plugin import AttackFailed
from chalicelib.schema import DURATION, EC2_FILTERS, OTHER_ACCOUNT, REGION, plugin_schema

STOPPING_PAUSES = (1.0, 2.0, *[5.0] * 18)
"""Seconds between looks at an instance that is stopping and is to be started: 93 altogether. A large one takes longer,
and the undo is tried again."""

_NOT_STOPPING = ("stopped", "pending", "running", "shutting-down", "terminated", "gone")


class StopEC2Instance(RunningEC2Attack):
    """Stop one EC2 instance, chosen at random among the running ones that match all filters, and start it again after
    ``duration`` seconds.

    Filters are those of DescribeInstances, but for the state. It comes back with another public address, unless it has
    an Elastic IP, and an Auto Scaling group replaces its own. IAM: ec2:DescribeInstances, ec2:StartInstances,
    ec2:StopInstances.
    """

    ref = "stop_ec2_instance:StopEC2Instance"
    schema = plugin_schema(
        ["filters", "duration"], filters=EC2_FILTERS, region=REGION, duration=DURATION, **OTHER_ACCOUNT
    )
    example = {"ref": ref, "args": {"filters": {"tag:Chaos": "true"}, "region": "eu-west-1", "duration": 600}}
    iam_actions = ("ec2:DescribeInstances", "ec2:StartInstances", "ec2:StopInstances")

    def prepare(self) -> dict[str, str]:
        """The Region, and the instance that was chosen. Raises ``AttackFailed`` where nothing matches."""
        return {"region": self.found().place.region, "instance_id": str(self.chosen("stopped").id)}

    def run(self) -> dict[str, Any]:
        """The Region, how many candidates there were, which was chosen, and the state it was seen in afterwards.

        Raises ``AttackFailed`` where nothing matches, and where the instance does not stop.
        """
        return self.attack("stopped", self.found().place.stop)

    def revert(self, state: Any) -> dict[str, Any]:
        """Start the instance where it is stopped; one that stops is waited for, any other is left alone.

        Returns the state it was seen in, and ``left_alone`` that says why where it was. Raises ``AttackFailed`` where
        the instance does not start, or is still stopping after a minute and a half.
        """
        fleet, id = self.fleet(state["region"]), str(state["instance_id"])
        seen = fleet.state(id)
        if seen == "stopping":
            seen = fleet.await_states([id], _NOT_STOPPING, STOPPING_PAUSES)[id]
        if seen == "stopping":
            raise AttackFailed(f"{id} is still stopping, and cannot be started before it has stopped", **state)
        node = next(iter(fleet.look(id)), None) if seen == "stopped" else None
        if node is None:
            return {**state, "state": seen, "left_alone": f"{id} is {seen}: there is nothing to start"}
        try:
            return {**state, "state": fleet.start(node)}
        except AttackFailed as failure:
            raise AttackFailed(str(failure), **{**state, **failure.outcome}) from failure
