"""Machines of any cloud, on libcloud's own dummy provider and on a driver that the test controls."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import InvalidCredsError
from libcloud.compute.providers import DRIVERS

from chalicelib.drivers.cloud import STATES, Cloud
from chalicelib.drivers.providers import PROVIDERS
from chalicelib.errors import InvalidRequest
from chalicelib.masking import masked
from chalicelib.plugin import AttackFailed
from plugins.attacks.libcloud_node import DestroyNode, RebootNode


def args(**changes: Any) -> dict[str, Any]:
    return {"driver": {"provider": "dummy", "options": {"creds": "4"}}, "filters": {"name": "dummy-*"}, **changes}


@pytest.mark.parametrize(("attack", "state"), [(DestroyNode, "gone"), (RebootNode, "rebooting")])
def test_one_of_those_that_match_is_attacked(attack: type[DestroyNode | RebootNode], state: str) -> None:
    made = attack(args(filters={"name": ["dummy-1", "dummy-2", "other"]}))
    made.rng = Random(1)
    outcome = made.run()
    assert outcome.pop("instance_id") in ("1", "2")
    assert outcome.pop("name") in ("dummy-1", "dummy-2")
    assert outcome == {"provider": "dummy", "candidates": 2, "state": state}


def test_exactly_the_chosen_one_is_destroyed() -> None:
    cloud = Cloud.of(args()["driver"])
    nodes = {node.name: node for node in cloud.find({"name": "*"}).nodes}
    assert nodes.keys() == {"dummy-0", "dummy-1", "dummy-2", "dummy-3"}
    assert cloud.destroy(nodes["dummy-2"]) == "gone"
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
    ],
)
def test_the_arguments_are_closed(changes: dict[str, Any], accepted: bool) -> None:
    document = {"ref": RebootNode.ref, "args": args(**changes)}
    assert Draft202012Validator(RebootNode.schema).is_valid(document) is accepted


def test_the_providers_are_those_of_libcloud() -> None:
    assert list(PROVIDERS) == sorted(str(provider) for provider in DRIVERS)


def test_a_provider_that_there_is_not_is_refused_with_those_there_are() -> None:
    DestroyNode.check(args())
    with pytest.raises(
        InvalidRequest, match=r"'cloud9' is no provider of libcloud: there are .*digitalocean.*openstack"
    ):
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
        {"provider": "openstack", "key": "k", "host": "169.254.169.254"},
        {"provider": "openstack", "key": "k", "options": {"ex_force_auth_url": "http://169.254.169.254/v3"}},
    ],
)
def test_no_driver_is_sent_to_the_metadata_of_this_machine(
    driver: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "prod")
    with pytest.raises(AttackFailed, match=r"169\.254\.169\.254 is refused"):
        Cloud.of(driver)


def test_a_driver_that_cannot_be_made_is_a_failed_attack_that_names_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AttackFailed, match="the driver of dummy cannot be made: TypeError: .*'secret'"):
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


def test_a_destruction_that_takes_its_time_is_believed() -> None:
    waited: list[float] = []
    assert cloud(Driver(), waited.append).destroy(Node()) == "running"
    assert sum(waited) == 7


def test_what_the_cloud_did_not_do_is_a_failed_attack() -> None:
    with pytest.raises(AttackFailed, match="somecloud did not destroy n-1, which is running") as failure:
        cloud(Driver(answers=False)).destroy(Node())
    assert failure.value.outcome == {"state": "running"}
    with pytest.raises(AttackFailed, match="somecloud did not reboot n-1"):
        cloud(Driver(answers=False)).reboot(Node())


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (BaseHTTPError(403, "no hush-hush"), r"refused to reboot n-1: BaseHTTPError: no \*{8}"),  # type: ignore[no-untyped-call]
        (InvalidCredsError("bad key"), "refused to reboot n-1: InvalidCredsError: .*bad key"),
        (NotImplementedError("reboot_node not implemented"), "refused to reboot n-1: NotImplementedError"),
        (ConnectionRefusedError("url"), "could not be reached to reboot n-1: ConnectionRefusedError$"),
    ],
    ids=["refused", "credentials", "unknown to it", "unreachable"],
)
def test_failures_are_named_in_a_sentence(error: Exception, sentence: str) -> None:
    with pytest.raises(AttackFailed, match=f"^somecloud {sentence}"):
        cloud(Driver(error=error)).reboot(Node())


def test_a_failure_is_on_record_with_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(RebootNode):
        def _attack(self, found: Cloud, node: Any) -> str:
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
PROTECTS = "it bears the tag chaos:protected=true, which protects it"


def test_machines_that_their_tags_protect_are_no_candidates_and_named() -> None:
    nodes = [Node("n-2", extra=PROTECTED), Node("n-3", extra={"tags": 7}), Node("n-1"), Node("n-4", "other")]
    found = cloud(Driver(nodes=nodes)).find({"name": "web-*"})
    assert [node.id for node in found.nodes] == ["n-1"]
    assert found.spared == {"n-2": PROTECTS, "n-3": "its tags cannot be read"}
    resolved = found.resolved()
    assert [(target.id, target.name) for target in resolved.candidates] == [("n-1", "web-1")]
    assert (resolved.known, resolved.spared) == ({"provider": "somecloud"}, found.spared)


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
        ([], r"the tags of n-1 cannot be read \(somecloud does not show it\): what cannot be told is not attacked"),
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
