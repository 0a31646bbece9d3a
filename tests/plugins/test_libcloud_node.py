"""Machines of any cloud, on libcloud's own dummy provider and on a driver that the test controls."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import InvalidCredsError, MalformedResponseError

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from chalicelib.drivers.cloud.nodes import Cloud
from chalicelib.drivers.cloud.plan_arguments import STATES
from chalicelib.secrets.log_redaction import masked
from plugins.attacks.libcloud_node import DestroyNode, RebootNode


def args(**changes: Any) -> dict[str, Any]:
    return {"driver": {"provider": "dummy", "options": {"creds": "4"}}, "filters": {"name": "dummy-*"}, **changes}


@pytest.mark.parametrize(
    ("attack", "seen"),
    [
        (DestroyNode, {"state": "gone", "seconds": 0}),
        (RebootNode, {"state": "rebooting", "evidence": "it was seen rebooting"}),
    ],
)
def test_one_of_those_that_match_is_attacked(attack: type[DestroyNode | RebootNode], seen: dict[str, Any]) -> None:
    made = attack(args(filters={"name": ["dummy-1", "dummy-2", "other"]}))
    made.rng = Random(1)
    outcome = made.run()
    assert outcome.pop("instance_id") in ("1", "2")
    assert outcome.pop("name") in ("dummy-1", "dummy-2")
    assert outcome == {"provider": "dummy", "candidates": 2, **seen}


def test_exactly_the_chosen_one_is_destroyed() -> None:
    cloud = Cloud.of(args()["driver"])
    nodes = {node.name: node for node in cloud.find({"name": "*"}).nodes}
    assert nodes.keys() == {"dummy-0", "dummy-1", "dummy-2", "dummy-3"}
    assert cloud.destroy(nodes["dummy-2"]).value == "gone"
    assert {node.name for node in cloud.find({"name": "*"}).nodes} == {"dummy-0", "dummy-1", "dummy-3"}


def test_running_ones_are_meant_unless_a_state_is_asked_for() -> None:
    cloud = Cloud.of(args()["driver"])
    cloud.reboot(cloud.find({"name": "dummy-3"}).nodes[0])
    assert cloud.find({"name": "dummy-3"}).nodes == []
    assert len(cloud.find({"state": ["rebooting"]}).nodes) == 1
    assert len(cloud.find({"state": ["rebooting", "running"], "name": "*"}).nodes) == 4


def test_no_match_is_a_failed_attack() -> None:
    with pytest.raises(AttackFailed, match="no machine of dummy matches: nothing was attacked") as failure:
        DestroyNode(args(filters={"name": "nobody"})).run()
    assert failure.value.outcome == {"provider": "dummy", "candidates": 0}


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({}, True),
        ({"filters": {"state": "stopped"}}, True),
        ({"driver": {"provider": "ec2", "key": "k", "secret": "s", "region": "r", "host": "h", "port": 1}}, True),
        ({"filters": {}}, False),
        ({"filters": {"names": "a"}}, False),
        ({"filters": {"state": "dead"}}, False),
        ({"driver": {}}, False),
        ({"driver": {"provider": "ec2", "password": "x"}}, False),
        ({"driver": {"provider": "ec2", "options": {"a": {}}}}, False),
        ({"driver": {"provider": "ec2", "options": {"proxy_url": "http://127.0.0.1:1"}}}, False),
    ],
)
def test_the_arguments_are_closed(changes: dict[str, Any], accepted: bool) -> None:
    document = {"ref": RebootNode.ref, "args": args(**changes)}
    assert Draft202012Validator(RebootNode.schema).is_valid(document) is accepted


def test_a_provider_that_there_is_not_is_refused_with_those_there_are() -> None:
    DestroyNode.check(args())
    with pytest.raises(InvalidRequest, match=r"there is no such provider: give one of .*digitalocean.*openstack"):
        DestroyNode.check(args(driver={"provider": "cloud9"}))


def test_credentials_and_options_are_not_shown_again() -> None:
    driver = {"provider": "ec2", "key": "k", "secret": "s", "region": "r", "options": {"token": "t"}}
    shown = masked({"ref": DestroyNode.ref, "args": args(driver=driver)}, DestroyNode.schema)["args"]["driver"]
    assert shown == {"provider": "ec2", "key": "********", "secret": "********", "region": "r", "options": "********"}


def test_the_states_are_libclouds() -> None:
    from libcloud.compute.types import NodeState

    assert sorted(STATES) == sorted(str(value) for name, value in vars(NodeState).items() if name.isupper())


def test_the_local_stage_reaches_no_cloud() -> None:
    with pytest.raises(AttackFailed, match="the local stage reaches no cloud, and so not digitalocean: only dummy"):
        DestroyNode(args(driver={"provider": "digitalocean", "key": "x"})).run()


@pytest.mark.parametrize(
    "driver",
    [
        {"provider": "cloudstack", "key": "k", "secret": "s", "host": "169.254.169.254", "options": {"path": "/c"}},
        {"provider": "openstack", "key": "k", "options": {"ex_force_auth_url": "http://169.254.169.254/v3"}},
    ],
)
def test_no_driver_is_sent_to_the_metadata_of_this_machine(
    driver: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "prod")
    with pytest.raises(AttackFailed, match=r"169\.254\.169\.254 is refused"):
        Cloud.of(driver).find({"name": "*"})


def test_a_driver_that_cannot_be_made_is_a_failed_attack_that_names_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AttackFailed, match="dummy takes no secret: give one of creds"):
        Cloud.of({"provider": "dummy", "secret": "hush-hush", "options": {"creds": "1"}})
    monkeypatch.setenv("STAGE", "prod")
    with pytest.raises(AttackFailed, match="cannot be made: ValueError: .*nowhere") as failure:
        Cloud.of({"provider": "ec2", "key": "hush-hush", "secret": "hush-hush", "region": "nowhere"})
    assert "hush" not in str(failure.value)


@dataclass
class Node:
    id: str = "n-1"
    name: str = "web-1"
    state: str = "running"
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Driver:
    """libcloud's driver as far as a cloud needs it: it does what it ``answers`` it did, and nothing else."""

    answers: Any = True
    nodes: list[Node] = field(default_factory=lambda: [Node()])
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def list_nodes(self) -> list[Node]:
        return self.nodes

    def destroy_node(self, node: Node) -> Any:
        self.asked.append(node.id)
        if self.error:
            raise self.error
        return self.answers

    reboot_node = destroy_node


def cloud(driver: Driver, pause: Callable[[float], None] = lambda seconds: None) -> Cloud:
    return Cloud(driver, "somecloud", ("hush-hush",), pause)


def test_a_destruction_that_is_accepted_and_not_seen_is_a_failed_attack() -> None:
    waited: list[float] = []
    with pytest.raises(AttackFailed, match="^n-1 is still running 120 seconds after it was destroyed") as failure:
        cloud(Driver(), waited.append).destroy(Node())
    assert failure.value.outcome == {"state": "running", "seconds": 120}
    assert sum(waited) == 120


def test_a_destruction_that_takes_its_time_is_looked_at_until_the_machine_is_gone() -> None:
    driver = Driver()
    seconds: list[float] = []

    def pause(wait: float) -> None:
        seconds.append(wait)
        if sum(seconds) > 30:
            driver.nodes = []

    seen = cloud(driver, pause).destroy(Node())
    assert (seen.value, seen.seconds) == ("gone", pytest.approx(sum(seconds), abs=0.1))


def test_what_the_cloud_did_not_do_is_a_failed_attack() -> None:
    with pytest.raises(
        AttackFailed, match="reports that it did not destroy n-1; n-1 is still running 120 seconds"
    ) as failure:
        cloud(Driver(answers=False)).destroy(Node())
    assert failure.value.outcome == {"state": "running", "seconds": 120}
    with pytest.raises(AttackFailed, match="somecloud reports that it did not reboot n-1; it is not known whether"):
        cloud(Driver(answers=False)).reboot(Node())


@pytest.mark.parametrize(
    "lost",
    [
        *(False, ConnectionResetError("by peer"), BaseHTTPError(502, "Bad Gateway")),  # type: ignore[no-untyped-call]
        *(MalformedResponseError("no XML"), AttributeError("'str' object has no attribute 'find'")),
    ],
    ids=["no, it says", "connection reset", "502", "cut", "empty"],
)
def test_an_answer_that_is_lost_after_the_effect_is_looked_up(lost: Any) -> None:
    class Acting(Driver):
        def destroy_node(self, node: Node) -> Any:
            self.nodes = []
            return super().destroy_node(node)

        def reboot_node(self, node: Node) -> Any:
            self.nodes = [Node(state="rebooting")]
            return super().destroy_node(node)

    behavior = {"error": lost} if isinstance(lost, Exception) else {"answers": lost}
    assert cloud(Acting(**behavior)).destroy(Node()).value == "gone"
    assert cloud(Acting(**behavior)).reboot(Node()) == {"state": "rebooting", "evidence": "it was seen rebooting"}


def test_a_reboot_of_which_a_cloud_shows_nothing_is_on_record_as_accepted() -> None:
    assert cloud(Driver()).reboot(Node()) == {
        "state": "running",
        "evidence": "the cloud accepted the reboot, and shows no sign of one",
    }


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (BaseHTTPError(403, "no hush-hush"), r"refused to reboot n-1: BaseHTTPError: no \*{8}"),  # type: ignore[no-untyped-call]
        (InvalidCredsError("bad key"), "refused to reboot n-1: InvalidCredsError: .*bad key"),
        (NotImplementedError("reboot_node not implemented"), "refused to reboot n-1: NotImplementedError"),
        (
            ConnectionRefusedError("url"),
            "could not be reached to reboot n-1: ConnectionRefusedError; it is not known whether n-1 was rebooted$",
        ),
    ],
    ids=["refused", "credentials", "unknown to it", "unreachable"],
)
def test_failures_are_named_in_a_sentence(error: Exception, sentence: str) -> None:
    with pytest.raises(AttackFailed, match=f"^somecloud {sentence}"):
        cloud(Driver(error=error)).reboot(Node())


def test_a_failure_is_on_record_with_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(RebootNode):
        def _attack(self, found: Cloud, node: Any) -> dict[str, Any]:
            raise AttackFailed("no", state="running")

    with pytest.raises(AttackFailed) as failure:
        Refusing(args(filters={"name": "dummy-1"})).run()
    assert failure.value.outcome == {
        "provider": "dummy",
        "candidates": 1,
        "instance_id": "1",
        "name": "dummy-1",
        "state": "running",
    }


PROTECTED = {"labels": {"chaos:protected": "true"}}
PROTECTS = "it bears the tag chaos:protected, which protects it"


def test_machines_that_their_tags_protect_are_no_candidates_and_named() -> None:
    nodes = [Node("n-2", extra=PROTECTED), Node("n-3", extra={"tags": 7}), Node("n-1"), Node("n-4", "other")]
    found = cloud(Driver(nodes=nodes)).find({"name": "web-*"})
    assert [node.id for node in found.nodes] == ["n-1"]
    assert found.spared == {"n-2": PROTECTS, "n-3": "its tags cannot be read"}
    resolved = found.resolved()
    assert [(target.id, target.name) for target in resolved.candidates] == [("n-1", "web-1")]
    assert (resolved.known, resolved.spared) == ({"provider": "somecloud"}, found.spared)


@pytest.mark.parametrize(
    ("extra", "is_spared"),
    [
        ({"labels": {"Chaos:Protected": "YES"}}, True),
        ({"tags": ["CHAOS:PROTECTED"]}, True),
        ({"metadata": {"items": [{"key": "chaos:protected", "value": ""}]}}, True),
        ({"tags": ["chaos:protected=False"]}, False),
    ],
)
def test_another_clouds_labels_protect_in_any_case_unless_they_say_no(extra: dict[str, Any], is_spared: bool) -> None:
    found = cloud(Driver(nodes=[Node(extra=extra)])).find({"name": "*"})
    assert bool(found.spared) is is_spared


def test_where_tags_are_required_a_cloud_that_shows_none_has_no_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(nodes=[Node("n-1"), Node("n-2", extra={"tags": ["chaos"]})])
    assert len(cloud(driver).find({"name": "*"}).nodes) == 2
    monkeypatch.setenv("REQUIRED_TAGS", "chaos")
    assert [node.id for node in cloud(driver).find({"name": "*"}).nodes] == ["n-2"]
    with pytest.raises(
        AttackFailed, match="every machine of dummy that matches is spared .4; 1: it lacks the tag chaos"
    ):
        DestroyNode(args()).run()


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        ([Node(extra=PROTECTED)], f"n-1 is spared: {PROTECTS}"),
        ([Node(extra={"tags": 7})], r"the tags of n-1 cannot be read \(somecloud shows them in a form"),
        (
            [],
            r"the tags of n-1 cannot be read \(somecloud does not show it\): "
            "a machine whose tags are unknown is not attacked",
        ),
    ],
)
def test_the_tags_are_read_again_right_before_acting(now: list[Node], sentence: str) -> None:
    driver = Driver()
    made = cloud(driver)
    (node,) = made.find({"name": "*"}).nodes
    driver.nodes = now
    for act in (made.destroy, made.reboot, made.require_unspared):
        with pytest.raises(AttackFailed, match=f"^{sentence}"):
            act(node)
    assert driver.asked == []


def test_the_nodes_are_those_that_were_resolved() -> None:
    attack = RebootNode(args(filters={"name": "dummy-[123]"}))
    assert [target.id for target in attack.resolve().candidates] == ["1", "2", "3"]
    attack.attack_config = args(filters={"name": "nobody"})  # what run would find if it looked again
    assert attack.run()["candidates"] == 3
