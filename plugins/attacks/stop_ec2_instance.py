"""Attack an EC2 instance by stopping it for a while."""

from typing import Any

from chalicelib.drivers.ec2.attack import RunningEC2Attack
from chalicelib.drivers.ec2.fleet import STARTING
from chalicelib.plugin import DURATION, EC2_FILTERS, OTHER_ACCOUNT, REGION, AttackFailed, plugin_schema

_NOT_STOPPING = ("stopped", "pending", "running", "shutting-down", "terminated", "gone")


class StopEC2Instance(RunningEC2Attack):
    """Stop one running EC2 instance, chosen at random among those that match all filters, and start it again after
    ``duration`` seconds.

    Filters are those of DescribeInstances, except the state. The instance returns with another public address unless it
    has an Elastic IP. An Auto Scaling group replaces a stopped instance. The attack succeeds once EC2 shows the
    instance as stopped, the undo once it runs again. IAM: ec2:DescribeInstances, ec2:StartInstances, ec2:StopInstances.
    """

    ref = "stop_ec2_instance:StopEC2Instance"
    schema = plugin_schema(
        ["filters", "duration"], filters=EC2_FILTERS, region=REGION, duration=DURATION, **OTHER_ACCOUNT
    )
    example = {"ref": ref, "args": {"filters": {"tag:Chaos": "true"}, "region": "eu-west-1", "duration": 600}}
    iam_actions = ("ec2:DescribeInstances", "ec2:StartInstances", "ec2:StopInstances")

    def prepare(self) -> dict[str, str]:
        """Return the Region and the chosen instance. Raises ``AttackFailed`` where nothing matches."""
        return {"region": self.found().place.region, "instance_id": str(self.chosen("stopped").id)}

    def run(self) -> dict[str, Any]:
        """Return the Region, the number of candidates, the chosen instance, and the seconds until it was stopped.

        Raises ``AttackFailed`` where nothing matches, and where the instance does not stop in time.
        """
        return self.attack("stopped", self.found().place.stop)

    def revert(self, state: Any) -> dict[str, Any]:
        """Start the instance where it is stopped, and wait until it runs.

        An instance that is still stopping or already starting is waited for; one in any other state is left alone.
        Returns its last state and the seconds until then, or in ``left_alone`` the reason. Raises ``AttackFailed``
        where the instance does not run in time, or is still stopping.
        """
        fleet, id = self.fleet(state["region"]), str(state["instance_id"])
        look = fleet.start_look(STARTING)
        seen = look.until(lambda: fleet.state(id), lambda now: now in _NOT_STOPPING)
        if not seen.is_so:
            raise AttackFailed(f"{id} is still stopping, and cannot be started before it has stopped", **state)
        node = next(iter(fleet.look(id)), None) if seen.value in ("stopped", "pending") else None
        if node is None:
            return {**state, "state": seen.value, "left_alone": f"{id} is {seen.value}: there is nothing to start"}
        try:
            seen = fleet.start(node, look)
        except AttackFailed as failure:
            raise AttackFailed(str(failure), **{**state, **failure.outcome}) from failure
        return {**state, "state": seen.value, "seconds": seen.seconds}
