"""Every call by which the EC2 attacks change something, times every way to lose its answer, after the effect and
without it: what goes on record is what is so."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ec2.attack import EC2Attack
from plugins.attacks.block_network import BlockNetwork
from plugins.attacks.reboot_ec2_instance import RebootEC2Instance
from plugins.attacks.stop_ec2_instance import StopEC2Instance
from plugins.attacks.terminate_ec2_instance import TerminateEC2Instance
from tests.plugins.conftest import REGION
from tests.support.scripted_ec2 import EMPTY, GROUP, ID, INTERFACE, WAYS, ScriptedEC2, scripted_ec2

STOPPED = {"region": REGION, "instance_id": ID}
BLOCKED = {**STOPPED, "groups": {INTERFACE: [GROUP]}}


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedEC2]:
    with scripted_ec2() as serving:
        monkeypatch.setenv("AWS_ENDPOINT_URL", serving.url)
        yield serving


def _made(attack: type[EC2Attack], **args: Any) -> Any:
    made = attack({"filters": {"tag:Team": "a"}, "duration": 600, **args})
    made.pause, made.clock = lambda seconds: None, lambda: 0.0
    return made


def _revert_stop() -> Any:
    return _made(StopEC2Instance).revert(STOPPED)


def _revert_block() -> Any:
    return _made(BlockNetwork).revert(BLOCKED)


CHANGES: dict[str, tuple[str, dict[str, Any], Callable[[], Any], dict[str, Any]]] = {
    # the attack or undo: the action, what EC2 is before, the call, what EC2 is afterwards
    "terminate": (
        "TerminateInstances",
        {},
        lambda: _made(TerminateEC2Instance).run(),
        {"state": "shutting-down"},
    ),
    "terminate several": (
        "TerminateInstances",
        {},
        lambda: _made(TerminateEC2Instance, count=2).run(),
        {"state": "shutting-down"},
    ),
    "stop": ("StopInstances", {}, lambda: _made(StopEC2Instance).run(), {"state": "stopped"}),
    "undo of stop": ("StartInstances", {"state": "stopped"}, _revert_stop, {"state": "running"}),
    "make the empty group": (
        "CreateSecurityGroup",
        {},
        lambda: _made(BlockNetwork).run(),
        {"groups": [EMPTY], "empty_group": ""},
    ),
    "empty it": (
        "RevokeSecurityGroupEgress",
        {},
        lambda: _made(BlockNetwork).run(),
        {"groups": [EMPTY], "empty_group": ""},
    ),
    "block": ("ModifyNetworkInterfaceAttribute", {}, lambda: _made(BlockNetwork).run(), {"groups": [EMPTY]}),
    "undo of block": (
        "ModifyNetworkInterfaceAttribute",
        {"groups": [EMPTY], "empty_group": ""},
        _revert_block,
        {"groups": [GROUP]},
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("change", CHANGES)
def test_an_answer_lost_after_the_effect_is_looked_up_before_anything_is_said(
    ec2: ScriptedEC2, change: str, way: str
) -> None:
    action, before, act, after = CHANGES[change]
    vars(ec2).update(before)
    ec2.lose = {action: way}
    outcome = act()
    assert {name: getattr(ec2, name) for name in after} == after
    assert ec2.actions().count(action) == 1
    assert outcome["seconds"] >= 0
    assert outcome.get("state", ec2.state) == ec2.state


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("change", CHANGES)
def test_what_took_no_effect_has_failed_with_what_was_seen(ec2: ScriptedEC2, change: str, way: str) -> None:
    action, before, act, _ = CHANGES[change]
    vars(ec2).update(before)
    ec2.lose, ec2.without_effect = {action: way}, {action}
    was = (ec2.state, ec2.groups)
    with pytest.raises(AttackFailed) as failure:
        act()
    assert (ec2.state, ec2.groups) == was
    if action.endswith("Instances"):
        assert failure.value.outcome.get("state", ec2.state) == ec2.state
    assert "seconds after" in str(failure.value) or "EC2 in eu-west-1" in str(failure.value)
    assert len(ec2.asked) < 80


@pytest.mark.parametrize("way", WAYS)
def test_a_reboot_whose_answer_is_lost_has_failed_because_nothing_shows_it(ec2: ScriptedEC2, way: str) -> None:
    ec2.lose = {"RebootInstances": way}
    with pytest.raises(AttackFailed, match="it is not known whether i-1 was rebooted$") as failure:
        _made(RebootEC2Instance).run()
    assert failure.value.outcome["state"] == "running"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("change", ["terminate", "terminate several", "stop", "undo of stop"])
def test_where_the_looks_are_lost_too_nothing_is_said_to_be_done(ec2: ScriptedEC2, change: str, way: str) -> None:
    action, before, act, _ = CHANGES[change]
    vars(ec2).update(before)
    acting = ec2.act

    def act_and_hide(params: dict[str, str]) -> None:
        acting(params)
        if params["Action"] == action:
            ec2.lose["DescribeInstances"] = way

    vars(ec2)["act"] = act_and_hide
    with pytest.raises(AttackFailed, match="EC2 in eu-west-1"):
        act()
    assert len(ec2.asked) < 80


def test_every_call_by_which_an_ec2_attack_changes_something_is_in_the_table() -> None:
    attacks = (TerminateEC2Instance, StopEC2Instance, BlockNetwork)
    changing = {
        action.partition(":")[2]
        for attack in attacks
        for action in attack.iam_actions
        if not action.startswith("ec2:Describe")
    }
    assert changing == {action for action, *_ in CHANGES.values()}
