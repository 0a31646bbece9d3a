"""Machines that have an IPv6 address, alone or beside others."""

import hmac
import socket
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ec2.factory import EC2DriverFactory
from chalicelib.drivers.ssh import addresses, host_keys
from chalicelib.drivers.ssh.host_names import canonical, known_hosts_names
from tests.plugins.conftest import REGION, Web
from tests.plugins.ssh_server import public, serving
from tests.plugins.test_run_script import attack
from tests.plugins.test_ssh_host_keys import AUTHORITY, KEY, blob, certificate, refusal

GLOBAL, LOCAL = "2600:1f18:1:2::5", "fd12:3456:789a::5"


def described(interfaces: Sequence[Sequence[str]], *, more: str = "") -> bytes:
    """DescribeInstances of one instance, as EC2 answers; ``interfaces`` are their IPv6 addresses, by device index."""
    items = "".join(
        f"<item><networkInterfaceId>eni-{index}</networkInterfaceId><attachment><deviceIndex>{index}</deviceIndex>"
        "</attachment><ipv6AddressesSet>"
        + "".join(f"<item><ipv6Address>{address}</ipv6Address></item>" for address in found)
        + "</ipv6AddressesSet></item>"
        for index, found in reversed(list(enumerate(interfaces)))
    )
    return (
        '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet><item><instancesSet>'
        "<item><instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState>"
        "<tagSet><item><key>Chaos</key><value>true</value></item></tagSet>"
        f"<networkInterfaceSet>{items}</networkInterfaceSet>{more}"
        "</item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
    ).encode()


def node_of(web: Web, monkeypatch: pytest.MonkeyPatch, answer: bytes) -> Any:
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    web.answers = [(200, {}, answer)]
    (node,) = EC2DriverFactory(REGION).get_driver().list_nodes()
    return node


def test_a_node_has_its_ipv6_addresses_the_first_interfaces_first(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    node = node_of(web, monkeypatch, described([[GLOBAL, LOCAL], ["2600:1f18:1:2::6"]]))
    assert (node.public_ips, node.private_ips) == ([GLOBAL, "2600:1f18:1:2::6"], [LOCAL])


def test_a_node_without_interfaces_has_the_address_of_the_instance(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    more = f"<ipv6Address>{GLOBAL}</ipv6Address><privateIpAddress>10.0.0.5</privateIpAddress>"
    node = node_of(web, monkeypatch, described([[GLOBAL]], more=more))
    assert (node.public_ips, node.private_ips) == ([GLOBAL], ["10.0.0.5"])


@pytest.mark.parametrize(
    ("public_ips", "private_ips", "kinds"),
    [
        ([GLOBAL], [], {"auto": GLOBAL, "public": GLOBAL, "private": None}),
        ([], [LOCAL], {"auto": LOCAL, "public": None, "private": LOCAL}),
        ([GLOBAL], [LOCAL], {"auto": GLOBAL, "public": GLOBAL, "private": LOCAL}),
        ([GLOBAL], ["10.0.0.5"], {"auto": "10.0.0.5", "public": GLOBAL, "private": "10.0.0.5"}),
        ([GLOBAL, "203.0.113.5"], ["10.0.0.5"], {"auto": "203.0.113.5", "public": "203.0.113.5"}),
        ([LOCAL], [GLOBAL], {"auto": GLOBAL, "public": GLOBAL, "private": LOCAL}),
        (["host.example.com"], [GLOBAL], {"auto": "host.example.com", "public": "host.example.com"}),
    ],
)
def test_an_ipv6_address_is_used_where_there_is_no_ipv4_address_of_that_kind(
    public_ips: list[str], private_ips: list[str], kinds: Mapping[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "prod")
    node = SimpleNamespace(id="i-1", public_ips=public_ips, private_ips=private_ips)
    for kind, expected in kinds.items():
        if expected is None:
            with pytest.raises(AttackFailed, match=f"i-1 has no {kind} address: nothing was attacked"):
                addresses.of(node, kind)
        else:
            assert addresses.of(node, kind) == expected


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8:0:0:0:0:0:1]:2222", "[2001:db8::1]:2222"),
        ("![2001:DB8::1]:22", "![2001:db8::1]:22"),
        ("[2001:DB8::0001]", "[2001:db8::1]"),
        ("127.0.0.1", "127.0.0.1"),
        ("*.example.com", "*.example.com"),
        ("2001:db8::*", "2001:db8::*"),
        ("|1|c2FsdA==|aGFzaA==", "|1|c2FsdA==|aGFzaA=="),
        ("", ""),
        ("[", "["),
    ],
)
def test_an_ipv6_address_has_one_form(text: str, short: str) -> None:
    assert canonical(text) == canonical(short) == short


def hashed(name: str) -> str:
    digest = hmac.digest(b"s" * 20, name.encode(), "sha1")
    return f"|1|{b64encode(b's' * 20).decode()}|{b64encode(digest).decode()}"


@pytest.mark.parametrize(
    ("hosts", "port"),
    [
        ("2001:db8::1", 22),
        ("2001:DB8:0:0:0:0:0:1", 22),
        ("[2001:db8::1]:22", 22),
        ("host,2001:db8::1", 22),
        ("[2001:db8::1]:2222", 2222),
        ("[2001:DB8::0:1]:2222", 2222),
        ("2001:db8:*", 22),
        ("[2001:db8:*]:2222", 2222),
        (hashed("2001:db8::1"), 22),
        (hashed("[2001:db8::1]:2222"), 2222),
    ],
)
def test_known_hosts_are_found_by_an_ipv6_address(hosts: str, port: int) -> None:
    for name in ("2001:db8::1", "2001:DB8:0::1"):
        assert refusal([f"{hosts} {public(KEY)}"], blob(KEY), names=(name,), port=port) is None
    for others in (("2001:db8::1", 23), ("2001:db9::1", port)):
        assert refusal([f"{hosts} {public(KEY)}"], blob(KEY), names=(others[0],), port=others[1])


def test_an_ipv6_address_that_is_excluded_is_not_trusted_however_it_is_written() -> None:
    entry = f"*,!2001:DB8:0:0::1 {public(KEY)}"
    assert refusal([entry], blob(KEY), names=("2001:db8::2",)) is None
    assert refusal([entry], blob(KEY), names=("2001:db8::1",))


def test_a_certificate_is_for_an_ipv6_address_however_it_is_written() -> None:
    shown = host_keys.b64decode(certificate(names=["2001:DB8:0::1"]).split()[1])
    entry = f"@cert-authority * {public(AUTHORITY)}"
    assert refusal([entry], shown, names=("2001:db8::1",)) is None
    assert refusal([entry], shown, names=("2001:db8::2",))


def test_brackets_stand_for_the_port_22_too() -> None:
    assert known_hosts_names("2001:DB8::1", 22) == ["2001:db8::1", "[2001:db8::1]:22"]
    assert known_hosts_names("host", 2222) == ["[host]:2222"]


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("address", ["auto", "private"])
def test_a_script_runs_on_an_instance_that_has_an_ipv6_address_alone(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    if not has_ipv6():
        pytest.skip("this machine has no IPv6 loopback address")
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    web.answers = [(200, {}, described([["0:0::1"]]))]
    with serving(tmp_path / "sshd", "::1") as server:
        entry = f"[0:0:0::1]:{server.port} {public(server.host_key)}"
        outcome = attack(server, tmp_path, address=address, host_keys=[entry], local_script="s_empty.sh").run()
    assert (outcome["instance_id"], outcome["exit_status"]) == ("i-1", 0)
    assert outcome["address"] == "0:0::1"
