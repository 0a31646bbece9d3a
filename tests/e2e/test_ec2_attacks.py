"""The attacks on instances through the packaged function, with its own permissions, on the local AWS's EC2."""

from typing import Any

import pytest

from chalicelib.drivers.ec2.factory import EC2DriverFactory
from infra.local.child import RunningEngine
from plugins.attacks.stop_ec2_instance import StopEC2Instance
from tests.e2e.wishes import Plans


@pytest.mark.parametrize(
    ("attack", "args", "state"),
    [
        ("terminate_ec2_instance:TerminateEC2Instance", {}, ("shutting-down", "terminated")),
        ("stop_ec2_instance:StopEC2Instance", {"duration": 86_400}, ("stopped",)),
        ("reboot_ec2_instance:RebootEC2Instance", {}, ("running",)),
    ],
)
def test_a_protected_instance_is_spared_and_another_attacked(
    stack: RunningEngine, plans: Plans, attack: str, args: dict[str, Any], state: tuple[str, ...]
) -> None:
    tag = attack.partition("_")[0]
    protected, other = plans.fleet(2, tag)
    stack.client("ec2").create_tags(Resources=[protected], Tags=[{"Key": "chaos:protected", "Value": "true"}])

    _, executor = plans.post({"ref": attack, "args": {"filters": {"tag:chaos": tag}, **args}}, ahead=2)
    record = plans.ended(executor)

    assert record["status"] == "succeeded", record
    outcome = record["outcome"]
    assert (outcome["instance_id"], outcome["candidates"], outcome["spared"]) == (other, 1, 1)
    assert outcome["state"] in state
    assert 0 <= outcome["seconds"] < 60
    assert plans.running([protected, other]) == [protected] + ([other] if "running" in state else [])


def test_several_are_terminated_at_once(plans: Plans) -> None:
    fleet = plans.fleet(4, "several")
    attack = {
        "ref": "terminate_ec2_instance:TerminateEC2Instance",
        "args": {"filters": {"tag:chaos": "several"}, "count": 3},
    }

    _, executor = plans.post(attack, ahead=2)
    record = plans.ended(executor)

    assert record["status"] == "succeeded", record
    assert set(fleet) - set(plans.running(fleet)) == set(record["outcome"]["instance_ids"])
    assert len(plans.running(fleet)) == 1


def test_what_was_stopped_is_started_again_once_and_for_all(
    stack: RunningEngine, plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This EC2 writes the state before the call first, which libcloud's own driver reads."""
    (id,) = plans.fleet(1, "undone")
    _act_as_root(stack, monkeypatch)
    attack = StopEC2Instance({"filters": {"tag:chaos": "undone"}, "duration": 60})
    state = attack.prepare()
    assert attack.run()["state"] == "stopped"
    assert plans.running([id]) == []

    undone, again = (StopEC2Instance(attack.attack_config).revert(state) for _ in range(2))

    assert undone.pop("seconds") < 60
    assert undone == {**state, "state": "running"}
    assert again == {**undone, "left_alone": f"{id} is running: there is nothing to start"}
    assert plans.running([id]) == [id]


def test_the_driver_says_that_it_acted_where_it_did(
    stack: RunningEngine, plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = plans.fleet(1, "notified")
    _act_as_root(stack, monkeypatch)
    driver = EC2DriverFactory().get_driver()
    (node,) = driver.list_nodes(ex_node_ids=[id])
    assert [driver.stop_node(node), driver.start_node(node), driver.destroy_node(node)] == [True, True, True]


def _act_as_root(stack: RunningEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("STAGE", "local"),
        ("AWS_ENDPOINT_URL", stack.run["aws"]),
        ("AWS_DEFAULT_REGION", stack.client("ec2").meta.region_name),
        ("AWS_ACCESS_KEY_ID", "123456789012"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
    ):
        monkeypatch.setenv(name, value)
