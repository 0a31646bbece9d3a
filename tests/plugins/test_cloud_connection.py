"""Where libcloud's drivers may connect to: checked at each connection, not only when a driver is made."""

from typing import Any

import pytest

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.cloud.connection import GuardedConnection
from chalicelib.drivers.cloud.nodes import Cloud
from tests.plugins.conftest import Web
from tests.plugins.test_destination import LOOKED_UP

DROPLETS = b'{"droplets": []}'
CLOUD = {"provider": "digitalocean", "key": "k" * 64}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Another cloud, which outside the local stage may be attacked; nothing has been sent to it."""
    monkeypatch.setenv("STAGE", "prod")
    return Cloud.of(CLOUD)


def moved_to(cloud: Cloud, host: str, port: int) -> Cloud:
    """As where a cloud's own catalogue names another host."""
    cloud.driver.connection.secure = False
    cloud.driver.connection.connect(host=host, port=port)
    return cloud


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("169.254.169.254", "it answers for the machine that runs the attack"),
        ("2852039166", "it answers for the machine that runs the attack"),
        ("127.0.0.1", "it is the machine that runs the attack"),
        ("localhost", "it is the machine that runs the attack"),
        ("10.0.0.1", "private address"),
    ],
)
def test_what_a_driver_comes_to_later_is_checked_too(cloud: Cloud, web: Web, host: str, message: str) -> None:
    with pytest.raises(AttackFailed, match=message):
        moved_to(cloud, host, web.port).find({"name": "*"})
    assert web.received == []


def test_so_is_what_it_was_made_with(cloud: Cloud, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its host stands for one that resolved otherwise when it was looked at."""
    made = cloud.driver.connection.connection
    made.host = f"http://127.0.0.1:{web.port}"
    with pytest.raises(AttackFailed, match="it is the machine that runs the attack"):
        cloud.find({"name": "*"})
    assert web.received == []


def test_a_host_that_a_plan_names_is_public_unless_the_stage_allows_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "prod")
    private = {"provider": "cloudstack", "key": "k", "secret": "s", "host": "10.0.0.1", "options": {"path": "/client"}}
    with pytest.raises(AttackFailed, match="private address, and PRIVATE_ADDRESSES does not allow those"):
        Cloud.of(private).find({"name": "*"})


def test_where_it_may_go_it_is_answered_and_the_name_is_looked_up_once(
    cloud: Cloud, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "local")
    web.answers = [(200, {"Content-Type": "application/json"}, DROPLETS)]
    moved_to(cloud, "localhost", web.port)
    LOOKED_UP.clear()
    assert cloud.find({"name": "*"}).nodes == []
    assert [host for host in LOOKED_UP if host == "localhost"] == ["localhost"]
    assert len(web.received) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(cloud: Cloud, web: Web, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "local")
    web.answers = [(status, {"Location": f"{web.url}/elsewhere"}, b""), (200, {}, DROPLETS)]
    with pytest.raises(AttackFailed, match="digitalocean could not be reached to list nodes: TooManyRedirects"):
        moved_to(cloud, "127.0.0.1", web.port).find({"name": "*"})
    assert len(web.received) == 1


def test_a_port_where_nobody_listens_is_a_failed_attack(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "local")
    with pytest.raises(AttackFailed, match="digitalocean could not be reached to list nodes: ConnectionError"):
        moved_to(cloud, "127.0.0.1", 9).find({"name": "*"})


def test_whatever_provider_makes_a_connection_of_its_own_is_given_the_same(cloud: Cloud) -> None:
    """Drivers that ask for a token, or for a catalogue, make further connections of that class."""
    connection: Any = cloud.driver.connection
    assert connection.conn_class is GuardedConnection
    assert isinstance(moved_to(cloud, "203.0.113.1", 80).driver.connection.connection, GuardedConnection)
