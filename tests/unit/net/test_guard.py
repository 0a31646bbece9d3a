"""Whichever way a plan makes the functions connect, the guard at the socket holds it."""

import os
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import EngineError
from chalicelib.drivers.cloud.nodes import Cloud
from chalicelib.drivers.ec2.factory import EC2DriverFactory
from chalicelib.drivers.ssh import connection as ssh_connection
from chalicelib.drivers.ssh.host_keys import Trust
from chalicelib.net import guard, rules
from chalicelib.net.guard import Guard, guarded, plugin_call
from chalicelib.net.networks import reach
from chalicelib.net.rules import MACHINE, PLAN, SERVICE
from chalicelib.plugin.isolation import foreign_code
from plugins.attacks.api_request import ApiRequest

Way = Callable[[str, int], Any]


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def family(host: str) -> int:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def api_request(host: str, port: int) -> None:
    ApiRequest({"endpoint": f"http://{bracketed(host)}:{port}/", "method": "GET", "timeout": 5}).run()


def host_of_a_cloud(host: str, port: int) -> None:
    driver = {"provider": "vultr", "key": "k", "host": bracketed(host), "port": port, "secure": False}
    Cloud.of(driver, seconds=5).find({"name": "*"})


def url_of_a_cloud(host: str, port: int) -> None:
    options = {"ex_force_auth_url": f"http://{bracketed(host)}:{port}", "ex_force_auth_version": "2.0_password"}
    driver = {"provider": "openstack", "key": "k", "secret": "s", "options": options}
    Cloud.of(driver, lookup=lambda *given, **named: socket.getaddrinfo(*given, **named), seconds=5).find({"name": "*"})


def region_in_a_url(host: str, port: int) -> None:
    driver = {"provider": "ovh", "key": "k", "secret": "s", "region": f"{bracketed(host)}:{port}/"}
    driver["options"] = {"ex_project_id": "p", "ex_consumer_key": "c"}
    Cloud.of(driver, lookup=lambda *given, **named: socket.getaddrinfo(*given, **named), seconds=5).find({"name": "*"})


def ssh(host: str, port: int) -> None:
    with ssh_connection.connected(host, port, user="u", key=None, trust=Trust(any_key=True), seconds=5):
        pass


def ssh_of_another_cloud(host: str, port: int) -> None:
    everywhere = reach(["0.0.0.0/0", "::/0"], named_by_plan=True)
    with ssh_connection.connected(
        host, port, user="u", key=None, trust=Trust(any_key=True), seconds=5, reach=everywhere
    ):
        pass


def code_of_a_plugin(connect: Way) -> Way:
    def way(host: str, port: int) -> None:
        with foreign_code(lambda error: EngineError(str(error))):
            connect(host, port)

    return way


def by_a_thread(host: str, port: int) -> None:
    failures: list[Exception] = []

    def connect() -> None:
        try:
            socket.create_connection((host, port), 5).close()
        except (OSError, AttackFailed) as error:
            failures.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()
    raise failures[0]


def by_datagram(host: str, port: int) -> None:
    with socket.socket(family(host), socket.SOCK_DGRAM) as made:
        made.sendto(b"x", (host, port))


NAMED_BY_A_PLAN: list[Way] = [api_request, host_of_a_cloud, url_of_a_cloud, region_in_a_url, ssh_of_another_cloud]
OWN_CODE = [
    code_of_a_plugin(connect)
    for connect in (
        lambda host, port: socket.create_connection((host, port), 5),
        lambda host, port: socket.socket(family(host)).connect((host, port)),
        lambda host, port: requests.get(f"http://{bracketed(host)}:{port}/", timeout=5),
        lambda host, port: urllib.request.urlopen(f"http://{bracketed(host)}:{port}/", timeout=5),
        by_a_thread,
        by_datagram,
    )
]
WAYS = [*NAMED_BY_A_PLAN, ssh, *OWN_CODE]

ITSELF = [
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "127.9.9.9"),
    *("::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::127.0.0.1", "::ffff:0:127.0.0.1"),
    *("0.0.0.0", "0", "::", "169.254.169.254", "0xa9fea9fe", "2852039166", "::ffff:169.254.169.254"),
    *("fd00:ec2::254", "2002:a9fe:a9fe::1", "2001:0:808:808:0:0:5601:5601", "fe80::1%lo", "169.254.170.2"),
    *("168.63.129.16", "100.100.100.200", "224.0.0.1", "255.255.255.255", "240.0.0.1", "ff02::1"),
]
INSIDE = ["10.0.0.5", "192.168.1.1", "100.64.0.1", "fd12::1", "::ffff:10.0.0.5", "64:ff9b::a00:5", "2002:a00:5::1"]
EVERYWHERE = [(way, host) for way in WAYS for host in ITSELF] + [
    (way, host) for way in NAMED_BY_A_PLAN for host in INSIDE
]
EVERYWHERE = [(way, host) for way, host in EVERYWHERE if way is not url_of_a_cloud or ":" not in host]
"""In its URLs libcloud knows no brackets."""


@pytest.fixture(autouse=True)
def prod(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("PRIVATE_ADDRESSES", raising=False)
    monkeypatch.setenv("STAGE", "prod")


@pytest.fixture
def listening() -> Iterator[int]:
    """A port of this machine, on every address. At the end nobody has come."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        yield int(server.getsockname()[1])
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(("way", "host"), EVERYWHERE)
def test_no_way_leads_where_a_plan_may_not_go(way: Way, host: str, listening: int) -> None:
    with pytest.raises((EngineError, AttackFailed), match=r"is refused|cannot be resolved|Failed to resolve"):
        way(host, listening)


@pytest.mark.parametrize("way", WAYS)
def test_the_local_stage_reaches_loopback_alone(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setenv("PRIVATE_ADDRESSES", "allow")
    for host in ("203.0.113.7", "10.0.0.5"):
        with pytest.raises(
            (EngineError, AttackFailed), match="in the local stage attacks reach loopback addresses only"
        ):
            way(host, 9)


@pytest.mark.parametrize("way", WAYS)
def test_lambdas_runtime_api_is_reached_no_way(way: Way, listening: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", f"127.0.0.1:{listening}")
    with pytest.raises((EngineError, AttackFailed), match="Lambda's own runtime API"):
        way("127.0.0.1", listening)


@pytest.mark.parametrize("host", ["localhost", "127.1", "example.invalid", ""])
def test_a_socket_that_is_given_a_name_is_refused(host: str, listening: int) -> None:
    """Python would look it up by itself, and nobody could see what it finds."""
    with plugin_call(), socket.socket() as made, pytest.raises((AttackFailed, OSError)):
        made.connect((host, listening))


def test_a_socket_of_a_file_is_refused(tmp_path: Any) -> None:
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "socket"))
        server.listen()
        with plugin_call(), pytest.raises(AttackFailed, match="it is no IP address"):
            client.connect(str(tmp_path / "socket"))


def test_a_proxy_of_the_environment_is_not_used_for_what_a_plan_names(
    listening: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would connect to whatever it is asked for."""
    for name in ("http_proxy", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{listening}")
    monkeypatch.setenv("STAGE", "local")
    driver = {"provider": "vultr", "key": "k", "host": "127.0.0.1", "port": 9, "secure": False}
    with pytest.raises(AttackFailed, match="vultr could not be reached to list nodes"):
        Cloud.of(driver).find({"name": "*"})
    assert os.environ["HTTP_PROXY"] == f"http://127.0.0.1:{listening}"


def test_private_addresses_are_reached_where_the_stage_allows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIVATE_ADDRESSES", "allow")
    for host in INSIDE:
        Guard(PLAN).check(host, 443)
    Guard(MACHINE).check("10.0.0.5", 22)
    Guard(SERVICE).check("10.0.0.5", 443)


def test_aws_is_reached_at_the_endpoint_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", f"http://localhost:{port}")
        with plugin_call():
            socket.create_connection(("127.0.0.1", port), 5).close()
            with pytest.raises(AttackFailed, match="it is the machine that runs the attack"):
                socket.create_connection(("127.0.0.1", port + 1 if port < 65535 else 1), 5)
        with guarded(Guard(PLAN)), pytest.raises(AttackFailed, match="it is the machine that runs the attack"):
            socket.create_connection(("127.0.0.1", port), 5)


def test_ec2_is_asked_nowhere_but_where_the_environment_says(listening: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", "http://169.254.169.254")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with pytest.raises(AttackFailed, match=r"169\.254\.169\.254 is refused"):
        EC2DriverFactory("eu-west-1").get_driver().list_nodes()


def test_nothing_is_guarded_when_no_plan_is_carried_out() -> None:
    with plugin_call():
        assert guard.current() is not None
    assert guard.current() is None
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), 5).close()


def test_what_is_left_to_itself_can_neither_go_on_nor_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "local")
    ended, failures = threading.Event(), []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def work() -> None:
            connection = socket.create_connection(server.getsockname())
            with suppress(OSError):
                failures.append(connection.recv(1))  # the server never says anything
            try:
                socket.create_connection(server.getsockname())
            except OSError as error:
                failures.append(error)
            ended.set()

        with pytest.raises(TimeoutError):
            guard.call(work, PLAN, seconds=0.3)
        assert ended.wait(10)
    assert failures[0] == b"" and isinstance(failures[1], TimeoutError)


@pytest.mark.parametrize(
    "address", ["2002:cb00:7107::1", "2001:0:cb00:7107:0:0:f7f7:f7f7", "2001:0:0808:0808:0:0:34ff:8ef8"]
)
def test_a_tunnel_is_in_no_network_of_the_plan_but_its_own(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """6to4 and Teredo addresses hold IPv4 addresses, and are connected to at their own."""
    monkeypatch.setenv("STAGE", "prod")
    monkeypatch.setenv("PRIVATE_ADDRESSES", "allow")
    with pytest.raises(AttackFailed, match="in none of the plan's networks"):
        rules.check_address(address, 22, reach(["203.0.113.0/24"], named_by_plan=True))
    rules.check_address(address, 22, reach(["2000::/3"], named_by_plan=True))
