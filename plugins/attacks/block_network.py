"""An attack that cuts an EC2 instance off from the network for a while."""

from typing import Any

from chalicelib.drivers import empty_group, interfaces
from chalicelib.drivers.ec2_attack import EC2Attack
from chalicelib.drivers.interfaces import Interface
from chalicelib.plugin import AttackFailed
from chalicelib.schema import DURATION, EC2_FILTERS, OTHER_ACCOUNT, REGION, plugin_schema


class BlockNetwork(EC2Attack):
    """Cut one EC2 instance off from the network, chosen at random among the running ones that match all filters, for
    ``duration`` seconds.

    Each of its network interfaces gets the security group ``chaosmonkey-isolated``, which has no rules and is made in
    the VPC where there is none, in place of its own groups; these are put back afterwards. A connection that was open
    may live on as long as it is used: EC2 tracks it. Groups that somebody else has changed meanwhile are left alone.
    IAM: ec2:CreateSecurityGroup, ec2:DescribeInstances, ec2:DescribeNetworkInterfaces, ec2:DescribeSecurityGroups,
    ec2:ModifyNetworkInterfaceAttribute, ec2:RevokeSecurityGroupEgress.
    """

    ref = "block_network:BlockNetwork"
    schema = plugin_schema(
        ["filters", "duration"], filters=EC2_FILTERS, region=REGION, duration=DURATION, **OTHER_ACCOUNT
    )
    example = {"ref": ref, "args": {"filters": {"tag:Chaos": "true"}, "region": "eu-west-1", "duration": 600}}
    iam_actions = (
        "ec2:CreateSecurityGroup",
        "ec2:DescribeInstances",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:ModifyNetworkInterfaceAttribute",
        "ec2:RevokeSecurityGroupEgress",
    )

    _interfaces: list[Interface] | None = None

    def prepare(self) -> dict[str, Any]:
        """The Region, the instance that was chosen, and the ids of each network interface's security groups.

        Raises ``AttackFailed`` where nothing matches, and where the instance is cut off already: there would be nothing
        to put back.
        """
        fleet, id = self.found().place, str(self.chosen("blocked").id)
        self._interfaces = interfaces.of_instance(fleet, id)
        state = {
            "region": fleet.region,
            "instance_id": id,
            "groups": {interface.id: sorted(interface.groups) for interface in self._interfaces},
        }
        if not self._interfaces:
            raise AttackFailed(f"{id} has no network interface: nothing was blocked", **state)
        for interface in self._interfaces:
            if empty_group.NAME in interface.groups.values():
                raise AttackFailed(f"{interface.id} of {id} is cut off already: nothing was blocked", **state)
        return state

    def run(self) -> dict[str, Any]:
        """The Region, how many candidates there were, which was chosen, its network interfaces that are cut off now,
        and by which security group.

        Raises ``AttackFailed`` where nothing matches, and where an interface keeps its groups: then those before it
        are cut off all the same.
        """
        if self._interfaces is None:
            self.prepare()
        return self.attack("blocked", self._block)

    def _block(self, node: Any) -> dict[str, Any]:
        fleet, done, group = self.found().place, [], None
        try:
            fleet.require_unspared(node)  # before a group is made for it
            for interface in self._interfaces or ():
                group = empty_group.of(fleet, interface.vpc)
                interfaces.set_groups(fleet, interface.id, [group], of=node)
                done.append(interface.id)
        except AttackFailed as failure:
            raise failure.with_outcome(interfaces=done, security_group=group) from failure
        return {"interfaces": done, "security_group": group}

    def revert(self, state: Any) -> dict[str, Any]:
        """Put back the groups of each interface that is cut off; any other is left alone.

        Returns which interfaces were put back, and ``left_alone``: why others were not, by id. Raises ``AttackFailed``
        where EC2 refuses, once all have been tried.
        """
        fleet = self.fleet(state["region"])
        known = {"region": state["region"], "instance_id": state["instance_id"]}
        restored: list[str] = []
        left_alone: dict[str, str] = {}
        failures: list[str] = []
        for id, groups in state["groups"].items():
            try:
                why = _why_leave_alone(interfaces.look(fleet, id), groups)
                if why is None:
                    interfaces.set_groups(fleet, id, groups)
                    restored.append(id)
                else:
                    left_alone[id] = why
            except AttackFailed as failure:
                failures.append(str(failure))
        outcome = {**known, "restored": restored, "left_alone": left_alone}
        if failures:
            raise AttackFailed("; ".join(failures), **outcome)
        return outcome


def _why_leave_alone(now: Interface | None, groups: list[str]) -> str | None:
    if now is None:
        return "it is gone"
    if set(now.groups) == set(groups):
        return "it has its groups"
    return None if now.isolated else f"somebody has changed its groups to {', '.join(sorted(now.groups)) or 'none'}"
