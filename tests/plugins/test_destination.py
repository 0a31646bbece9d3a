"""Where an attack may connect to."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

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
    "address",
    ["169.254.169.254", "169.254.170.2", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254", "0.0.0.0", "::"],
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


@pytest.fixture
def tls(web: Web, tmp_path: Path) -> str:
    """The web server, behind TLS with a certificate of its own: the path of that."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    web.server.socket = context.wrap_socket(web.server.socket, server_side=True)
    return str(file)


def test_https_is_spoken(web: Web, tls: str) -> None:
    with http.session() as session:
        assert session.get(web.url.replace("http", "https"), timeout=5, verify=tls).status_code == 200


def test_a_connection_is_checked_again_before_the_request_is_sent(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a name resolves to another address than at the first look."""
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", f"127.0.0.1:{web.port}")
    with http.session() as session, pytest.raises(AttackFailed, match="runtime API"):
        session.get(web.url, timeout=5)
    assert web.received == []


def test_so_is_one_with_tls(web: Web, tls: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", f"127.0.0.1:{web.port}")
    with http.session() as session, pytest.raises(AttackFailed, match="runtime API"):
        session.get(web.url.replace("http", "https"), timeout=5, verify=tls)
    assert web.received == []
