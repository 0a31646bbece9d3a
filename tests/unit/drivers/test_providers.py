"""Each provider that a plan may name is made and lists its nodes, against a loopback server with recorded answers;
and against hostile ones."""

import gzip
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

import libcloud.security
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jsonschema import Draft202012Validator
from libcloud.compute.providers import DRIVERS

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from chalicelib.drivers.cloud import nodes as cloud
from chalicelib.drivers.cloud.nodes import Cloud
from chalicelib.drivers.cloud.plan_arguments import DRIVER
from chalicelib.drivers.cloud.providers import OPTIONS, PROVIDERS
from tests.support.other_cloud import Authority, OtherCloud, other_cloud

RECORDED = Path(libcloud.security.__file__).parent / "test" / "compute" / "fixtures"
"""Answers of the clouds, as libcloud's own tests have them."""
KEY = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    .decode()
)


@dataclass(frozen=True)
class Tried:
    """A provider: what its driver is made with, and which recorded answer each path has, the first that matches."""

    driver: Mapping[str, Any]
    answers: Mapping[str, str | bytes]
    nodes: int


TOKEN = b'{"access_token": "t", "expires_in": 3600, "expires_on": "4102444800", "token_type": "Bearer"}'
K, KS = {"key": "k"}, {"key": "k", "secret": "s"}
TRIED: Mapping[str, Tried] = {
    "aliyun_ecs": Tried({**KS, "region": "cn-qingdao"}, {"DescribeInstances": "ecs/describe_instances.xml"}, 1),
    "azure_arm": Tried(
        {**KS, "options": {"tenant_id": "77777777", "subscription_id": "99999999"}},
        {
            "oauth2": "azure_arm/_77777777_7777_7777_7777_777777777777_oauth2_token.json",
            "InstanceView": "azure_arm/_subscriptions_99999999_resourceGroups_000000_providers_Microsoft_Compute"
            "_virtualMachines_test_node_1_InstanceView.json",
            "virtualMachines/?[?]": "azure_arm/_subscriptions_99999999_providers_Microsoft_Compute"
            "_virtualMachines_1.json",
            "networkInterfaces": "azure_arm/_subscriptions_99999999_resourceGroups_000000_providers_Microsoft_Network"
            "_networkInterfaces_test_node_1_nic.json",
        },
        1,
    ),
    "cloudscale": Tried(K, {"/v1/servers": "cloudscale/list_nodes.json"}, 1),
    "cloudstack": Tried(
        {**KS, "host": "cloudstack.example", "options": {"path": "/client/api"}},
        {
            "listVirtualMachines": "cloudstack/listVirtualMachines_default.json",
            "listPublicIpAddresses": "cloudstack/listPublicIpAddresses_default.json",
            "listPortForwardingRules": "cloudstack/listPortForwardingRules_default.json",
            "listIpForwardingRules": "cloudstack/listIpForwardingRules_default.json",
            "": b"{}",
        },
        1,
    ),
    "digitalocean": Tried(K, {"/v2/droplets": "digitalocean_v2/list_nodes.json"}, 1),
    "ec2": Tried(
        {**KS, "region": "eu-west-1", "options": {"signature_version": "4"}},
        {"DescribeInstances": "ec2/describe_instances.xml", "DescribeAddresses": "ec2/describe_addresses.xml"},
        1,
    ),
    "exoscale": Tried(
        KS,
        {
            "listVirtualMachines": "cloudstack/listVirtualMachines_default.json",
            "listPublicIpAddresses": "cloudstack/listPublicIpAddresses_default.json",
            "listPortForwardingRules": "cloudstack/listPortForwardingRules_default.json",
            "listIpForwardingRules": "cloudstack/listIpForwardingRules_default.json",
            "": b"{}",
        },
        1,
    ),
    "gce": Tried(
        {"key": KEY, "options": {"user_id": "engine@project.iam.gserviceaccount.com", "project": "project_name"}},
        {
            "token": TOKEN,
            "aggregated/instances": "gce/aggregated_instances.json",
            "aggregated/disks": "gce/aggregated_disks.json",
            "/zones": "gce/zones.json",
            "/regions": "gce/regions.json",
            "/project_name$": "gce/project.json",
            "": b"{}",
        },
        1,
    ),
    "gridscale": Tried(
        {**K, "options": {"user_id": "u"}},
        {"/objects/servers": "gridscale/list_nodes.json", "/objects/ips": "gridscale/ex_list_ips.json"},
        1,
    ),
    "kamatera": Tried(KS, {"/service/servers": "kamatera/servers.json"}, 1),
    "linode": Tried(K, {"/v4/linode/instances": "linode_v4/list_nodes.json"}, 1),
    "openstack": Tried(
        {
            **KS,
            "options": {
                "ex_force_auth_url": "https://keystone.example:5000",
                "ex_force_auth_version": "2.0_password",
                "ex_tenant_name": "tenant",
                "ex_domain_name": "default",
                "ex_force_service_region": "RegionOne",
            },
        },
        {"/v2.0/tokens": "openstack/_v2_0__auth.json", "/servers/detail": "openstack_v1_1/_servers_detail.json"},
        1,
    ),
    "ovh": Tried(
        {**KS, "options": {"ex_project_id": "project", "ex_consumer_key": "consumer"}},
        {"/auth/time": "ovh/auth_time_get.json", "/instance": "ovh/instance_get.json"},
        1,
    ),
    "scaleway": Tried(KS, {"/servers": "scaleway/list_nodes.json"}, 1),
    "upcloud": Tried(
        {"options": {"username": "u", "password": "p"}},
        {"/server/": "upcloud/api_1_2_server_00f8c525-7e62-4108-8115-3958df5b43dc.json"}
        | {"/server": "upcloud/api_1_2_server.json"},
        1,
    ),
    "vultr": Tried(
        K, {"/instances": "vultr_v2/list_nodes.json", "/bare-metals": "vultr_v2/ex_list_bare_metal_nodes.json"}, 1
    ),
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The local stage, in which the clouds' certificates are signed by the test's authority."""
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setattr(libcloud.security, "CA_CERTS_PATH", str(authority.file))


@pytest.fixture
def recorded(provider: str, authority: Authority) -> Iterator[OtherCloud]:
    def answer(method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        for pattern, found in TRIED[provider].answers.items():
            if re.search(pattern, path):
                return (
                    200,
                    {},
                    found
                    if isinstance(found, bytes)
                    else (RECORDED / found).read_bytes().replace(b"test_endpoint", b"nova"),
                )
        return 404, {}, b"{}"

    with other_cloud(authority, answer) as server:
        yield server


def test_every_provider_has_been_tried() -> None:
    assert set(TRIED) == set(PROVIDERS) - {"dummy"}
    assert set(PROVIDERS) <= set(DRIVERS)


@pytest.mark.parametrize("provider", TRIED)
def test_a_provider_is_made_and_lists_its_nodes(provider: str, recorded: OtherCloud) -> None:
    driver = {"provider": provider, **TRIED[provider].driver}
    Draft202012Validator(DRIVER).validate(driver)
    cloud.check(driver)
    made = Cloud.of(driver, lookup=recorded.lookup)
    nodes = made._nodes()
    assert recorded.asked
    assert len(nodes) >= TRIED[provider].nodes, recorded.asked


@pytest.mark.parametrize("provider", [name for name in TRIED if "host" in PROVIDERS[name]])
def test_a_provider_whose_host_a_plan_may_name_is_asked_there(provider: str, recorded: OtherCloud) -> None:
    driver = {"provider": provider, **TRIED[provider].driver, "host": "host.example", "port": 8443, "secure": True}
    Cloud.of(driver, lookup=recorded.lookup).find({"name": "*"})
    assert "host.example" in recorded.names


def listed(provider: str, server: OtherCloud, seconds: float = 20.0) -> None:
    """Make the provider's driver, which may connect already, and list its nodes."""
    driver = {"provider": provider, **TRIED[provider].driver}
    Cloud.of(driver, lookup=server.lookup, seconds=seconds).find({"name": "*"})


@pytest.mark.parametrize("provider", TRIED)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_provider_follows_a_redirect(provider: str, status: int, authority: Authority) -> None:
    with other_cloud(authority, lambda _, __: (200, {}, b"{}")) as elsewhere:
        location = {"Location": f"https://elsewhere.example:{elsewhere.port}/"}
        with other_cloud(authority, lambda _, __: (status, location, b"")) as server:
            with pytest.raises(AttackFailed):
                listed(provider, server)
            assert server.asked and "elsewhere.example" not in server.names
        assert elsewhere.asked == []


@pytest.mark.parametrize("provider", TRIED)
def test_no_provider_reaches_another_address_than_a_plan_may_name(
    provider: str, recorded: OtherCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cloud's own name leads to this machine, while the driver is made or later."""
    monkeypatch.setenv("STAGE", "prod")
    with pytest.raises(AttackFailed, match=r"127\.0\.0\.1 is refused: it is the machine that runs the attack"):
        listed(provider, recorded)
    assert recorded.asked == [] and recorded.names


@pytest.mark.parametrize("provider", TRIED)
def test_no_provider_is_led_elsewhere_by_a_later_look_up(provider: str, recorded: OtherCloud) -> None:
    """The first look-up leads to the cloud, all others to the metadata of this machine."""

    def lookup(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        if not recorded.names:
            return recorded.lookup(host, port, **options)
        return socket.getaddrinfo("169.254.169.254", port, **options)

    driver = {"provider": provider, **TRIED[provider].driver}
    with pytest.raises(AttackFailed, match=r"169\.254\.169\.254 is refused"):
        for _ in range(2):
            Cloud.of(driver, lookup=lookup).find({"name": "*"})
    assert len(recorded.names) == 1


def trickle() -> Iterator[bytes]:
    waiting = threading.Event()
    while not waiting.wait(0.02):
        yield b" "


BOMB = gzip.compress(bytes(200 * 1024 * 1024), 1)


@pytest.mark.parametrize("provider", TRIED)
@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        ({}, trickle, "took more than 0.3 seconds"),
        ({}, lambda: repeat(bytes(1024 * 1024)), "its answers are too large"),
        ({"Content-Encoding": "gzip"}, lambda: BOMB, "its answers are too large"),
    ],
    ids=["trickle", "endless", "bomb"],
)
def test_what_a_provider_reads_is_bounded_in_time_and_bytes(
    provider: str,
    headers: dict[str, str],
    body: Callable[[], bytes | Iterable[bytes]],
    message: str,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cloud, "LARGEST_ANSWERS", 4 * 1024 * 1024)
    seconds = 0.3 if body is trickle else 20.0
    with other_cloud(authority, lambda _, __: (200, {**headers, "Connection": "close"}, body())) as server:
        begun = time.monotonic()
        with pytest.raises(AttackFailed, match=message):
            listed(provider, server, seconds)
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize(
    "value",
    [
        *(
            "x@127.0.0.1:9001/",
            "http://user@127.0.0.1/",
            "https://a.example/?x=1",
            "https://a.example#",
            "a\n",
            "a\r\nX: y",
        ),
        *("//127.0.0.1", "/../..?x", "file:///etc/passwd", "", "a" * 20_000),
    ],
)
def test_an_option_is_no_part_of_another_url(name: str, value: str) -> None:
    secret = name in ("password", "token", "ex_consumer_key")
    accepted = Draft202012Validator(DRIVER).is_valid({"provider": "dummy", "options": {name: value}})
    assert accepted is (secret and 0 < len(value) < 20_000)


@pytest.mark.parametrize("region", ["x@127.0.0.1:9001/", "10.0.0.5/", "a.b", "a:1", "-a", "", "a\n", "a" * 64, "é"])
def test_a_region_is_no_part_of_a_url(region: str) -> None:
    assert not Draft202012Validator(DRIVER).is_valid({"provider": "ovh", "region": region})


@pytest.mark.parametrize(
    "host", ["x@127.0.0.1", "a/b", "a?b", "a#b", "a:80", "::1", "[::1", "a b", "a\n", "", "http://a", "a%00"]
)
def test_a_host_is_a_host_and_no_more(host: str) -> None:
    assert not Draft202012Validator(DRIVER).is_valid({"provider": "cloudstack", "host": host})


@pytest.mark.parametrize("provider", sorted(set(map(str, DRIVERS)) - set(PROVIDERS)))
def test_a_provider_that_was_not_tried_is_refused_also_where_a_stored_plan_names_it(provider: str) -> None:
    with pytest.raises(InvalidRequest, match="there is no such provider"):
        cloud.check({"provider": provider})
    with pytest.raises(AttackFailed, match="there is no such provider"):
        Cloud.of({"provider": provider, "host": "127.0.0.1"})


@pytest.mark.parametrize("name", ["credential_file", "proxy_url", "ex_auth_cache", "auth_type", "ex_custom_attribute"])
def test_an_argument_that_no_test_has_tried_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match=f"gce takes no {name}: give one of"):
        cloud.check({"provider": "gce", "options": {name: "x"}})


@pytest.mark.parametrize("user", [None, "me@example.org", "me"])
def test_google_is_asked_as_a_service_account_alone(user: str | None) -> None:
    """For others libcloud would ask the metadata of this machine."""
    options = {} if user is None else {"user_id": user}
    with pytest.raises(InvalidRequest, match="user_id: it is no service account: give"):
        cloud.check({"provider": "gce", "options": options})


def test_a_region_of_a_stored_plan_that_is_part_of_a_url_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was accepted once: the guard at the socket does not depend on patterns."""
    monkeypatch.setenv("STAGE", "prod")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        driver = {"provider": "ovh", **TRIED["ovh"].driver, "region": f"127.0.0.1:{listening.getsockname()[1]}/"}
        with pytest.raises(AttackFailed, match=r"127\.0\.0\.1 is refused"):
            Cloud.of(driver).find({"name": "*"})
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize("key", ["/etc/passwd", "~/.aws/credentials", "key.json", "", " /proc/self/environ"])
def test_a_key_is_never_the_name_of_a_file(key: str) -> None:
    driver = {"provider": "gce", "key": key, "options": {"user_id": "a@b.gserviceaccount.com", "project": "p"}}
    with pytest.raises(InvalidRequest, match=r"^\$\.driver\.key: it is no private key: give the key itself"):
        cloud.check(driver)
    with pytest.raises(AttackFailed, match="it is no private key"):
        Cloud.of(driver)
    for taken in (KEY, '{"private_key": "k"}', {"ssm": "/chaosmonkey/key"}):
        cloud.check({**driver, "key": taken})


@pytest.mark.parametrize("control", ["\r\nX-Header: y", "\n", "\0"])
def test_a_key_that_would_be_more_than_a_headers_value_is_refused(control: str) -> None:
    for driver in (
        {"provider": "vultr", "key": f"k{control}"},
        {"provider": "ovh", "key": "k", "secret": f"s{control}"},
        {"provider": "upcloud", "options": {"username": "u", "password": f"p{control}"}},
    ):
        with pytest.raises(InvalidRequest, match="it holds a line break or a control character"):
            cloud.check(driver)
