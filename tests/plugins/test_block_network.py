"""BlockNetwork on moto, whose instances have network interfaces with security groups."""

from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any

import boto3
import pytest

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ec2 import empty_group
from chalicelib.drivers.ec2.fleet import Fleet
from chalicelib.drivers.look import Look
from plugins.attacks.block_network import BlockNetwork
from tests.plugins.conftest import REGION, Web

Launch = Callable[..., list[str]]
ARGS: dict[str, Any] = {"filters": {"tag:Team": "a"}, "duration": 600}


def ec2() -> Any:
    return boto3.client("ec2", region_name=REGION)


def vpc() -> str:
    return str(ec2().describe_vpcs()["Vpcs"][0]["VpcId"])


def make_group(name: str) -> str:
    return str(ec2().create_security_group(GroupName=name, Description="of the tests", VpcId=vpc())["GroupId"])


def interfaces(instance: str) -> dict[str, set[str]]:
    found = ec2().describe_network_interfaces(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])
    return {
        each["NetworkInterfaceId"]: {group["GroupId"] for group in each["Groups"]}
        for each in found["NetworkInterfaces"]
    }


def set_groups(interface: str, *groups: str) -> None:
    ec2().modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=list(groups))


def isolating() -> list[dict[str, Any]]:
    found = ec2().describe_security_groups(Filters=[{"Name": "group-name", "Values": [empty_group.NAME]}])
    return list(found["SecurityGroups"])


@pytest.fixture
def instance(launch: Launch) -> str:
    """An instance with two network interfaces: of groups web and db, and of db alone."""
    (id,) = launch(1, Team="a")
    web, db = make_group("web"), make_group("db")
    (first,) = interfaces(id)
    set_groups(first, web, db)
    subnet = ec2().describe_network_interfaces(NetworkInterfaceIds=[first])["NetworkInterfaces"][0]["SubnetId"]
    second = ec2().create_network_interface(SubnetId=subnet, Groups=[db])["NetworkInterface"]["NetworkInterfaceId"]
    ec2().attach_network_interface(NetworkInterfaceId=second, InstanceId=id, DeviceIndex=1)
    return id


def attack(**args: Any) -> BlockNetwork:
    made = BlockNetwork({**ARGS, **args})
    made.rng = Random(7)
    made.clock, made.pause = lambda: 0.0, lambda seconds: None
    return made


def test_all_interfaces_are_cut_off_and_get_their_groups_back(instance: str, launch: Launch) -> None:
    (other,) = launch(1, Team="b")
    before, others = interfaces(instance), interfaces(other)
    made = attack()

    state = made.prepare()
    assert interfaces(instance) == before
    assert isolating() == []
    assert state == {
        "region": REGION,
        "instance_id": instance,
        "groups": {id: sorted(groups) for id, groups in before.items()},
    }

    outcome = made.run()
    (group,) = isolating()
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])
    assert outcome == {
        "region": REGION,
        "candidates": 1,
        "instance_id": instance,
        "name": instance,
        "interfaces": sorted(before),
        "security_group": group["GroupId"],
        "seconds": 1.2,
    }
    assert interfaces(instance) == {id: {group["GroupId"]} for id in before}

    known = {"region": REGION, "instance_id": instance}
    assert attack().revert(state) == {**known, "restored": sorted(before), "left_alone": {}, "seconds": 0}
    assert interfaces(instance) == before
    assert interfaces(other) == others


def test_without_having_been_prepared_it_prepares_itself(instance: str) -> None:
    before = interfaces(instance)
    assert attack().run()["interfaces"] == sorted(before)


def test_the_empty_group_is_made_once(instance: str, launch: Launch) -> None:
    launch(1, Team="c")
    assert attack().run()["security_group"] == attack(filters={"tag:Team": "c"}).run()["security_group"]
    assert len(isolating()) == 1


def test_in_a_vpc_with_ipv6_the_group_lets_nothing_out_either(aws: str) -> None:
    vpc_id = ec2().create_vpc(CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    id = empty_group.of(Fleet.of(), vpc_id, within=Look(60, pause=lambda seconds: None))
    (group,) = ec2().describe_security_groups(GroupIds=[id])["SecurityGroups"]
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_group_of_that_name_with_rules_of_its_own_is_not_emptied(instance: str, direction: str) -> None:
    before, group = interfaces(instance), make_group(empty_group.NAME)
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    getattr(ec2(), f"authorize_security_group_{direction}")(GroupId=group, IpPermissions=[rule])
    with pytest.raises(AttackFailed, match=rf"{empty_group.NAME} \({group}\) has rules, so it isolates nothing"):
        attack().run()
    assert interfaces(instance) == before
    assert rule["IpRanges"] in [
        each["IpRanges"] for each in isolating()[0]["IpPermissions"] + isolating()[0]["IpPermissionsEgress"]
    ]


def test_what_is_cut_off_already_is_not_attacked_again(instance: str) -> None:
    attack().run()
    with pytest.raises(AttackFailed, match=f"of {instance} is cut off already: nothing was blocked"):
        attack().prepare()


def test_a_protected_instance_keeps_its_groups_but_gets_them_back(instance: str) -> None:
    before, made = interfaces(instance), attack()
    state = made.prepare()
    protect = {"Resources": [instance], "Tags": [{"Key": "chaos:protected", "Value": "true"}]}
    ec2().create_tags(**protect)
    with pytest.raises(AttackFailed, match=f"^{instance} is spared") as failure:
        made.run()
    assert failure.value.outcome["interfaces"] == []
    assert interfaces(instance) == before

    ec2().delete_tags(Resources=[instance], Tags=[{"Key": "chaos:protected"}])
    made.run()
    ec2().create_tags(**protect)
    assert attack().revert(state)["restored"] == sorted(before)
    assert interfaces(instance) == before


def test_groups_that_somebody_else_changed_meanwhile_are_left_alone(instance: str) -> None:
    before, made, new = interfaces(instance), attack(), make_group("new")
    state = made.prepare()
    made.run()
    first, second = sorted(before)
    set_groups(first, new)
    assert attack().revert(state) == {
        "region": REGION,
        "instance_id": instance,
        "restored": [second],
        "left_alone": {first: f"somebody has changed its groups to {new}"},
        "seconds": 0,
    }
    assert interfaces(instance) == {first: {new}, second: before[second]}


def test_of_an_instance_that_is_gone_there_is_nothing_to_put_back(instance: str) -> None:
    made = attack()
    state = made.prepare()
    made.run()
    _, second = sorted(state["groups"])
    state["groups"]["eni-00000000000000000"] = ["sg-1"]
    found = ec2().describe_network_interfaces(NetworkInterfaceIds=[second])["NetworkInterfaces"][0]
    ec2().detach_network_interface(AttachmentId=found["Attachment"]["AttachmentId"])
    undone = attack().revert(state)
    assert undone["left_alone"] == {"eni-00000000000000000": "it is gone"}
    assert second in undone["restored"]


def _interface(id: str, group: str, name: str) -> tuple[int, dict[str, str], bytes]:
    """What EC2 says of an interface that has this group alone."""
    text = (
        '<DescribeNetworkInterfacesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><networkInterfaceSet><item>'
        f"<networkInterfaceId>{id}</networkInterfaceId><vpcId>vpc-1</vpcId><groupSet><item><groupId>{group}</groupId>"
        f"<groupName>{name}</groupName></item></groupSet></item></networkInterfaceSet></DescribeNetworkInterfacesResponse>"
    )
    return 200, {}, text.encode()


DONE = (200, {}, b'<R xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><return>true</return></R>')
GONE = (
    400,
    {},
    b"<Response><Errors><Error><Code>InvalidGroup.NotFound</Code><Message>no</Message></Error></Errors></Response>",
)


def test_a_group_that_is_gone_is_reported_and_the_others_are_put_back(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    isolated = ("sg-0", empty_group.NAME)
    web.answers = [
        *(_interface("eni-1", *isolated), GONE),
        *(_interface("eni-2", *isolated), DONE, _interface("eni-2", "sg-2", "db")),
    ]
    state = {"region": REGION, "instance_id": "i-1", "groups": {"eni-1": ["sg-1"], "eni-2": ["sg-2"]}}
    with pytest.raises(
        AttackFailed, match="refused to change the security groups of eni-1: InvalidGroup.Not"
    ) as failure:
        attack().revert(state)
    assert failure.value.outcome == {
        "region": REGION,
        "instance_id": "i-1",
        "restored": ["eni-2"],
        "left_alone": {},
        "seconds": 0,
    }
    changed = [request.path for request in web.received if "Action=Modify" in request.path]
    assert ["SecurityGroupId.1=sg-1" in changed[0], "SecurityGroupId.1=sg-2" in changed[1]] == [True, True]


def test_groups_that_ec2_accepts_but_does_not_set_are_a_failure_within_bounds(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    isolated = _interface("eni-1", "sg-0", empty_group.NAME)
    web.answers = [isolated, DONE, isolated]
    waited: list[float] = []
    made = attack()
    made.pause = waited.append
    with pytest.raises(
        AttackFailed, match="^eni-1 is still in sg-0 110 seconds after it was given its new security groups"
    ):
        made.revert({"region": REGION, "instance_id": "i-1", "groups": {"eni-1": ["sg-1"]}})
    assert sum(waited) == 110


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InvalidNetworkInterfaceID.NotFound"])
def test_an_interface_that_cannot_be_seen_is_not_taken_for_one_that_is_gone(
    web: Web, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    web.answers = [(GONE[0], {}, GONE[2].replace(b"InvalidGroup.NotFound", code.encode()))]
    state = {"region": REGION, "instance_id": "i-1", "groups": {"eni-1": ["sg-1"]}}
    if code == "UnauthorizedOperation":
        with pytest.raises(AttackFailed, match="refused to describe eni-1: UnauthorizedOperation"):
            attack().revert(state)
    else:
        assert attack().revert(state)["left_alone"] == {"eni-1": "it is gone"}


def test_an_instance_without_a_network_interface_is_not_attacked(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    instance = (
        '<R xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet><item><instancesSet><item><instanceId>i-1'
        "</instanceId><instanceState><name>running</name></instanceState></item></instancesSet></item></reservationSet></R>"
    )
    web.answers = [(200, {}, instance.encode()), DONE]
    with pytest.raises(AttackFailed, match="^i-1 has no network interface: nothing was blocked$"):
        attack().prepare()


def test_no_match_is_a_failed_attack(aws: str) -> None:
    for act in (attack().prepare, attack().run):
        with pytest.raises(AttackFailed, match="no instance in eu-west-1 matches: nothing was blocked"):
            act()


def test_undoing_is_harmless_whenever_and_how_often(launch: Launch) -> None:
    """Every order of three steps: groups that the attack has not taken are never changed by an undo, and those that it
    took come back."""
    (id,) = launch(1, Team="a")
    old, new = make_group("old"), make_group("new")
    (interface,) = interfaces(id)
    for steps in product(("run", "revert", "somebody"), repeat=3):
        set_groups(interface, old)
        made = attack()
        state, expected, ran = made.prepare(), {old}, False
        for step in steps:
            if step == "run" and not ran:
                made.run()
                ran, expected = True, {isolating()[0]["GroupId"]}
            elif step == "revert":
                attack().revert(state)
                expected = {old} if ran and expected != {new} else expected
            elif step == "somebody":
                set_groups(interface, new)
                expected = {new}
            assert interfaces(id) == {interface: expected}, steps
