"""Attack an EC2 instance by cutting it off from the network for a while."""

from typing import Any

from chalicelib.drivers.ec2 import empty_group, interfaces
from chalicelib.drivers.ec2.attack import EC2Attack
from chalicelib.drivers.ec2.fleet import GROUPING
from chalicelib.drivers.ec2.interfaces import Interface
from chalicelib.plugin import DURATION, EC2_FILTERS, OTHER_ACCOUNT, REGION, AttackFailed, plugin_schema


class BlockNetwork(EC2Attack):
    """Cut one running EC2 instance, chosen at random among those that match all filters, off from the network for
    ``duration`` seconds.

    The attack replaces the security groups of each network interface by ``chaosmonkey-isolated``, a group without
    rules. It creates that group where the VPC has none. The undo puts the old groups back, unless somebody else has
    changed the groups meanwhile. An open connection may live on while it is used, because EC2 tracks it. IAM:
    ec2:CreateSecurityGroup, ec2:DescribeInstances, ec2:DescribeNetworkInterfaces, ec2:DescribeSecurityGroups,
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
        """Return the Region, the chosen instance, and the ids of the security groups of each network interface.

        Raises ``AttackFailed`` where nothing matches, and where the instance is cut off already, because an undo could
        not restore its groups.
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
        """Return the Region, the number of candidates, the chosen instance, the network interfaces that are cut off,
        and their security group.

        Raises ``AttackFailed`` where nothing matches, and where an interface keeps its groups: those before it are cut
        off all the same.
        """
        if self._interfaces is None:
            self.prepare()
        return self.attack("blocked", self._block)

    def _block(self, node: Any) -> dict[str, Any]:
        fleet, done, group = self.found().place, [], None
        look = fleet.start_look(GROUPING)
        try:
            fleet.require_unspared(node)  # before a group is made for it
            for interface in self._interfaces or ():
                group = empty_group.of(fleet, interface.vpc, within=look)
                interfaces.set_groups(fleet, interface.id, [group], within=look, of=node)
                done.append(interface.id)
        except AttackFailed as failure:
            raise failure.with_outcome(**{**failure.outcome, "interfaces": done, "security_group": group}) from failure
        return {"interfaces": done, "security_group": group, "seconds": look.seconds}

    def revert(self, state: Any) -> dict[str, Any]:
        """Put back the groups of each interface that is cut off; leave any other alone.

        Returns the interfaces that were restored, and in ``left_alone`` the reason for each other one, by id. Raises
        ``AttackFailed`` where EC2 refuses, after it has tried all interfaces.
        """
        fleet = self.fleet(state["region"])
        look = fleet.start_look(GROUPING)
        target = {"region": state["region"], "instance_id": state["instance_id"]}
        restored: list[str] = []
        left_alone: dict[str, str] = {}
        failures: list[str] = []
        for id, groups in state["groups"].items():
            try:
                why = _reason_to_leave_alone(interfaces.look(fleet, id), groups)
                if why is None:
                    interfaces.set_groups(fleet, id, groups, within=look)
                    restored.append(id)
                else:
                    left_alone[id] = why
            except AttackFailed as failure:
                failures.append(str(failure))
        outcome = {**target, "restored": restored, "left_alone": left_alone, "seconds": look.seconds}
        if failures:
            raise AttackFailed("; ".join(failures), **outcome)
        return outcome


def _reason_to_leave_alone(now: Interface | None, groups: list[str]) -> str | None:
    if now is None:
        return "it is gone"
    if set(now.groups) == set(groups):
        return "it has its groups"
    return None if now.isolated else f"somebody has changed its groups to {', '.join(sorted(now.groups)) or 'none'}"
