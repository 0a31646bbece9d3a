"""Whom an SSH attack takes for the machine: fingerprints, known_hosts lines, certificates."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import SSHCertificateBuilder, SSHCertificateType

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from chalicelib.drivers.ssh import host_keys, session
from chalicelib.drivers.ssh.host_patterns import matches
from tests.plugins.ssh_server import USER, Server, pem, public, serving

KEY, OTHER, AUTHORITY = (ed25519.Ed25519PrivateKey.generate() for _ in range(3))
RSA = rsa.generate_private_key(65537, 2048)
ECDSA = ec.generate_private_key(ec.SECP256R1())
NOW = datetime(2026, 12, 1, tzinfo=UTC)
HASHED = "|1|{}|{}".format(
    b64encode(b"s" * 20).decode(), b64encode(hmac.digest(b"s" * 20, b"127.0.0.1", "sha1")).decode()
)


def blob(key: Any) -> bytes:
    return b64decode(public(key).split()[1])


def certificate(
    key: Any = KEY,
    *,
    by: Any = AUTHORITY,
    names: Iterable[str] = ("127.0.0.1",),
    type: SSHCertificateType = SSHCertificateType.HOST,
    begins: datetime = datetime(2020, 1, 1, tzinfo=UTC),
    ends: datetime = datetime(2099, 1, 1, tzinfo=UTC),
    options: Iterable[bytes] = (),
) -> str:
    """``type base64``."""
    builder = (
        SSHCertificateBuilder()
        .public_key(key.public_key())
        .type(type)
        .valid_after(begins.timestamp())
        .valid_before(ends.timestamp())
        .key_id(b"a host")
    )
    principals = [name.encode() for name in names]
    builder = builder.valid_principals(principals) if principals else builder.valid_for_all_principals()
    for option in options:
        builder = builder.add_critical_option(option, b"")
    return builder.sign(by).public_bytes().decode()


def refusal(entries: list[str], shown: bytes, *, names: tuple[str, ...] = ("127.0.0.1",), port: int = 22) -> str | None:
    return host_keys.parse(entries).refusal(shown, names, port, NOW)


@pytest.mark.parametrize(
    "entry",
    [
        host_keys.fingerprint(blob(KEY)),
        host_keys.fingerprint(blob(KEY)) + "=",
        public(KEY),
        f"{public(KEY)} a comment",
        f"127.0.0.1 {public(KEY)}",
        f"# a comment\n\nexample.com {public(OTHER)}\n127.0.0.* {public(KEY)}\n",
        f"!10.0.0.1,* {public(KEY)}",
        f"{HASHED} {public(KEY)}",
    ],
    ids=["fingerprint", "padded", "key", "comment", "line", "lines", "negation", "hashed"],
)
def test_every_form_of_an_entry_names_its_key_and_no_other(entry: str) -> None:
    assert refusal([entry], blob(KEY)) is None
    assert refusal([public(OTHER), entry], blob(KEY)) is None
    assert "which is not among host_keys" in (refusal([entry], blob(RSA)) or "")


def test_a_line_speaks_for_its_hosts_only() -> None:
    line = f"10.0.0.1,web-? {public(KEY)}"
    assert refusal([line], blob(KEY), names=("127.0.0.1", "web-1")) is None
    assert refusal([line], blob(KEY), names=("127.0.0.1", "web-10"))
    assert refusal([line], blob(KEY), names=("web-1",), port=2222)
    assert refusal([f"[web-1]:2222 {public(KEY)}"], blob(KEY), names=("web-1",), port=2222) is None


@pytest.mark.parametrize(
    ("patterns", "name", "expected"),
    [
        ("*", "a", True),
        ("*.example.com,!db.example.com", "web.example.com", True),
        ("*.example.com,!db.example.com", "db.example.com", False),
        ("a.b", "axb", False),
        ("WEB", "web", True),
        ("|1|no base64|x", "a", False),
        ("", "a", False),
    ],
)
def test_patterns_are_those_of_openssh(patterns: str, name: str, expected: bool) -> None:
    assert matches(patterns, [name]) is expected


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (["# nothing"], "names no key"),
        (["MD5:aa:bb"], "no host key that can be checked"),
        (["SHA256:short"], "no host key that can be checked"),
        ([f"@revoked * {public(KEY)}"], "no host key that can be checked"),
        (["host ssh-dss AAAA"], "no host key that can be checked"),
        (["ssh-ed25519 AAAA"], "a line holds a key that cannot be read"),
        (["ssh-ed25519 !"], "a line holds a key that cannot be read"),
        ([f"ssh-rsa {public(KEY).split()[1]}"], "a line holds a key that cannot be read"),
        (["@cert-authority *"], "no host key that can be checked"),
    ],
    ids=["nothing", "md5", "short", "revoked", "dss", "empty", "no base64", "wrong type", "no key"],
)
def test_the_refusal_of_what_names_no_key_says_what_would(entries: list[str], message: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{message}.*give fingerprints such as SHA256:.*ssh-keyscan"):
        host_keys.parse(entries)


def test_the_stage_says_whether_a_plan_needs_them() -> None:
    assert host_keys.of_plan(None, {"SSH_HOST_KEYS": "accept-new"}).refusal(blob(KEY), ["a"], 22, NOW) is None
    named = host_keys.of_plan([public(OTHER)], {"SSH_HOST_KEYS": "accept-new"})
    assert named.refusal(blob(KEY), ["a"], 22, NOW)
    with pytest.raises(
        InvalidRequest, match="host_keys: it is missing, and this stage trusts no unknown machine: give"
    ):
        host_keys.of_plan(None, {})


AUTHORITIES = [f"@cert-authority 127.0.0.* {public(AUTHORITY)}"]


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        (certificate(), None),
        (certificate(RSA), None),
        (certificate(names=()), None),
        (certificate(names=["10.0.0.1", "127.*"]), None),
        (certificate(by=OTHER), "signed by none of the authorities"),
        (certificate(names=["10.0.0.1"]), "is for 10.0.0.1, and not for 127.0.0.1"),
        (certificate(type=SSHCertificateType.USER), "not one of a host"),
        (certificate(options=[b"force-command"]), "not one of a host, or has options"),
        (certificate(ends=datetime(2026, 11, 30, tzinfo=UTC)), "not valid at this time"),
        (certificate(begins=datetime(2026, 12, 2, tzinfo=UTC)), "not valid at this time"),
        (public(KEY), "which is not among host_keys"),
    ],
    ids=["good", "rsa", "any name", "pattern", "signer", "name", "user's", "options", "ended", "early", "plain key"],
)
def test_a_certificate_proves_what_its_authority_has_signed(shown: str, message: str | None) -> None:
    refused = refusal(AUTHORITIES, b64decode(shown.split()[1]))
    assert (refused is None) if message is None else message in (refused or "")


@pytest.mark.parametrize("authority", [RSA, ECDSA], ids=["rsa", "ecdsa"])
def test_authorities_may_be_of_any_kind(authority: Any) -> None:
    shown = b64decode(certificate(by=authority).split()[1])
    assert refusal([f"@cert-authority * {public(authority)}"], shown) is None


def test_an_authority_speaks_for_its_hosts_only() -> None:
    shown = b64decode(certificate(names=()).split()[1])
    assert "none of the authorities" in (refusal(AUTHORITIES, shown, names=("10.0.0.1",)) or "")


def test_a_meddled_certificate_is_refused() -> None:
    shown = bytearray(b64decode(certificate().split()[1]))
    shown[-1] ^= 1
    assert refusal(AUTHORITIES, bytes(shown)) == "the signature of its certificate is false"
    assert refusal(AUTHORITIES, bytes(shown[:-9])) == "its certificate cannot be read"


def outcome_of(server: Server, tmp_path: Path, *entries: str) -> dict[str, Any]:
    on = session.Machine(
        address=server.address,
        port=server.port,
        user=USER,
        key=pem(server.key),
        trust=host_keys.parse(entries),
    )
    return session.run(session.Script(content=b"#!/bin/sh\n", path=str(tmp_path / "s"), seconds=10), on=on)


@pytest.mark.parametrize("key", [KEY, RSA, ECDSA], ids=["ed25519", "rsa", "ecdsa"])
def test_on_the_wire_a_certificate_is_asked_for_where_an_authority_is_named(tmp_path: Path, key: Any) -> None:
    file = tmp_path / "host_key-cert.pub"
    file.write_text(certificate(key))
    with serving(tmp_path / "sshd", host_key=key, more=f"HostCertificate {file}\n") as server:
        named = f"@cert-authority [127.0.0.1]:{server.port} {public(AUTHORITY)}"
        assert outcome_of(server, tmp_path, named)["exit_status"] == 0
        assert outcome_of(server, tmp_path, public(key))["exit_status"] == 0
        assert outcome_of(server, tmp_path, f"@cert-authority * {public(OTHER)}", public(key))["exit_status"] == 0
        with pytest.raises(AttackFailed, match="not trusted: its certificate is signed by none of the authorities"):
            outcome_of(server, tmp_path, f"@cert-authority * {public(OTHER)}")


def test_on_the_wire_the_key_that_is_named_is_asked_for(tmp_path: Path) -> None:
    """A machine has several keys and shows the kind that it is asked for first."""
    first, second = tmp_path / "rsa", tmp_path / "ecdsa"
    for file, key in ((first, RSA), (second, ECDSA)):
        file.write_bytes(b64decode(pem(key)))
        file.chmod(0o600)
    with serving(tmp_path / "sshd", host_key=KEY, more=f"HostKey {first}\nHostKey {second}\n") as server:
        for key in (KEY, RSA, ECDSA):
            shown = host_keys.fingerprint(blob(key))
            assert outcome_of(server, tmp_path, shown)["host_key"] == shown
            assert outcome_of(server, tmp_path, public(key))["host_key"] == shown
        with pytest.raises(AttackFailed, match="is not trusted: it shows .*; it shows .*; it shows .*, which is not"):
            outcome_of(server, tmp_path, host_keys.fingerprint(blob(OTHER)))


def test_on_the_wire_without_any_key_the_one_that_was_taken_is_on_record(tmp_path: Path) -> None:
    with serving(tmp_path / "sshd") as server:
        on = session.Machine(
            address=server.address,
            port=server.port,
            user=USER,
            key=pem(server.key),
            trust=host_keys.Trust(any_key=True),
        )
        outcome = session.run(session.Script(content=b"#!/bin/sh\n", path=str(tmp_path / "s"), seconds=10), on=on)
        assert outcome["host_key"] == host_keys.fingerprint(blob(server.host_key))
