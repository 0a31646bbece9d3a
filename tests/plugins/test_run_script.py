"""RunScript: what it accepts, and what it does on a real SSH server that an emulated instance's address leads to."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import boto3
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

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from chalicelib.drivers.ssh import addresses, host_keys
from chalicelib.plugin.outcome import LARGEST_OUTCOME, bounded
from chalicelib.secrets.redaction import redact
from plugins.attacks import run_script
from plugins.attacks.run_script import LONGEST_RUN, RunScript
from tests.plugins.conftest import REGION
from tests.plugins.ssh_server import USER, Server, public, serving

ED25519 = ed25519.Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(65537, 2048)
FORMATS = [PrivateFormat.PKCS8, PrivateFormat.OpenSSH]


@pytest.fixture(autouse=True)
def a_stage_that_trusts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_HOST_KEYS", "accept-new")


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
    [
        "/etc/passwd",
        "../../app.py",
        "script_attacks/../s_burncpu.sh",
        "./s_burncpu.sh",
        "nope.sh",
        "_basics.sh",
        "",
        "scripts",
        "\0",
    ],
)
def test_what_is_no_script_is_refused_with_the_list_of_those_there_are(name: str) -> None:
    with pytest.raises(InvalidRequest, match=r"in plugins/scripts: give one of .*s_burncpu\.sh"):
        RunScript.check(args(local_script=name))


@pytest.mark.parametrize("path", ["-rf", "/tmp/../etc/x", "/tmp/a\nb", "/tmp/", "..", "/tmp/.", "~/burn"])
def test_a_place_that_no_script_can_have_is_refused(path: str) -> None:
    with pytest.raises(InvalidRequest, match="remote_script: it is not the path of a file"):
        RunScript.check(args(remote_script=path))


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "elastic"},
        {"port": 0},
        {"port": 65536},
        {"timeout": LONGEST_RUN + 1},
        {"arguments": "1"},
        {"arguments": ["a\nb"]},
        {"env": {"A B": "x"}},
        {"env": {"1A": "x"}},
        {"env": {"A": "\0"}},
        {"env": {"A": 1}},
        {"host_keys": []},
        {"filters": {}},
        {"region": "eu-west-1\n"},
        {"ssh": {"user": "u"}},
        {"ssh": {"user": "u", "pem": "x", "passwd": "x"}},
        {"ssh": {"user": "-oProxyCommand=x", "pem": "x"}},
        {"ssh": {"user": "a b", "pem": "x"}},
        {"driver": "gce"},
        {"driver": {"key": "x"}},
        {"driver": {"provider": "gce", "passwd": "x"}},
    ],
)
def test_arguments_out_of_bounds_are_refused_by_the_schema(changes: dict[str, Any]) -> None:
    assert accepted(address="private", port=2222, timeout=10, region="eu-west-1", arguments=["-n", "1"])
    assert accepted(env={"A_1": "it's"}, host_keys=["SHA256:x"])
    assert not accepted(**changes)


def test_the_key_is_marked_as_secret() -> None:
    ssh = RunScript.schema["properties"]["args"]["properties"]["ssh"]
    assert ssh["properties"]["pem"]["writeOnly"] is True


def test_without_host_keys_the_stage_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    RunScript.check(args())
    monkeypatch.delenv("SSH_HOST_KEYS")
    with pytest.raises(
        InvalidRequest, match="host_keys: it is missing, and this stage trusts no unknown machine: give"
    ):
        RunScript.check(args())
    RunScript.check(args(host_keys=[public(ED25519)]))


def test_host_keys_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="host_keys: a line is no host key that can be checked"):
        RunScript.check(args(host_keys=["nonsense"]))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "sshd", "127.0.0.7") as made:
        yield made


@pytest.fixture
def instances(aws: str) -> Callable[..., list[str]]:
    """Launches instances with a private address each."""

    def launch(*addresses: str) -> list[str]:
        ec2 = boto3.client("ec2", region_name=REGION)
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Chaos", "Value": "true"}]}]
        return [
            ec2.run_instances(
                ImageId="ami-12c6146b", MinCount=1, MaxCount=1, PrivateIpAddress=address, TagSpecifications=tags
            )["Instances"][0]["InstanceId"]
            for address in addresses
        ]

    return launch


def attack(server: Server, tmp_path: Path, **changes: Any) -> RunScript:
    return RunScript(
        args(
            **{
                "remote_script": str(tmp_path / "there" / "burn"),
                "ssh": {"user": USER, "pem": pem(server.key, PrivateFormat.OpenSSH)},
                "port": server.port,
                "host_keys": [public(server.host_key)],
                "arguments": ["1"],
                **changes,
            }
        )
    )


def test_the_script_runs_on_the_instance_that_was_chosen(
    server: Server, instances: Callable[..., list[str]], tmp_path: Path
) -> None:
    launched = instances("127.0.0.7")

    outcome = attack(server, tmp_path).run()

    assert outcome.pop("seconds") >= 1
    assert outcome.pop("output").startswith("burned ")
    assert outcome.pop("host_key").startswith("SHA256:")
    assert outcome == {
        "region": REGION,
        "candidates": 1,
        "instance_id": launched[0],
        "address": "127.0.0.7",
        "exit_status": 0,
    }
    assert list((tmp_path / "there").iterdir()) == []


def test_one_of_several_is_chosen_at_random(
    server: Server, instances: Callable[..., list[str]], tmp_path: Path
) -> None:
    launched = instances("127.0.0.8", "127.0.0.7", "127.0.0.9")
    chosen = set()
    for seed in range(12):
        made = attack(server, tmp_path, arguments=["wrong use"])
        made.rng = Random(seed)
        with pytest.raises(AttackFailed) as failure:
            made.run()
        assert failure.value.outcome["candidates"] == 3
        chosen.add(failure.value.outcome["instance_id"])
    assert chosen == set(launched)


def test_another_exit_status_is_a_failed_attack_with_the_same_record(
    server: Server, instances: Callable[..., list[str]], tmp_path: Path
) -> None:
    instances("127.0.0.7")
    with pytest.raises(AttackFailed, match="^the script ended with exit status [1-9]") as failure:
        attack(server, tmp_path, arguments=["no"]).run()
    assert failure.value.outcome.keys() == {
        "region", "candidates", "instance_id", "address", "host_key", "exit_status", "seconds", "output",
    }  # fmt: skip
    assert "usage: s_burncpu.sh" in failure.value.outcome["output"]


def test_an_sftp_server_that_prints_first_is_a_failed_attack_that_names_the_machine(
    instances: Callable[..., list[str]], tmp_path: Path
) -> None:
    launched = instances("127.0.0.7")
    with serving(tmp_path / "sshd", "127.0.0.7", more="Subsystem sftp echo Welcome\n") as server:
        with pytest.raises(AttackFailed, match=r"^the script could not be put at .*: does its login shell") as failure:
            attack(server, tmp_path).run()
        assert failure.value.outcome == {
            "region": REGION,
            "candidates": 1,
            "instance_id": launched[0],
            "address": "127.0.0.7",
            "host_key": host_keys.fingerprint(host_keys.parse([public(server.host_key)]).keys[0].blob),
        }


def test_the_whole_outcome_goes_on_record_with_as_much_output_as_there_is_room_for() -> None:
    for text in ("x" * 4096, "a line of it\n" * 315):
        outcome = run_script._bounded({"region": REGION, "output": text})
        assert bounded(outcome, redact) == outcome == {"region": REGION, "output": text}
    for text in ("\n" * 4096, "ñ" * 2048, "\0" * 4096):  # each character of which is longer in JSON
        outcome = run_script._bounded({"region": REGION, "output": text})
        assert bounded(outcome, redact) == outcome
        assert len(outcome["output"]) >= 1300
        assert len(json.dumps(outcome)) > LARGEST_OUTCOME - 12


def test_no_match_is_a_failed_attack(server: Server, aws: str, tmp_path: Path) -> None:
    with pytest.raises(AttackFailed, match="no instance in eu-west-1 matches: nothing was run") as failure:
        attack(server, tmp_path).run()
    assert failure.value.outcome == {"region": REGION, "candidates": 0}


@pytest.mark.parametrize("address", ["public", "auto", "private"])
def test_in_the_local_stage_an_invented_address_is_not_connected_to(
    server: Server, instances: Callable[..., list[str]], tmp_path: Path, address: str
) -> None:
    launched = instances("10.1.2.3")
    with pytest.raises(AttackFailed, match="in the local stage attacks reach loopback addresses only") as failure:
        attack(server, tmp_path, address=address).run()
    assert failure.value.outcome == {"region": REGION, "candidates": 1, "instance_id": launched[0]}


@pytest.mark.parametrize(
    ("kind", "stage", "expected"),
    [
        ("auto", "prod", "203.0.113.5"),
        ("public", "prod", "203.0.113.5"),
        ("private", "prod", "10.0.0.5"),
        ("auto", "local", "127.0.0.7"),
        ("private", "local", "127.0.0.7"),
    ],
)
def test_the_address_is_the_public_one_by_default_and_locally_a_loopback_one(
    kind: str, stage: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", stage)
    node = SimpleNamespace(id="i-1", public_ips=["203.0.113.5"], private_ips=["10.0.0.5", "127.0.0.7"])
    assert addresses.of(node, kind) == expected


def test_a_machine_without_such_an_address_is_a_failed_attack() -> None:
    node = SimpleNamespace(id="i-1", public_ips=None, private_ips=["host.internal"])
    with pytest.raises(AttackFailed, match="i-1 has no public address: nothing was attacked"):
        addresses.of(node, "public")
    with pytest.raises(AttackFailed, match="i-1 has the address host.internal: in the local stage"):
        addresses.of(node, "auto")


DUMMY = {"provider": "dummy", "options": {"creds": "9"}}


def test_the_machine_may_be_one_of_another_cloud(server: Server, tmp_path: Path) -> None:
    changes = {"driver": DUMMY, "filters": {"name": "dummy-6"}, "networks": ["10.0.0.0/8", "127.0.0.0/29"]}
    RunScript.check(args(**changes))

    outcome = attack(server, tmp_path, **changes).run()

    assert {name: outcome[name] for name in ("provider", "candidates", "instance_id", "address", "exit_status")} == {
        "provider": "dummy",
        "candidates": 1,
        "instance_id": "6",
        "address": "127.0.0.7",
        "exit_status": 0,
    }


@pytest.mark.parametrize("networks", [["127.0.0.0/30"], ["::1/128"], ["127.0.0.0/30", "127.0.0.8/29"]])
def test_a_machine_of_another_cloud_is_reached_in_the_networks_of_the_plan_alone(
    server: Server, tmp_path: Path, networks: list[str]
) -> None:
    changes = {"driver": DUMMY, "filters": {"name": "dummy-6"}, "networks": networks}
    with pytest.raises(AttackFailed, match=r"127.0.0.7 is refused: it is in none of the plan's networks"):
        attack(server, tmp_path, **changes).run()


@pytest.mark.parametrize("network", ["10.0.0.1/8", "10.0.0.0/33", "example.org", "", "10.0.0.0/8/8", "1"])
def test_a_network_that_is_none_is_refused_by_its_place(network: str) -> None:
    with pytest.raises(InvalidRequest, match=r"networks\[1\]: it is no network: give one as CIDR"):
        RunScript.check(args(networks=["10.0.0.0/8", network]))


def test_no_match_in_another_cloud_is_a_failed_attack(server: Server, tmp_path: Path) -> None:
    with pytest.raises(AttackFailed, match="no instance of dummy matches: nothing was run"):
        attack(server, tmp_path, driver=DUMMY, filters={"name": "nobody"}).run()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"filters": {"name": "a"}, "region": "eu-west-1"}, "region and driver exclude each other"),
        (
            {"filters": {"name": "a"}, "role_arn": "arn:aws:iam::210987654321:role/a"},
            "role_arn and driver exclude each",
        ),
        ({"filters": {"name": "a"}, "external_id": "id"}, "external_id and driver exclude each other"),
        (
            {"filters": {"tag:Chaos": "true"}},
            "filters\\['tag:Chaos'\\]: a driver's machines have no such filter: give name or state",
        ),
        ({"filters": {"state": ["running", "dead"]}}, "filters.state: there is no such state: give one of running"),
        (
            {"filters": {"name": "a"}, "driver": {"provider": "clodstack"}},
            "driver.provider: there is no such provider: give one of .* did you mean 'cloudstack'",
        ),
        ({"filters": {"name": "a"}}, "networks: it is missing: with a driver, list the networks of its machines"),
    ],
)
def test_what_does_not_fit_a_driver_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        RunScript.check(args(**{"driver": DUMMY, **changes}))
