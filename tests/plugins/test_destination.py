"""Where an attack may connect to."""

import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers import http
from chalicelib.net import rules
from chalicelib.net.guard import Guard
from chalicelib.net.rules import MACHINE, PLAN, SERVICE, Reach
from tests.plugins.conftest import Web

LOOPBACK = ["127.0.0.1", "127.9.9.9", "::1", "::1%lo", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "::127.0.0.1"]
ITSELF = [
    *("169.254.169.254", "169.254.170.2", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fd00:ec2::23"),
    *("fd00:ec2::254%eth0", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::169.254.169.254"),
    *("2002:a9fe:a9fe::1", "::169.254.169.254", "0.0.0.0", "::", "::ffff:0.0.0.0"),
    *("168.63.129.16", "100.100.100.200", "192.0.0.192"),
]
PRIVATE = [
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "192.0.2.1", "198.18.0.1"),
    *("fc00::1", "fd12:3456::1", "fec0::1", "2001:db8::1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::1"),
]
PUBLIC = ["8.8.8.8", "172.32.0.1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
NOBODYS = ["224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "ff02::1", "64:ff9b:1::a00:1"]


@pytest.mark.parametrize("reach", [PLAN, MACHINE, SERVICE])
@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_is_reached_in_the_local_stage_only(
    monkeypatch: pytest.MonkeyPatch, address: str, reach: Reach
) -> None:
    rules.check_address(address, 80, reach)
    monkeypatch.setenv("STAGE", "prod")
    monkeypatch.setenv("PRIVATE_ADDRESSES", "allow")
    with pytest.raises(AttackFailed, match="it is the machine that runs the attack"):
        rules.check_address(address, 80, reach)


@pytest.mark.parametrize("address", [*PRIVATE, *PUBLIC])
def test_the_local_stage_reaches_nothing_else(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("PRIVATE_ADDRESSES", "allow")
    with pytest.raises(AttackFailed, match="in the local stage attacks reach loopback addresses only"):
        rules.check_address(address, 80, MACHINE)
    monkeypatch.setenv("STAGE", "prod")
    rules.check_address(address, 80, MACHINE)


@pytest.mark.parametrize("address", PRIVATE)
@pytest.mark.parametrize("setting", [None, "", "refuse", "Allow", "true"])
def test_a_plan_names_no_private_address_unless_the_stage_allows_it(
    monkeypatch: pytest.MonkeyPatch, address: str, setting: str | None
) -> None:
    monkeypatch.setenv("STAGE", "prod")
    if setting is not None:
        monkeypatch.setenv("PRIVATE_ADDRESSES", setting)
    with pytest.raises(AttackFailed, match="private address, and PRIVATE_ADDRESSES does not allow"):
        rules.check_address(address, 80, PLAN)
    monkeypatch.setenv("PRIVATE_ADDRESSES", "allow")
    rules.check_address(address, 80, PLAN)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_plan_may_name_a_public_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("STAGE", "prod")
    rules.check_address(address, 80, PLAN)


@pytest.mark.parametrize("address", NOBODYS)
def test_a_plan_names_no_address_that_no_machine_has(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("STAGE", "prod")
    monkeypatch.setenv("PRIVATE_ADDRESSES", "allow")
    with pytest.raises(AttackFailed, match="no machine has it"):
        rules.check_address(address, 80, PLAN)


@pytest.mark.parametrize("address", ITSELF)
@pytest.mark.parametrize("stage", ["local", "prod"])
@pytest.mark.parametrize("reach", [PLAN, MACHINE, SERVICE])
def test_what_answers_for_the_machine_itself_is_reached_nowhere(
    monkeypatch: pytest.MonkeyPatch, stage: str, address: str, reach: Reach
) -> None:
    monkeypatch.setenv("STAGE", stage)
    monkeypatch.setenv("PRIVATE_ADDRESSES", "allow")
    with pytest.raises(AttackFailed, match="it answers for the machine that runs the attack"):
        rules.check_address(address, 80, reach)


FORMS = ["{0}", "::ffff:{0}", "64:ff9b::{0}", "::{0}", "2002:{1:04x}:{2:04x}::1", "2001:0:808:808:0:0:{3:04x}:{4:04x}"]


@given(st.ip_addresses(v=4, network="169.254.0.0/16"), st.sampled_from(FORMS), st.sampled_from(["", "%eth0"]))
def test_no_form_of_a_metadata_address_is_let_through(address: IPv4Address, form: str, zone: str) -> None:
    number = int(address)
    high, low = number >> 16, number & 0xFFFF
    written = form.format(address, high, low, high ^ 0xFFFF, low ^ 0xFFFF) + zone
    with pytest.raises(AttackFailed, match="it answers for the machine that runs the attack"):
        rules.check_address(written, 80, MACHINE)


@pytest.mark.parametrize(
    "host",
    [
        *("2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518", "0"),
        *("169.254.169.254", "::ffff:169.254.169.254", "fe80::1%1", "fd00:ec2::254"),
    ],
)
def test_an_address_is_the_same_however_it_is_written(host: str) -> None:
    """The look-up turns it into four bytes; no name server is asked for these."""
    with pytest.raises(AttackFailed, match="it answers for the machine that runs the attack"):
        Guard(PLAN).resolve(host, 80)


def test_one_address_that_is_forbidden_forbids_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "prod")
    with pytest.raises(AttackFailed, match="169.254.169.254 is refused"):
        Guard(MACHINE, lookup=Answers(["8.8.8.8", "169.254.169.254"])).resolve("both.example", 80)


def test_lambdas_runtime_api_is_reached_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    with pytest.raises(AttackFailed, match="Lambda's own runtime API"):
        rules.check_address("127.0.0.1", 9001, MACHINE)
    rules.check_address("127.0.0.1", 9002, MACHINE)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".invalid", ""])
def test_a_name_without_address_is_refused(host: str) -> None:
    with pytest.raises(AttackFailed, match="cannot be resolved"):
        Guard(MACHINE).resolve(host, 80)


def test_the_stage_is_local_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAGE")
    assert rules.is_local()
    assert not rules.is_local({"STAGE": "prod"})


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    """The path of a server's key and certificate, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("service.example")]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    return str(file)


def context_of(certificate: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def tls(web: Web, certificate: str) -> str:
    """The web server, behind TLS: what its certificate is verified by."""
    context = context_of(certificate)
    context.sni_callback = lambda _, name, __: web.names.append(name)
    web.server.socket = context.wrap_socket(web.server.socket, server_side=True)
    return certificate


class Answers:
    """A name server: the addresses for each look-up in turn, the last ones again and again; ``asked`` is for what."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), []  # type: ignore[var-annotated]

    def __call__(self, host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [info for address in addresses for info in socket.getaddrinfo(address, port, **options)]


def get(url: str, *, seconds: float = 5, **options: Any) -> int:
    return http.request("GET", url, headers={}, body=None, seconds=seconds, **options)


def test_https_is_spoken(web: Web, tls: str) -> None:
    assert get(web.url.replace("http", "https"), verify=tls) == 200


def test_the_name_is_that_of_the_host_and_the_connection_goes_to_its_address(web: Web) -> None:
    names = Answers(["127.0.0.1"])
    assert get(f"http://service.example:{web.port}/path", lookup=names) == 200
    assert names.asked == ["service.example"]
    assert web.received[0].headers["Host"] == f"service.example:{web.port}"


def test_the_certificate_must_be_the_hosts(web: Web, tls: str) -> None:
    """Not that of the address, which the same server's certificate holds as well."""
    names = Answers(["127.0.0.1"])
    assert get(f"https://service.example:{web.port}/", lookup=names, verify=tls) == 200
    assert web.names == ["service.example"]
    with pytest.raises(http.Unreachable, match="SSLError"):
        get(f"https://another.example:{web.port}/", lookup=names, verify=tls)
    assert len(web.received) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_resolves_differently_the_next_time_is_not_asked_a_next_time(
    web: Web, scheme: str, request: pytest.FixtureRequest
) -> None:
    options = {"verify": request.getfixturevalue("tls")} if scheme == "https" else {}
    names = Answers(["127.0.0.1"], ["169.254.169.254"])
    assert get(f"{scheme}://service.example:{web.port}/", lookup=names, **options) == 200
    assert names.asked == ["service.example"] and len(web.received) == 1
    with pytest.raises(AttackFailed, match="169.254.169.254 is refused"):
        get(f"{scheme}://service.example:{web.port}/", lookup=names, **options)
    assert len(web.received) == 1


def test_no_other_look_up_happens_in_the_whole_process(web: Web) -> None:
    """As Python itself audits it, whoever asks."""
    LOOKED_UP.clear()
    assert get(f"http://localhost:{web.port}/") == 200
    assert [host for host in LOOKED_UP if host == "localhost"] == ["localhost"]
    LOOKED_UP.clear()
    assert get(f"http://service.example:{web.port}/", lookup=Answers(["127.0.0.1"])) == 200
    assert "service.example" not in LOOKED_UP


def test_the_next_address_is_tried_where_one_does_not_take_the_connection(web: Web) -> None:
    assert get(f"http://service.example:{web.port}/", lookup=Answers(["127.0.0.77", "127.0.0.1"])) == 200


@pytest.mark.parametrize("host", ["service.example", "127.0.0.1"])
def test_lambdas_runtime_api_is_not_spoken_to(web: Web, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", f"127.0.0.1:{web.port}")
    with pytest.raises(AttackFailed, match="runtime API"):
        get(f"http://{host}:{web.port}/", lookup=Answers(["127.0.0.1"]))
    assert web.received == []


def test_a_name_server_that_takes_too_long_is_given_up() -> None:
    waiting = threading.Event()

    def lookup(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        waiting.wait(20)
        return []

    begun = time.monotonic()
    with pytest.raises(http.TooSlow):
        get("http://service.example/", seconds=0.3, lookup=lookup)
    waiting.set()
    assert time.monotonic() - begun < 5


def dripping(sent: bytes, drip: bytes, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that says ``sent`` and then a ``drip`` every 20 ms for as long as it is listened to: its host."""
    over = threading.Event()

    def serve() -> None:
        connection, _ = listening.accept()
        with (
            suppress(OSError),
            context.wrap_socket(connection, server_side=True) if context else connection as connection,
        ):
            connection.recv(4096)
            connection.sendall(sent)
            while not over.wait(0.02):
                connection.sendall(drip)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        over.set()
        thread.join()


OK = b"HTTP/1.1 200 OK\r\n"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n"


@pytest.mark.parametrize(
    ("scheme", "sent", "drip"),
    [
        ("http", b"", b"H"),
        ("http", OK, b"X-A: b\r\n"),
        ("http", OK + b"X-A: ", b"b"),
        ("http", OK + b"Content-Length: 1000\r\n\r\n", b"x"),
        ("http", OK + b"\r\n", b"x"),
        ("http", OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        ("http", REDIRECT, b"x"),
        ("https", OK, b"X-A: b\r\n"),
        ("https", OK + b"\r\n", b"x"),
        ("no https", b"\x16\x03\x03\x40\x00", b"x"),
    ],
    ids=[
        *("status", "headers", "a header", "body", "endless body", "chunks", "redirect"),
        *("headers in TLS", "body in TLS", "handshake"),
    ],
)
def test_a_server_that_sends_a_little_now_and_then_is_cut_off_in_time(
    scheme: str, sent: bytes, drip: bytes, certificate: str
) -> None:
    context = context_of(certificate) if scheme == "https" else None
    with contextmanager(dripping)(sent, drip, context) as host:
        begun = time.monotonic()
        with pytest.raises(http.TooSlow):
            get(f"{scheme.removeprefix('no ')}://{host}/", seconds=0.5, verify=certificate)
        assert 0.4 < time.monotonic() - begun < 3


@pytest.mark.parametrize("answer", [OK + b"\r\n", REDIRECT], ids=["answer", "redirect"])
def test_of_an_endless_answer_a_little_is_read(answer: bytes) -> None:
    with contextmanager(dripping)(answer, b"x" * 1_000_000) as host:
        begun = time.monotonic()
        assert get(f"http://{host}/", seconds=20) in (200, 302)
        assert time.monotonic() - begun < 10


LOOKED_UP: list[str] = []
sys.addaudithook(lambda event, args: LOOKED_UP.append(str(args[0])) if event == "socket.getaddrinfo" else None)
