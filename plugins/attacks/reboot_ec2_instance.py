"""Attack an EC2 instance by rebooting it."""

from typing import Any

from chalicelib.drivers.ec2.attack import RunningEC2Attack
from chalicelib.plugin import EC2_FILTERS, OTHER_ACCOUNT, REGION, plugin_schema


class RebootEC2Instance(RunningEC2Attack):
    """Reboot one running EC2 instance, chosen at random among those that match all filters.

    Filters are those of DescribeInstances, except the state. The attack succeeds once EC2 accepts the request, because
    EC2 shows no sign of the reboot. IAM: ec2:DescribeInstances, ec2:RebootInstances.
    """

    ref = "reboot_ec2_instance:RebootEC2Instance"
    schema = plugin_schema(["filters"], filters=EC2_FILTERS, region=REGION, **OTHER_ACCOUNT)
    example = {"ref": ref, "args": {"filters": {"tag:Chaos": "true"}, "region": "eu-west-1"}}
    iam_actions = ("ec2:DescribeInstances", "ec2:RebootInstances")

    def run(self) -> dict[str, Any]:
        """Return the Region, the number of candidates, the chosen instance, and its state after the attack.

        Raises ``AttackFailed`` where nothing matches, and where EC2 refuses.
        """
        return self.attack("rebooted", self.found().place.reboot)
