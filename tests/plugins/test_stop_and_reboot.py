"""The attacks that stop and that reboot an instance, on moto, and on a server of the test's own for what moto never
shows."""

from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from plugins.attacks.reboot_ec2_instance import RebootEC2Instance
from plugins.attacks.stop_ec2_instance import StopEC2Instance
from tests.plugins.conftest import REGION, Web

Launch = Callable[..., list[str]]
ARGS: dict[str, Any] = {"filters": {"tag:Team": "a"}, "duration": 600}


def states(*ids: str) -> list[str]:
    found = boto3.client("ec2", region_name=REGION).describe_instances(InstanceIds=list(ids))
    by_id = {each["InstanceId"]: each["State"]["Name"] for one in found["Reservations"] for each in one["Instances"]}
    return [by_id[id] for id in ids]


def act(call: str, *ids: str) -> None:
    getattr(boto3.client("ec2", region_name=REGION), f"{call}_instances")(InstanceIds=list(ids))


def stopping(**args: Any) -> StopEC2Instance:
    made = StopEC2Instance({**ARGS, **args})
    made.rng = Random(7)
    made.clock = lambda: 0.0
    return made


def test_the_one_that_was_prepared_is_stopped_and_started_again(launch: Launch) -> None:
    ids = sorted(launch(5, Team="a"))
    made = stopping()
    state = made.prepare()
    chosen = Random(7).choice(ids)
    assert state == {"region": REGION, "instance_id": chosen}
    assert states(*ids) == ["running"] * 5

    outcome = made.run()
    assert outcome == {
        **{"region": REGION, "candidates": 5, "instance_id": chosen, "name": chosen},
        **{"state": "stopped", "seconds": 0},
    }
    assert states(chosen) == ["stopped"]
    assert sorted(states(*ids)).count("running") == 4

    assert stopping().revert(state) == {**state, "state": "running", "seconds": 0}
    assert states(*ids) == ["running"] * 5


def test_without_having_been_prepared_it_chooses_itself(launch: Launch) -> None:
    (id,) = launch(1, Team="a", Name="web")
    assert stopping().run()["name"] == "web"
    assert states(id) == ["stopped"]


def test_what_was_resolved_is_what_is_chosen_from(launch: Launch) -> None:
    (id,) = launch(1, Team="a")
    made = stopping()
    assert [target.id for target in (made.resolve() or pytest.fail()).candidates] == [id]
    launch(30, Team="a")
    assert made.prepare()["instance_id"] == id


def test_a_stopped_instance_is_never_chosen_so_that_an_undo_starts_what_ran(launch: Launch) -> None:
    (id,) = launch(1, Team="a")
    act("stop", id)
    for attack in (stopping(), RebootEC2Instance({"filters": {"instance-id": id}})):
        with pytest.raises(AttackFailed, match="no instance in eu-west-1 matches: nothing was (stopped|rebooted)"):
            attack.run()
    for name in ("instance-state-name", "instance-state-code"):
        for attack_class in (StopEC2Instance, RebootEC2Instance):
            attack_class.check({"filters": {"tag:Team": "a"}})
            with pytest.raises(InvalidRequest, match="only running instances are attacked: leave it out"):
                attack_class.check({"filters": {name: "80"}})


def test_a_protected_instance_is_not_stopped_but_is_started_again(launch: Launch) -> None:
    (id,) = launch(1, Team="a")
    made = stopping()
    state = made.prepare()
    ec2 = boto3.client("ec2", region_name=REGION)
    ec2.create_tags(Resources=[id], Tags=[{"Key": "chaos:protected", "Value": "true"}])
    with pytest.raises(AttackFailed, match=f"^{id} is spared") as failure:
        made.run()
    assert failure.value.outcome["instance_id"] == id
    assert states(id) == ["running"]
    act("stop", id)
    assert stopping().revert(state)["state"] == "running"


def test_undoing_is_harmless_whenever_and_how_often(launch: Launch) -> None:
    """Every order of three steps: what is stopped is started, and nothing else is touched."""
    for steps in product(("run", "revert", "terminate"), repeat=3):
        (id,) = launch(1, Team="a")
        made = stopping()
        state, expected = made.prepare(), "running"
        for number, step in enumerate(steps):
            if step == "run" and "run" not in steps[:number] and expected == "running":
                made.run()
                expected = "stopped"
            elif step == "terminate":
                act("terminate", id)
                expected = "terminated"
            elif step == "revert":
                undone = stopping().revert(state)
                alone = expected != "stopped"
                expected = "running" if expected == "stopped" else expected
                assert undone["state"] == expected
                assert undone.get("left_alone") == (f"{id} is {expected}: there is nothing to start" if alone else None)
            assert states(id) == [expected], steps
        act("terminate", id)


def _instance(state: str) -> tuple[int, dict[str, str], bytes]:
    """What EC2 says of i-1."""
    text = (
        '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet><item><instancesSet>'
        f"<item><instanceId>i-1</instanceId><instanceState><name>{state}</name></instanceState></item>"
        "</instancesSet></item></reservationSet></DescribeInstancesResponse>"
    )
    return 200, {}, text.encode()


PREVIOUSLY_STOPPED = (
    200,
    {},
    b'<StartInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><instancesSet><item><currentState>'
    b"<name>pending</name></currentState></item></instancesSet></StartInstancesResponse>",
)
STATE = {"region": REGION, "instance_id": "i-1"}


@pytest.fixture
def patient(web: Web, monkeypatch: pytest.MonkeyPatch) -> tuple[StopEC2Instance, list[float]]:
    """An attack on a server in EC2's place, and how long it has waited."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    made = stopping()
    waited: list[float] = []
    made.pause = waited.append
    return made, waited


def test_an_instance_that_is_stopping_is_waited_for_and_started(
    web: Web, patient: tuple[StopEC2Instance, list[float]]
) -> None:
    made, waited = patient
    web.answers = [*map(_instance, ("stopping", "stopping", "stopping", "stopped", "stopped"))]
    web.answers += [PREVIOUSLY_STOPPED, *map(_instance, ("stopped", "pending", "pending", "running"))]
    outcome = made.revert(STATE)
    assert outcome.pop("seconds") == pytest.approx(sum(waited), abs=0.1)
    assert outcome == {**STATE, "state": "running"}
    assert [request.path for request in web.received if "Action=StartInstances" in request.path]


def test_one_that_goes_on_stopping_is_a_failed_undo_within_bounds(
    web: Web, patient: tuple[StopEC2Instance, list[float]]
) -> None:
    made, waited = patient
    web.answers = [_instance("stopping")]
    with pytest.raises(AttackFailed, match="^i-1 is still stopping, and cannot be started before") as failure:
        made.revert(STATE)
    assert failure.value.outcome == STATE
    assert sum(waited) == 110
    assert {"Action=DescribeInstances" in request.path for request in web.received} == {True}


def test_one_that_does_not_start_is_a_failed_undo(web: Web, patient: tuple[StopEC2Instance, list[float]]) -> None:
    made, _ = patient
    web.answers = [_instance("stopped"), _instance("stopped"), PREVIOUSLY_STOPPED, _instance("stopped")]
    with pytest.raises(AttackFailed, match="i-1 is still stopped 110 seconds after it was started") as failure:
        made.revert(STATE)
    assert failure.value.outcome == {**STATE, "state": "stopped", "seconds": 110}


def test_an_undo_that_ec2_accepts_and_that_ends_stopped_again_has_failed(
    web: Web, patient: tuple[StopEC2Instance, list[float]]
) -> None:
    """As where the key of a volume refuses."""
    made, waited = patient
    web.answers = [_instance("stopped"), _instance("stopped"), PREVIOUSLY_STOPPED]
    web.answers += [*map(_instance, ("stopped", "pending", "pending", "stopped"))]
    with pytest.raises(AttackFailed, match="^i-1 is stopped 2 seconds after it was started, and stays so$") as failure:
        made.revert(STATE)
    assert failure.value.outcome["state"] == "stopped"
    assert sum(waited) < 3


def test_an_instance_that_is_starting_already_is_looked_at_until_it_runs(
    web: Web, patient: tuple[StopEC2Instance, list[float]]
) -> None:
    made, _ = patient
    web.answers = [_instance("pending"), _instance("pending"), PREVIOUSLY_STOPPED]
    web.answers += [_instance("pending"), _instance("running")]
    assert made.revert(STATE)["state"] == "running"


def test_a_stop_that_is_accepted_and_not_seen_has_failed(
    web: Web, patient: tuple[StopEC2Instance, list[float]]
) -> None:
    made, waited = patient
    web.answers = [_instance("running"), _instance("running"), PREVIOUSLY_STOPPED, _instance("stopping")]
    with pytest.raises(AttackFailed, match="^i-1 is still stopping 240 seconds after it was stopped") as failure:
        made.run()
    assert failure.value.outcome["state"] == "stopping"
    assert sum(waited) == 240


def test_of_an_instance_that_ec2_does_not_know_any_more_nothing_is_started(aws: str) -> None:
    gone = {"region": REGION, "instance_id": "i-00000000000000000"}
    assert stopping().revert(gone) == {
        **gone,
        "state": "gone",
        "left_alone": "i-00000000000000000 is gone: there is nothing to start",
    }


def test_one_is_rebooted(launch: Launch) -> None:
    ids = launch(3, Team="a")
    launch(1, Team="b")
    attack = RebootEC2Instance({"filters": {"tag:Team": "a"}})
    outcome = attack.run()
    assert outcome.pop("instance_id") in ids
    assert outcome.pop("name") in ids
    assert outcome.pop("seconds") < 60
    assert outcome == {
        **{"region": REGION, "candidates": 3, "state": "running"},
        "evidence": "EC2 accepted the reboot, and shows no sign of one",
    }
    assert not attack.can_be_undone()
    assert StopEC2Instance.can_be_undone()


@pytest.mark.parametrize(
    ("duration", "accepted"), [(60, True), (86_400, True), (59, False), (86_401, False), (60.5, False), ("60", False)]
)
def test_the_duration_is_bounded_whole_and_required(duration: Any, accepted: bool) -> None:
    validator = Draft202012Validator(StopEC2Instance.schema)
    assert validator.is_valid({"ref": StopEC2Instance.ref, "args": {**ARGS, "duration": duration}}) is accepted
    assert not validator.is_valid({"ref": StopEC2Instance.ref, "args": {"filters": {"a": "b"}}})
