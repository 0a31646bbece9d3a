"""EC2DriverFactory: credentials, Regions, endpoints, and what the driver asks of EC2."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from libcloud.common.types import LibcloudError

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers import endpoint
from chalicelib.drivers.cloud import credentials
from chalicelib.drivers.ec2.factory import EC2DriverFactory
from chalicelib.drivers.ec2.fleet import Fleet
from tests.plugins.conftest import Web


def _page(*ids: str, following: str = "") -> bytes:
    instances = "".join(
        f"<item><instancesSet><item><instanceId>{id}</instanceId><instanceState><name>running</name></instanceState>"
        "<ipAddress>192.0.2.1</ipAddress></item></instancesSet></item>"
        for id in ids
    )
    return (
        '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>'
        f"<reservationSet>{instances}</reservationSet><nextToken>{following}</nextToken></DescribeInstancesResponse>"
    ).encode()


@pytest.fixture
def ec2(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """A server in EC2's place."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    web.answers = [(200, {}, _page("i-1"))]
    return web


def test_all_pages_are_read_and_nothing_else_is_asked(ec2: Web) -> None:
    ec2.answers = [(200, {}, _page("i-1", "i-2", following="more")), (200, {}, _page("i-3"))]
    nodes = EC2DriverFactory().get_driver().list_nodes()
    assert [node.id for node in nodes] == ["i-1", "i-2", "i-3"]
    assert nodes[0].public_ips == ["192.0.2.1"]
    first, second = [request.path for request in ec2.received]
    assert "MaxResults=1000" in first
    assert "NextToken" not in first
    assert "NextToken=more" in second


def test_network_interfaces_are_read_page_by_page_too(ec2: Web) -> None:
    def page(id: str, following: str) -> bytes:
        return (
            '<R xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><networkInterfaceSet><item><networkInterfaceId>'
            f"{id}</networkInterfaceId></item></networkInterfaceSet><nextToken>{following}</nextToken></R>"
        ).encode()

    ec2.answers = [(200, {}, page("eni-1", "more")), (200, {}, page("eni-2", ""))]
    found = EC2DriverFactory().get_driver().ex_list_network_interfaces(ex_filters={"vpc-id": "vpc-1"})
    assert [interface.id for interface in found] == ["eni-1", "eni-2"]
    assert "NextToken=more" in ec2.received[1].path


def test_a_page_that_comes_again_and_again_ends_in_a_failure(ec2: Web) -> None:
    ec2.answers = [(200, {}, _page("i-1", following="more"))]
    with pytest.raises(LibcloudError, match="EC2 does not come to an end of DescribeInstances"):
        EC2DriverFactory().get_driver().list_nodes()
    assert len(ec2.received) == 2


def test_200_values_and_the_engines_own_are_sent_in_two_requests(ec2: Web) -> None:
    ids = [f"i-{number}" for number in range(200)]
    ec2.answers = [(200, {}, _page("i-1", "i-2")), (200, {}, _page("i-2", "i-3"))]
    found = Fleet.of().find({"instance-id": ids})
    assert [node.id for node in found.nodes] == ["i-1", "i-2", "i-3"]
    asked = [dict(parse_qsl(urlsplit(request.path).query)) for request in ec2.received]
    sent = [[value for name, value in params.items() if ".Value." in name] for params in asked]
    assert [len(values) for values in sent] == [200, 2]
    assert {*sent[0], *sent[1]} == {"running", *ids}


def test_filters_with_several_values_reach_ec2(ec2: Web) -> None:
    EC2DriverFactory().get_driver().list_nodes(ex_filters={"tag:Team": ("a", "b"), "instance-type": "t3.nano"})
    path = ec2.received[0].path
    for part in (
        "Filter.1.Name=tag%3ATeam",
        "Filter.1.Value.1=a",
        "Filter.1.Value.2=b",
        "Filter.2.Name=instance-type",
        "Filter.2.Value.1=t3.nano",
    ):
        assert part in path


def test_ids_are_asked_for_without_pages(ec2: Web) -> None:
    EC2DriverFactory().get_driver().list_nodes(ex_node_ids=["i-1"])
    assert "InstanceId.1=i-1" in ec2.received[0].path
    assert "MaxResults" not in ec2.received[0].path


@pytest.mark.parametrize("region", ["eu-central-2", "il-central-1", "mx-central-1", "cn-north-1", "eusc-de-east-1"])
def test_requests_are_signed_for_the_region_also_where_libcloud_does_not_list_it(ec2: Web, region: str) -> None:
    assert EC2DriverFactory(region).get_driver().region_name == region
    EC2DriverFactory(region).get_driver().list_nodes()
    assert f"/{region}/ec2/aws4_request" in ec2.received[0].headers["Authorization"]
    assert "AKIDOFTHETESTS" in ec2.received[0].headers["Authorization"]


def test_the_session_token_is_sent_and_signed(ec2: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token-of-the-tests")
    EC2DriverFactory().get_driver().list_nodes()
    headers = {name.lower(): value for name, value in ec2.received[0].headers.items()}
    assert headers["x-amz-security-token"] == "token-of-the-tests"
    assert "x-amz-security-token" in headers["authorization"]
    assert "token-of-the-tests" not in ec2.received[0].path


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"AWS_REGION": "eu-west-3", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-3"),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
    ],
)
def test_the_region_is_the_functions_own_by_default(
    ec2: Web, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert EC2DriverFactory().get_driver().region_name == expected
    assert EC2DriverFactory("eu-north-1").get_driver().region_name == "eu-north-1"


def test_without_a_region_it_says_what_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(AttackFailed, match="there is no Region: give region"):
        EC2DriverFactory().get_driver()


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "ec2.eu-west-1.amazonaws.com"),
        ("il-central-1", "ec2.il-central-1.amazonaws.com"),
        ("eu-south-9", "ec2.eu-south-9.amazonaws.com"),
        ("cn-north-1", "ec2.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "ec2.us-gov-west-1.amazonaws.com"),
        ("us-iso-east-1", "ec2.us-iso-east-1.c2s.ic.gov"),
        ("eusc-de-east-1", "ec2.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_the_endpoint_is_that_of_the_regions_partition(monkeypatch: pytest.MonkeyPatch, region: str, host: str) -> None:
    monkeypatch.setenv("STAGE", "prod")
    assert endpoint.of("ec2", region) == f"https://{host}"
    connection = EC2DriverFactory(region).get_driver().connection
    assert (connection.host, connection.port, bool(connection.secure)) == (host, 443, True)


def test_a_region_of_no_partition_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "prod")
    with pytest.raises(AttackFailed, match=r"'evil\.example/' is not an AWS Region"):
        EC2DriverFactory("evil.example/").get_driver()


def test_the_local_stage_refuses_to_touch_aws() -> None:
    with pytest.raises(AttackFailed, match="set AWS_ENDPOINT_URL_EC2 or AWS_ENDPOINT_URL"):
        EC2DriverFactory().get_driver()


def test_the_local_stage_refuses_an_endpoint_beyond_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.7:4566")
    with pytest.raises(AttackFailed, match=r"192\.0\.2\.7 is refused"):
        EC2DriverFactory().get_driver()


@pytest.mark.parametrize("url", ["127.0.0.1:4566", "ftp://127.0.0.1", "http://"])
def test_an_endpoint_that_is_no_url_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", url)
    with pytest.raises(AttackFailed, match="give an http or https URL"):
        EC2DriverFactory().get_driver()


def test_the_services_own_endpoint_goes_before_the_general_one(ec2: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", f"{ec2.url}/under/a/path")
    EC2DriverFactory().get_driver().list_nodes()
    assert ec2.received[0].path.startswith("/under/a/path?")


@pytest.mark.parametrize("order", [("previousState", "currentState"), ("currentState", "previousState")])
@pytest.mark.parametrize(
    ("call", "before", "after"),
    [
        ("destroy_node", "running", "shutting-down"),
        ("destroy_node", "running", "terminated"),
        ("stop_node", "running", "stopping"),
        ("stop_node", "running", "stopped"),
        ("start_node", "stopped", "pending"),
        ("start_node", "stopped", "running"),
    ],
)
def test_the_driver_says_that_it_acted_by_the_current_state_in_whatever_order_it_comes(
    ec2: Web, call: str, before: str, after: str, order: tuple[str, str]
) -> None:
    driver = EC2DriverFactory().get_driver()
    (node,) = driver.list_nodes()
    states = {"previousState": before, "currentState": after}
    content = "".join(f"<{name}><name>{states[name]}</name></{name}>" for name in order)
    acted = (
        f'<R xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><instancesSet><item>{content}</item></instancesSet></R>'
    )
    ec2.answers = [*([] if call == "start_node" else [(200, {}, _page("i-1"))]), (200, {}, acted.encode())]
    assert getattr(driver, call)(node) is True


def test_without_credentials_it_says_so(ec2: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AttackFailed, match="there are no AWS credentials"):
        EC2DriverFactory().get_driver()


def test_credentials_do_not_show() -> None:
    assert "secret" not in repr(credentials.Credentials("key", "secret", "token"))


def _metadata(web: Web, **keys: str) -> None:
    """Answers of an instance's metadata service, version 2: a token, the role's name, its credentials."""
    known: dict[str, Any] = {
        "Code": "Success",
        "AccessKeyId": "AKIDOFTHEROLE",
        "SecretAccessKey": "not-a-secret-either",
        "Token": "token-of-the-role",
        "Expiration": (datetime.now(UTC) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **keys,
    }
    web.answers = [(200, {}, b"imds-token"), (200, {}, b"web-role"), (200, {}, json.dumps(known).encode())]


@pytest.fixture
def metadata(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", web.url)
    monkeypatch.setenv("AWS_IAM_ROLE", "web-role")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    _metadata(web)
    return web


def test_the_role_of_the_instance_is_read_from_its_metadata(metadata: Web) -> None:
    driver = EC2DriverFactory().get_driver()
    assert (driver.key, driver.secret, driver.token) == ("AKIDOFTHEROLE", "not-a-secret-either", "token-of-the-role")
    token, _, keys = metadata.received
    assert token.method == "PUT"
    assert {name.lower(): value for name, value in keys.headers.items()}["x-aws-ec2-metadata-token"] == "imds-token"


def test_a_deployed_stage_reads_it_too(metadata: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "dev")
    assert EC2DriverFactory().get_driver().key == "AKIDOFTHEROLE"


def test_another_role_than_the_instances_is_refused(metadata: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_IAM_ROLE", "other-role")
    with pytest.raises(AttackFailed, match="names other-role, but this machine's role is web-role"):
        EC2DriverFactory().get_driver()


def test_a_machine_without_metadata_has_no_role(metadata: Web) -> None:
    metadata.answers = [(404, {}, b"")]
    with pytest.raises(AttackFailed, match="no instance metadata with a role"):
        EC2DriverFactory().get_driver()


def test_the_local_stage_asks_no_metadata_beyond_this_machine(ec2: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_IAM_ROLE", "web-role")
    with pytest.raises(AttackFailed, match=r"169\.254\.169\.254 is refused"):
        EC2DriverFactory().get_driver()


def test_a_deployed_stage_asks_the_whole_chain(ec2: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "dev")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", ec2.url)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    _metadata(ec2)
    assert EC2DriverFactory().get_driver().key == "AKIDOFTHEROLE"


def test_credentials_that_cannot_be_read_are_reported(ec2: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(AttackFailed, match=r"the AWS credentials cannot be read: The config profile \(missing\)"):
        EC2DriverFactory().get_driver()
