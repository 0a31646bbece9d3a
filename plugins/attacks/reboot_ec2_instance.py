"""An attack that reboots an EC2 instance."""

from typing import Any

from chalicelib.drivers.ec2_attack import RunningEC2Attack
from chalicelib.schema import EC2_FILTERS, OTHER_ACCOUNT, REGION, plugin_schema


class RebootEC2Instance(RunningEC2Attack):
    """Reboot one EC2 instance, chosen at random among the running ones that match all filters.

    Filters are those of DescribeInstances, but for the state. EC2 accepts the request and shows no sign of the reboot.
    IAM: ec2:DescribeInstances, ec2:RebootInstances.
    """

    ref = "reboot_ec2_instance:RebootEC2Instance"
    schema = plugin_schema(["filters"], filters=EC2_FILTERS, region=REGION, **OTHER_ACCOUNT)
    example = {"ref": ref, "args": {"filters": {"tag:Chaos": "true"}, "region": "eu-west-1"}}
    iam_actions = ("ec2:DescribeInstances", "ec2:RebootInstances")

    def run(self) -> dict[str, Any]:
        """The Region, how many candidates there were, which was chosen, and the state it was seen in afterwards.

        Raises ``AttackFailed`` where nothing matches, and where EC2 refuses.
        """
        return self.attack("rebooted", self.found().place.reboot)
