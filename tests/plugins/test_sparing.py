"""Instances that their tags protect, against every call that the driver has: also from a plugin's own code."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from libcloud.common.exceptions import BaseHTTPError

from chalicelib.domain.attack_failures import AttackFailed, Spared
from chalicelib.drivers.ec2.factory import EC2DriverFactory
from chalicelib.drivers.ec2.fleet import Fleet
from chalicelib.plugin import Attack
from chalicelib.plugin.registry import Registry
from plugins.attacks.run_script import RunScript
from plugins.attacks.terminate_ec2_instance import TerminateEC2Instance
from tests.plugins.conftest import REGION, Web

Launch = Callable[..., list[str]]
PROTECTED = {"chaos:protected": "true"}
FLEET = "fleet-73fbd2ce-aa30-494c-8788-1cee40e8a3b1"
PROTECTS = "it bears the tag chaos:protected, which protects it"
DOCUMENTED = Registry("attack", "tests.plugins.documented.attacks", Attack)


def tag(id: str, **tags: str) -> None:
    boto3.client("ec2", region_name=REGION).create_tags(
        Resources=[id], Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
    )


def state(id: str) -> str:
    found = boto3.client("ec2", region_name=REGION).describe_instances(InstanceIds=[id])
    return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])


def test_a_protected_instance_is_listed_by_its_id_alone(launch: Launch) -> None:
    (protected,), (other,) = launch(1, Team="a", **PROTECTED), launch(1, Team="a")
    driver = EC2DriverFactory().get_driver()
    assert [node.id for node in driver.list_nodes()] == [other]
    assert [node.id for node in driver.list_nodes(ex_filters={"tag:Team": "a"})] == [other]
    assert {node.id for node in driver.list_nodes(ex_node_ids=[protected, other])} == {protected, other}
    nodes, spared = driver.ex_divide_nodes({"tag:Team": "a"})
    assert ([node.id for node in nodes], spared) == ([other], {protected: PROTECTS})


def test_the_tags_are_those_of_the_stages_settings(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    bare, opted_in, keep, default = (
        launch(1, **tags)[0] for tags in ({}, {"chaos": "yes"}, {"chaos": "yes", "keep": "x"}, PROTECTED)
    )
    driver = EC2DriverFactory().get_driver()

    def listed() -> set[str]:
        return {node.id for node in driver.list_nodes()}

    monkeypatch.setenv("PROTECTED_TAGS", "keep")
    assert listed() == {bare, opted_in, default}
    monkeypatch.setenv("REQUIRED_TAGS", "chaos=yes")
    assert listed() == {opted_in}
    monkeypatch.setenv("PROTECTED_TAGS", "")
    assert listed() == {opted_in, keep}


def test_settings_that_cannot_be_read_let_nothing_be_attacked(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    (id,) = launch(1)
    monkeypatch.setenv("PROTECTED_TAGS", "=true")
    driver = EC2DriverFactory().get_driver()
    (node,) = driver.list_nodes(ex_node_ids=[id])
    for call in (driver.list_nodes, lambda: driver.destroy_node(node)):
        with pytest.raises(AttackFailed, match="cannot be read, so nothing is attacked: '=true' has no key"):
            call()
    assert state(id) == "running"


CHANGES: dict[str, Callable[[Any, Any], Any]] = {
    "destroy_node": lambda driver, node: driver.destroy_node(node),
    "reboot_node": lambda driver, node: driver.reboot_node(node),
    "stop_node": lambda driver, node: driver.stop_node(node),
    "ex_stop_node": lambda driver, node: driver.ex_stop_node(node),
    "node.destroy": lambda driver, node: node.destroy(),
    "node.reboot": lambda driver, node: node.reboot(),
    "node.stop_node": lambda driver, node: node.stop_node(),
    "create_image": lambda driver, node: driver.create_image(node, "i", reboot=True),
    "ex_create_tags": lambda driver, node: driver.ex_create_tags(node, {"chaos:protected": "false"}),
    "ex_delete_tags": lambda driver, node: driver.ex_delete_tags(node, {"chaos:protected": None}),
    "ex_modify_instance_attribute": lambda driver, node: driver.ex_modify_instance_attribute(
        node, {"GroupId.1": "sg-1"}
    ),
    "the connection": lambda driver, node: driver.connection.request(
        "/", params={"Action": "TerminateInstances", "InstanceId.1": node.id}
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_tag_set_after_the_instance_was_chosen_protects_it_from_every_change(launch: Launch, change: Any) -> None:
    (id,) = launch(1)
    driver = EC2DriverFactory().get_driver()
    (node,) = driver.list_nodes()
    tag(id, **PROTECTED)
    with pytest.raises(AttackFailed, match=f"^{id} is spared: {PROTECTS}$"):
        change(driver, node)
    assert state(id) == "running"
    assert [node.extra["tags"] for node in driver.list_nodes(ex_node_ids=[id])] == [PROTECTED]


def test_an_instance_may_be_started_whatever_its_tags(launch: Launch) -> None:
    (id,) = launch(1, **PROTECTED)
    boto3.client("ec2", region_name=REGION).stop_instances(InstanceIds=[id])
    driver = EC2DriverFactory().get_driver()
    driver.start_node(driver.list_nodes(ex_node_ids=[id])[0])
    assert state(id) == "running"


def test_a_plugin_written_for_the_original_spares_it_too(launch: Launch) -> None:
    (protected,), (other,) = launch(1, Name="web", **PROTECTED), launch(1, Name="web")
    attack = DOCUMENTED.get("stop_instance:StopInstance")({"filters": {"tag:Name": "web"}, "region": REGION})
    assert attack.run() == {"stopped": other}
    assert (state(protected), state(other)) == ("running", "stopped")


def _answer(*tags: str) -> bytes:
    """What EC2 says of i-1 with these keys, each with the value true."""
    items = "".join(f"<item><key>{tag}</key><value>true</value></item>" for tag in tags)
    return (
        '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet><item>'
        "<instancesSet><item><instanceId>i-1</instanceId><instanceState><name>running</name></instanceState>"
        f"<tagSet>{items}</tagSet></item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
    ).encode()


def _error(code: str) -> bytes:
    return f"<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error></Errors></Response>".encode()


@pytest.fixture
def ec2(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """A server in EC2's place."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    return web


def _asked(web: Web) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(request.path).query) for request in web.received]


@pytest.mark.parametrize(
    ("params", "filter"),
    [
        ({"Action": "DetachVolume", "VolumeId": "vol-1"}, ("block-device-mapping.volume-id", "vol-1")),
        (
            {"Action": "ModifyNetworkInterfaceAttribute", "NetworkInterfaceId": "eni-1"},
            ("network-interface.network-interface-id", "eni-1"),
        ),
        (
            {"Action": "DetachNetworkInterface", "AttachmentId": "eni-attach-1"},
            ("network-interface.attachment.attachment-id", "eni-attach-1"),
        ),
        (
            {"Action": "DisassociateAddress", "AssociationId": "eipassoc-1"},
            ("network-interface.addresses.association.association-id", "eipassoc-1"),
        ),
        (
            {"Action": "AssociateAddress", "AllocationId": "eipalloc-1"},
            ("network-interface.addresses.association.allocation-id", "eipalloc-1"),
        ),
        (
            {"Action": "DisassociateAddress", "PublicIp": "203.0.113.7"},
            ("network-interface.addresses.association.public-ip", "203.0.113.7"),
        ),
        (
            {"Action": "UnassignIpv6Addresses", "Ipv6Addresses.1": "2001:db8::7"},
            ("network-interface.ipv6-addresses.ipv6-address", "2001:db8::7"),
        ),
        (
            {"Action": "DeleteFleets", "FleetId.1": FLEET},
            ("tag:aws:ec2:fleet-id", FLEET),
        ),
        ({"Action": "RevokeSecurityGroupEgress", "GroupId": "sg-1"}, ("network-interface.group-id", "sg-1")),
        ({"Action": "RevokeSecurityGroupIngress", "GroupName": "web"}, ("network-interface.group-name", "web")),
    ],
)
def test_what_is_part_of_a_protected_instance_is_spared_too(
    ec2: Web, params: dict[str, str], filter: tuple[str, str]
) -> None:
    ec2.answers = [(200, {}, _answer("chaos:protected"))]
    with pytest.raises(AttackFailed, match="^i-1 is spared"):
        EC2DriverFactory().get_driver().connection.request("/", params=params)
    asked, *_ = _asked(ec2)
    assert {each["Action"][0] for each in _asked(ec2)} == {"DescribeInstances"}
    assert (asked["Filter.1.Name"], asked["Filter.1.Value.1"]) == ([filter[0]], [filter[1]])


@pytest.mark.parametrize(
    ("params", "thing"),
    [
        (
            {"Action": "DisassociateIamInstanceProfile", "AssociationId": "iip-assoc-0a1b2c3d"},
            "iip-assoc-0a1b2c3d",
        ),
        ({"Action": "ReplaceRoute", "RouteTableId": "rtb-0a1b2c3d4e5f60718"}, "rtb-0a1b2c3d4e5f60718"),
        ({"Action": "Anew", "Something.New": "new-0a1b2c3d4e5f60718", "InstanceId": "i-2"}, "new-0a1b2c3d4e5f60718"),
    ],
)
def test_what_is_taken_from_a_machine_that_the_call_does_not_name_is_left(
    ec2: Web, params: dict[str, str], thing: str
) -> None:
    with pytest.raises(Spared, match=f"^the tags of the instances that {thing} belongs to cannot be read"):
        EC2DriverFactory().get_driver().connection.request("/", params=params)
    assert _asked(ec2) == []


def test_a_call_that_names_nothing_by_an_id_is_refused(ec2: Web) -> None:
    for params in ({"Action": "DisableEbsEncryptionByDefault"}, {"Action": "ModifyX", "Name": "web"}, {}):
        with pytest.raises(Spared, match="^the call names nothing by an id or an address"):
            EC2DriverFactory().get_driver().connection.request("/", params=params)
    assert _asked(ec2) == []


def test_what_makes_what_was_not_there_is_allowed(ec2: Web) -> None:
    ec2.answers = [(200, {}, _answer())]
    driver = EC2DriverFactory().get_driver()
    for action in ("CreateSecurityGroup", "RunInstances"):
        driver.connection.request("/", params={"Action": action, "VpcId": "vpc-1", "GroupName": "web"})
    assert [asked["Action"] for asked in _asked(ec2)] == [["CreateSecurityGroup"], ["RunInstances"]]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((403, {}, _error("UnauthorizedOperation")), "UnauthorizedOperation: no"),
        ((401, {}, _error("AuthFailure")), ".*AuthFailure.*"),
        ((400, {}, _error("InvalidInstanceID.NotFound")), "InvalidInstanceID.NotFound: no"),
        ((200, {}, _answer().replace(b"i-1", b"i-2")), "EC2 does not show it"),
    ],
)
def test_an_instance_whose_tags_cannot_be_read_is_not_attacked(
    ec2: Web, answer: tuple[int, dict[str, str], bytes], why: str
) -> None:
    ec2.answers = [(200, {}, _answer()), answer]
    driver = EC2DriverFactory().get_driver()
    (node,) = driver.list_nodes()
    with pytest.raises(
        AttackFailed,
        match=rf"^the tags of i-1 cannot be read \({why}\): a machine whose tags are unknown is not attacked$",
    ):
        driver.destroy_node(node)
    assert [asked["Action"] for asked in _asked(ec2)] == [["DescribeInstances"]] * 2


def test_an_instance_whose_tags_nobody_tells_is_not_attacked(ec2: Web) -> None:
    ec2.answers = [(200, {}, _answer())]
    driver = EC2DriverFactory().get_driver()
    (node,) = driver.list_nodes()
    ec2.server.shutdown()
    ec2.server.server_close()
    with pytest.raises(AttackFailed, match=r"the tags of i-1 cannot be read \(\w*(Connection|Timeout)\w*\)"):
        driver.reboot_node(node)


def test_when_ec2_throttles_the_question_the_whole_call_may_be_made_again(ec2: Web) -> None:
    throttled = (503, {}, _error("RequestLimitExceeded"))
    ec2.answers = [(200, {}, _answer()), throttled]
    driver = EC2DriverFactory().get_driver()
    (node,) = driver.list_nodes()
    with pytest.raises(BaseHTTPError, match="RequestLimitExceeded"):
        driver.reboot_node(node)

    waited: list[float] = []
    ec2.answers = [throttled, throttled, (200, {}, _answer("chaos:protected"))]
    with pytest.raises(AttackFailed, match="i-1 is spared"):
        Fleet(driver, REGION, waited.append).reboot(node)
    assert len(waited) == 2
    assert {asked["Action"][0] for asked in _asked(ec2)} == {"DescribeInstances"}


def test_who_is_spared_and_why_goes_with_what_was_resolved(launch: Launch) -> None:
    (other,) = launch(1, Team="a", Name="web")
    protected = launch(25, Team="a", **PROTECTED)
    attack = TerminateEC2Instance({"filters": {"tag:Team": "a"}})
    resolved = attack.resolve()
    assert [(target.id, target.name) for target in resolved.candidates] == [(other, "web")]
    assert resolved.known == {"region": REGION}
    assert resolved.spared == dict.fromkeys(protected, PROTECTS)
    outcome = attack.run()
    assert (outcome["instance_id"], outcome["candidates"], outcome["spared"]) == (other, 1, 25)


def test_what_was_resolved_says_which_of_it_runs(launch: Launch) -> None:
    running, stopped = launch(2, Team="a")
    boto3.client("ec2", region_name=REGION).stop_instances(InstanceIds=[stopped])
    states = {"instance-state-name": ["running", "stopping", "stopped"]}
    resolved = TerminateEC2Instance({"filters": {"tag:Team": "a", **states}}).resolve()
    assert {target.id: target.running for target in resolved.candidates} == {running: True, stopped: False}


def test_where_all_that_match_are_spared_the_failure_says_so(launch: Launch) -> None:
    first, _ = sorted(launch(2, Team="a", **PROTECTED))
    with pytest.raises(Spared) as failure:
        TerminateEC2Instance({"filters": {"tag:Team": "a"}}).run()
    assert str(failure.value) == (
        f"every instance in {REGION} that matches is spared (2; {first}: {PROTECTS}): nothing was terminated"
    )
    assert failure.value.outcome == {"region": REGION, "candidates": 0, "spared": 2}
    assert state(first) == "running"


def test_what_was_resolved_and_protected_since_is_not_attacked(launch: Launch) -> None:
    (id,) = launch(1, Team="a")
    attack = TerminateEC2Instance({"filters": {"tag:Team": "a"}})
    attack.resolve()
    tag(id, **PROTECTED)
    with pytest.raises(Spared, match=f"^{id} is spared") as failure:
        attack.run()
    assert failure.value.outcome == {"region": REGION, "candidates": 1, "instance_id": id, "name": id}
    assert state(id) == "running"


@pytest.mark.parametrize("protected", [1, 2])
def test_of_several_the_attack_is_skipped_where_all_are_protected_since_and_has_failed_where_one_was_not(
    protected: int, launch: Launch
) -> None:
    ids = launch(2, Team="a")
    attack = TerminateEC2Instance({"filters": {"tag:Team": "a"}, "count": 2})
    attack.resolve()
    for id in ids[:protected]:
        tag(id, **PROTECTED)
    with pytest.raises(AttackFailed, match=f"^{protected} of 2 instances were not terminated") as failure:
        attack.run()
    assert isinstance(failure.value, Spared) is (protected == 2)
    assert [state(id) for id in ids[:protected]] == ["running"] * protected


def test_what_is_refused_after_something_was_changed_has_failed(launch: Launch) -> None:
    """What was done is not to be on record as skipped."""
    first, second = launch(2, Team="a")
    tag(second, **PROTECTED)
    driver = EC2DriverFactory(REGION).get_driver()
    nodes = {node.id: node for node in driver.list_nodes(ex_node_ids=[first, second])}
    with pytest.raises(Spared):
        driver.stop_node(nodes[second])
    driver.stop_node(nodes[first])
    with pytest.raises(AttackFailed, match=f"^{second} is spared") as failure:
        driver.stop_node(nodes[second])
    assert not isinstance(failure.value, Spared)


def test_no_script_runs_on_what_was_protected_since(launch: Launch) -> None:
    """Nothing listens at that address: an attempt to connect would be another failure."""
    ec2 = boto3.client("ec2", region_name=REGION)
    made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, PrivateIpAddress="127.0.0.9")
    id = made["Instances"][0]["InstanceId"]
    attack = RunScript(
        {
            "filters": {"image-id": "ami-12c6146b"},
            "local_script": "s_empty.sh",
            "remote_script": "/tmp/x",
            "ssh": {"user": "u", "pem": "x"},
        }
    )
    attack.resolve()
    tag(id, **PROTECTED)
    with pytest.raises(Spared, match=f"^{id} is spared"):
        attack.run()
