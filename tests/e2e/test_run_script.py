"""A script run by the deployed attack function on an emulated instance, whose private address is that of a real SSH
server on loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.child import RunningEngine
from tests.e2e.wishes import Plans, until
from tests.plugins.ssh_server import USER, Server, pem, public, serving

ADDRESS = "127.0.0.7"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "sshd", ADDRESS) as made:
        yield made


@pytest.fixture
def instance(stack: RunningEngine) -> Iterator[str]:
    """The id of an emulated instance that the server seems to be. Its public address is invented."""
    ec2 = stack.client("ec2")
    made = ec2.run_instances(
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        PrivateIpAddress=ADDRESS,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "chaos", "Value": "script"}]}],
    )
    instance = made["Instances"][0]["InstanceId"]
    yield instance
    ec2.terminate_instances(InstanceIds=[instance])


def attack(server: Server, place: Path, **changes: Any) -> dict[str, Any]:
    return {
        "ref": "run_script:RunScript",
        "args": {
            "filters": {"tag:chaos": "script"},
            "local_script": "script_attacks/s_burncpu.sh",
            "remote_script": str(place / "burn_cpu"),
            "ssh": {"user": USER, "pem": pem(server.key)},
            "host_keys": [public(server.host_key)],
            "port": server.port,
            "arguments": ["1"],
            **changes,
        },
    }


def test_a_plan_runs_a_script_on_a_machine(server: Server, instance: str, plans: Plans, tmp_path: Path) -> None:
    place = tmp_path / "made for it"
    plan, executor = plans.post(attack(server, place, arguments=["3"]), ahead=6)
    assert plan["attack"]["args"]["ssh"] == {"user": USER, "pem": "********"}

    script = place / "burn_cpu"
    until("the script is there", lambda: script.exists() and script.stat().st_mode & 0o777 == 0o700)

    record = plans.ended(executor)

    assert record["status"] == "succeeded", record
    outcome = record["outcome"]
    assert (outcome["candidates"], outcome["instance_id"], outcome["address"]) == (1, instance, ADDRESS)
    assert (outcome["exit_status"], outcome["host_key"][:7]) == (0, "SHA256:")
    assert 3 <= outcome["seconds"] < 20
    assert "burned" in outcome["output"]
    assert "left_behind" not in outcome
    # The folder that was made for the script stays, the script does not.
    assert list(place.iterdir()) == []
    assert f"Accepted publickey for {USER}" in server.log


def test_a_script_that_fails_is_on_record_with_what_it_said(
    server: Server, instance: str, plans: Plans, tmp_path: Path
) -> None:
    _, executor = plans.post(attack(server, tmp_path, arguments=["wrong use"]), ahead=6)

    record = plans.ended(executor)

    assert record["status"] == "failed"
    assert record["error"]["message"].startswith("the script ended with exit status ")
    assert record["outcome"]["instance_id"] == instance
    assert record["outcome"]["output"]


def test_a_machine_that_shows_another_host_key_runs_nothing(
    server: Server, instance: str, plans: Plans, tmp_path: Path
) -> None:
    _, executor = plans.post(attack(server, tmp_path, host_keys=[public(server.key)]), ahead=6)

    record = plans.ended(executor)

    assert record["status"] == "failed"
    assert "which is not among host_keys" in record["error"]["message"]
    assert "Accepted publickey" not in server.log
