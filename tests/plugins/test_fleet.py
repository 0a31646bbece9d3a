"""A Region's instances in an attack's words, on a driver that the test controls."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import InvalidCredsError

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ec2.fleet import Fleet


@dataclass
class Node:
    id: str
    status: str = "running"

    name: str | None = None
    spared: str | None = None

    @property
    def extra(self) -> dict[str, str]:
        return {"status": self.status}


@dataclass
class Driver:
    """libcloud's driver as far as a fleet needs it. ``states`` are what describing shows, one after the other."""

    nodes: list[Node] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    destroyed: list[str] = field(default_factory=list)

    def list_nodes(self, ex_node_ids: list[str] | None = None, ex_filters: Any = None) -> list[Node]:
        if self.errors:
            raise self.errors.pop(0)
        return [Node(id, self.states.pop(0)) for id in ex_node_ids or () if self.states]

    def ex_divide_nodes(self, ex_filters: Any) -> tuple[list[Node], dict[str, str]]:
        self.asked.append(ex_filters)
        if self.errors:
            raise self.errors.pop(0)
        return [node for node in self.nodes if not node.spared], {
            node.id: node.spared for node in self.nodes if node.spared
        }

    def destroy_node(self, node: Node) -> bool:
        if self.errors:
            raise self.errors.pop(0)
        self.destroyed.append(node.id)
        return False  # as on an emulator that has done it all the same


def refused(status: int, message: str) -> Exception:
    return BaseHTTPError(status, message)  # type: ignore[no-untyped-call]


def fleet(driver: Driver, pause: Callable[[float], None] = lambda seconds: None) -> Fleet:
    return Fleet(driver, "eu-west-1", pause)


def test_nodes_come_in_the_order_of_their_ids() -> None:
    found = fleet(Driver([Node("i-2"), Node("i-1")])).matching({"tag:a": "b"})
    assert [node.id for node in found] == ["i-1", "i-2"]


@pytest.mark.parametrize(
    ("filters", "asked"),
    [
        ({"tag:a": "b"}, {"instance-state-name": "running", "tag:a": "b"}),
        ({"instance-state-name": ["stopped"]}, {"instance-state-name": ["stopped"]}),
        ({"instance-state-code": "16"}, {"instance-state-code": "16"}),
    ],
)
def test_running_nodes_are_meant_unless_the_filters_say_otherwise(filters: Any, asked: Any) -> None:
    driver = Driver()
    fleet(driver).find(filters)
    assert driver.asked[0] == asked


def test_what_is_ending_already_is_no_candidate() -> None:
    nodes = [Node("i-1", "terminated"), Node("i-2", "shutting-down"), Node("i-3", "stopped")]
    found = fleet(Driver(nodes)).find({"instance-state-name": ["stopped", "terminated"]})
    assert [node.id for node in found.nodes] == ["i-3"]


@pytest.mark.parametrize(
    ("states", "seen"),
    [(["shutting-down"], "shutting-down"), (["running", "running", "terminated"], "terminated"), ([], "gone")],
)
def test_a_termination_is_what_describing_shows_not_what_the_call_answers(states: list[str], seen: str) -> None:
    driver = Driver(states=states)
    assert fleet(driver).terminate(Node("i-1")).value == seen
    assert driver.destroyed == ["i-1"]


def test_an_instance_that_ec2_does_not_know_any_more_is_gone() -> None:
    driver = Driver(errors=[refused(400, "InvalidInstanceID.NotFound: The instance ID 'i-1' does not exist")])
    assert fleet(driver).state("i-1") == "gone"


def test_an_instance_that_does_not_end_is_a_failure_within_bounds() -> None:
    waited: list[float] = []
    with pytest.raises(AttackFailed, match="i-1 is still running 60 seconds after it was terminated") as failure:
        fleet(Driver(states=["running"] * 99), waited.append).terminate(Node("i-1"))
    assert failure.value.outcome == {"state": "running", "seconds": 60}
    assert sum(waited) == 60


def test_when_ec2_throttles_the_call_is_made_again() -> None:
    waited: list[float] = []
    throttled = [refused(503, "RequestLimitExceeded: Request limit exceeded.") for _ in range(4)]
    driver = Driver([Node("i-1")], errors=[*throttled])
    assert [node.id for node in fleet(driver, waited.append).matching({})] == ["i-1"]
    assert len(waited) == 4


def test_when_ec2_keeps_throttling_the_attack_fails() -> None:
    throttled = [refused(503, "RequestLimitExceeded: Request limit exceeded.") for _ in range(5)]
    with pytest.raises(AttackFailed, match="EC2 in eu-west-1 refused to list instances: RequestLimitExceeded"):
        fleet(Driver(errors=[*throttled])).matching({})


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (refused(403, "UnauthorizedOperation: You are not authorized"), "refused to terminate i-1: Unauthorized"),
        (InvalidCredsError("AuthFailure: no such key"), "refused to terminate i-1: .*AuthFailure"),
        (refused(400, "x" * 10_000), r"x{296} \.\.\.$"),
    ],
)
def test_failures_are_named_in_a_sentence(error: Exception, sentence: str) -> None:
    with pytest.raises(AttackFailed, match=sentence):
        fleet(Driver(errors=[error])).terminate(Node("i-1"))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (refused(403, "UnauthorizedOperation: no"), "refused to describe i-1: Unauthorized"),
        (ConnectionRefusedError("secret url"), "could not be reached to describe i-1: ConnectionRefusedError$"),
    ],
)
def test_describing_may_fail_too(error: Exception, sentence: str) -> None:
    with pytest.raises(AttackFailed, match=sentence):
        fleet(Driver(errors=[error])).state("i-1")


def test_of_several_each_is_terminated_whatever_becomes_of_the_others() -> None:
    @dataclass
    class Refusing(Driver):
        def destroy_node(self, node: Node) -> bool:
            if node.id == "i-1":
                raise refused(400, "OperationNotPermitted: it is protected")
            return super().destroy_node(node)

    driver = Refusing(states=["running", "terminated", *["running"] * 99])
    waited: list[float] = []
    seen, failed = fleet(driver, waited.append).terminate_all([Node("i-1"), Node("i-2"), Node("i-3")])
    assert driver.destroyed == ["i-2", "i-3"]
    assert seen.value == {"i-2": "running", "i-3": "terminated"}
    assert [str(failure) for failure in failed] == [
        "EC2 in eu-west-1 refused to terminate i-1: OperationNotPermitted: it is protected",
        "i-2 is still running 60 seconds after it was terminated",
    ]
    assert sum(waited) == 60


def test_where_ec2_does_not_know_one_of_several_the_others_are_seen() -> None:
    """EC2 refuses to describe any of them then."""
    missing = refused(400, "InvalidInstanceID.NotFound: The instance ID 'i-1' does not exist")
    driver = Driver(states=["running"], errors=[missing, missing])
    assert fleet(driver).states(["i-1", "i-2"]) == {"i-1": "gone", "i-2": "running"}
