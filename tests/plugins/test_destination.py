"""Where an attack may connect to."""

import pytest
import requests

from chalicelib.drivers import destination, http
from chalicelib.plugin import AttackFailed
from tests.plugins.conftest import Web


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("stage", ["local", "prod"])
def test_loopback_is_reached_in_every_stage(monkeypatch: pytest.MonkeyPatch, stage: str, address: str) -> None:
    monkeypatch.setenv("STAGE", stage)
    destination.check_address(address, 80)


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.1"])
def test_the_local_stage_reaches_nothing_else(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    with pytest.raises(AttackFailed, match="in the local stage attacks reach loopback addresses only"):
        destination.check_address(address, 80)
    monkeypatch.setenv("STAGE", "prod")
    destination.check_address(address, 80)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "169.254.170.2", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254", "0.0.0.0", "::"]
)
@pytest.mark.parametrize("stage", ["local", "prod"])
def test_what_answers_for_the_machine_itself_is_reached_nowhere(
    monkeypatch: pytest.MonkeyPatch, stage: str, address: str
) -> None:
    monkeypatch.setenv("STAGE", stage)
    with pytest.raises(AttackFailed, match="it answers for the machine that runs the attack"):
        destination.check_address(address, 80)


def test_lambdas_runtime_api_is_reached_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    with pytest.raises(AttackFailed, match="Lambda's own runtime API"):
        destination.check_address("127.0.0.1", 9001)
    destination.check_address("127.0.0.1", 9002)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".invalid", ""])
def test_a_name_without_address_is_refused(host: str) -> None:
    with pytest.raises(AttackFailed, match="cannot be resolved"):
        destination.check(host, 80)


def test_the_stage_is_local_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAGE")
    assert destination.is_local()
    assert not destination.is_local({"STAGE": "prod"})


def test_a_connection_is_checked_again_before_the_request_is_sent(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a name resolves to another address than at the first look."""
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", f"127.0.0.1:{web.port}")
    with http.session() as session:
        for scheme in ("http", "https"):
            with pytest.raises((AttackFailed, requests.exceptions.SSLError)):
                session.get(f"{scheme}://127.0.0.1:{web.port}/", timeout=5)
    assert web.received == []
