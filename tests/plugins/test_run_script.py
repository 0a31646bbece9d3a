"""RunScript judges plans completely; running comes with SSH."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jsonschema import Draft202012Validator

from chalicelib.drivers import scripts
from chalicelib.errors import InvalidRequest
from chalicelib.plugin import AttackFailed
from plugins.attacks.run_script import RunScript

ED25519 = ed25519.Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(65537, 2048)
FORMATS = [PrivateFormat.PKCS8, PrivateFormat.OpenSSH]


def pem(key: Any, form: PrivateFormat, encryption: KeySerializationEncryption | None = None) -> str:
    return b64encode(key.private_bytes(Encoding.PEM, form, encryption or NoEncryption())).decode()


def args(**changes: Any) -> dict[str, Any]:
    return {
        "filters": {"tag:Chaos": "true"},
        "local_script": "s_burncpu.sh",
        "remote_script": "/chaos/burn_cpu",
        "ssh": {"user": "ec2-user", "pem": pem(ED25519, PrivateFormat.OpenSSH)},
        **changes,
    }


def accepted(**changes: Any) -> bool:
    return bool(Draft202012Validator(RunScript.schema).is_valid({"ref": RunScript.ref, "args": args(**changes)}))


@pytest.mark.parametrize(
    ("make", "forms"),
    [
        (lambda: RSA, [*FORMATS, PrivateFormat.TraditionalOpenSSL]),
        (lambda: ec.generate_private_key(ec.SECP256R1()), [*FORMATS, PrivateFormat.TraditionalOpenSSL]),
        (lambda: ec.generate_private_key(ec.SECP521R1()), FORMATS),
        (lambda: ED25519, FORMATS),
    ],
    ids=["rsa", "p256", "p521", "ed25519"],
)
def test_the_usual_keys_are_accepted(make: Callable[[], Any], forms: list[PrivateFormat]) -> None:
    key = make()
    for form in forms:
        RunScript.check(args(ssh={"user": "u", "pem": pem(key, form)}))


def test_base64_may_be_broken_in_lines() -> None:
    text = pem(RSA, PrivateFormat.PKCS8)
    lines = "\n".join(text[start : start + 76] for start in range(0, len(text), 76))
    RunScript.check(args(ssh={"user": "u", "pem": f"{lines}\n"}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not base64 !", "is not base64"),
        ("ñ", "is not base64"),
        ("BASE64ENCODEDPEM", "is not a private key"),
        (b64encode(b"-----BEGIN OPENSSH PRIVATE KEY-----\n").decode(), "is not a private key"),
        (
            b64encode(RSA.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)).decode(),
            "is not a private key",
        ),
        (pem(RSA, PrivateFormat.PKCS8, BestAvailableEncryption(b"p")), "is encrypted"),
        (pem(ED25519, PrivateFormat.OpenSSH, BestAvailableEncryption(b"p")), "is encrypted"),
        (pem(ec.generate_private_key(ec.SECP256K1()), PrivateFormat.PKCS8), "a kind that is not supported"),
        (pem(dsa.generate_private_key(2048), PrivateFormat.PKCS8), "a kind that is not supported"),
    ],
)
def test_what_is_no_usable_key_is_refused_without_repeating_it(text: str, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message) as refusal:
        RunScript.check(args(ssh={"user": "u", "pem": text}))
    assert text not in str(refusal.value)
    assert "give the base64 of an unencrypted RSA, ECDSA" in str(refusal.value)


@pytest.mark.parametrize("name", ["s_burncpu.sh", "script_attacks/s_burncpu.sh"])
def test_scripts_are_found_by_their_documented_names(name: str) -> None:
    RunScript.check(args(local_script=name))


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../../app.py", "script_attacks/../s_burncpu.sh", "./s_burncpu.sh", "nope.sh", "", "scripts", "\0"],
)
def test_what_is_no_script_is_refused_with_the_list_of_those_there_are(name: str) -> None:
    with pytest.raises(InvalidRequest, match=r"in plugins/scripts: there are .*s_burncpu\.sh"):
        RunScript.check(args(local_script=name))


def test_scripts_may_be_kept_in_folders(tmp_path: Path) -> None:
    for path in ("a.sh", "network/b.sh", "__pycache__/c.pyc", ".hidden"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    assert sorted(name for name, _ in scripts.below(tmp_path)) == ["a.sh", "network/b.sh"]


@pytest.mark.parametrize("path", ["-rf", "/tmp/../etc/x", "/tmp/a\nb", "/tmp/", ".."])
def test_a_place_that_no_script_can_have_is_refused(path: str) -> None:
    with pytest.raises(InvalidRequest, match="remote_script is not the path of a file"):
        RunScript.check(args(remote_script=path))


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "elastic"},
        {"port": 0},
        {"port": 65536},
        {"timeout": 841},
        {"filters": {}},
        {"region": "eu-west-1\n"},
        {"ssh": {"user": "u"}},
        {"ssh": {"user": "u", "pem": "x", "passwd": "x"}},
        {"ssh": {"user": "-oProxyCommand=x", "pem": "x"}},
        {"ssh": {"user": "a b", "pem": "x"}},
        {"driver": "gce"},
    ],
)
def test_arguments_out_of_bounds_are_refused_by_the_schema(changes: dict[str, Any]) -> None:
    assert accepted(address="private", port=2222, timeout=10, region="eu-west-1")
    assert not accepted(**changes)


def test_the_key_is_marked_as_secret() -> None:
    ssh = RunScript.schema["properties"]["args"]["properties"]["ssh"]
    assert ssh["properties"]["pem"]["writeOnly"] is True


def test_running_is_a_failed_attack_that_says_so() -> None:
    with pytest.raises(AttackFailed, match="running scripts is not available in this version"):
        RunScript(args()).run()
