"""The attacks that terminate an instance, against an emulated EC2 that honours every filter."""

from collections.abc import Callable
from random import Random
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.plugin.outcome import bounded
from plugins.attacks import terminate_ec2_instance_not_excluded
from plugins.attacks.terminate_ec2_instance import TerminateEC2Instance, TerminateEC2InstanceNotExcluded
from tests.plugins.conftest import REGION

Launch = Callable[..., list[str]]


def states(region: str = REGION) -> dict[str, str]:
    pages = boto3.client("ec2", region_name=region).get_paginator("describe_instances").paginate()
    return {
        instance["InstanceId"]: instance["State"]["Name"]
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    }


def running(region: str = REGION) -> set[str]:
    return {id for id, state in states(region).items() if state == "running"}


def run(attack: type[TerminateEC2Instance], seed: int = 7, **args: Any) -> dict[str, Any]:
    made = attack(args)
    made.rng = Random(seed)
    made.clock = lambda: 0.0
    return made.run()


def test_exactly_one_matching_instance_is_terminated(launch: Launch) -> None:
    ours, others = launch(3, Team="a", Name="web"), launch(3, Team="b")
    outcome = run(TerminateEC2Instance, filters={"tag:Team": "a"})
    victim = outcome["instance_id"]
    assert victim in ours
    assert outcome == {
        "region": REGION,
        "candidates": 3,
        "instance_id": victim,
        "name": "web",
        "state": states()[victim],
        "seconds": 0,
    }
    assert running() == {*ours, *others} - {victim}


def test_the_choice_is_random_and_can_be_repeated(launch: Launch) -> None:
    ids = sorted(launch(50, Team="a"))
    first = run(TerminateEC2Instance, seed=7, filters={"tag:Team": "a"})["instance_id"]
    assert first == Random(7).choice(ids)
    later = {run(TerminateEC2Instance, seed=seed, filters={"tag:Team": "a"})["instance_id"] for seed in range(5)}
    assert len(later) == 5
    assert TerminateEC2Instance({"filters": {"tag:Team": "a"}}).run()["candidates"] == 44


def test_all_filters_must_match_and_one_of_a_filters_values(launch: Launch) -> None:
    launch(2, Team="a", Env="prod")
    (wanted,) = launch(1, Team="a", Env="dev")
    launch(1, Team="b", Env="dev")
    outcome = run(TerminateEC2Instance, filters={"tag:Team": ["a", "c"], "tag:Env": "dev"})
    assert (outcome["instance_id"], outcome["candidates"]) == (wanted, 1)


def test_what_has_ended_is_not_chosen_again(launch: Launch) -> None:
    ids = launch(2, Team="a")
    chosen = {run(TerminateEC2Instance, filters={"tag:Team": "a"})["instance_id"] for _ in range(2)}
    assert chosen == set(ids)
    with pytest.raises(AttackFailed, match="no instance in eu-west-1 matches: nothing was terminated") as failure:
        run(TerminateEC2Instance, filters={"tag:Team": "a"})
    assert failure.value.outcome == {"region": REGION, "candidates": 0}


def test_stopped_instances_are_attacked_only_when_asked_for(launch: Launch) -> None:
    (stopped,) = launch(1, Team="a")
    boto3.client("ec2", region_name=REGION).stop_instances(InstanceIds=[stopped])
    with pytest.raises(AttackFailed, match="no instance"):
        run(TerminateEC2Instance, filters={"tag:Team": "a"})
    outcome = run(TerminateEC2Instance, filters={"tag:Team": "a", "instance-state-name": "stopped"})
    assert outcome["instance_id"] == stopped


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-2", "il-central-1"])
def test_another_region_also_one_that_libcloud_does_not_list(launch: Launch, region: str) -> None:
    here, (there,) = launch(1, Team="a"), launch(1, region=region, Team="a")
    outcome = run(TerminateEC2Instance, filters={"tag:Team": "a"}, region=region)
    assert (outcome["region"], outcome["instance_id"]) == (region, there)
    assert running() == set(here)
    assert running(region) == set()


def test_a_protected_instance_survives_and_is_named(launch: Launch) -> None:
    (protected,) = launch(1, Team="a")
    boto3.client("ec2", region_name=REGION).modify_instance_attribute(
        InstanceId=protected, DisableApiTermination={"Value": True}
    )
    with pytest.raises(AttackFailed, match=f"refused to terminate {protected}: OperationNotPermitted") as failure:
        run(TerminateEC2Instance, filters={"tag:Team": "a"})
    assert failure.value.outcome == {
        "region": REGION,
        "candidates": 1,
        "instance_id": protected,
        "name": protected,
    }
    assert running() == {protected}


def test_a_key_of_excluded_that_no_candidate_bears_in_that_case_is_a_warning(launch: Launch) -> None:
    launch(2, Team="a", tier="db")
    attack = TerminateEC2InstanceNotExcluded({"filters": {"tag:Team": "a"}, "excluded": {"tag:Tier": "db"}})
    resolved = attack.resolve()
    assert len(resolved.candidates) == 2
    assert resolved.warnings == (
        "no candidate bears the tag Tier of excluded: there is tier, and EC2 compares keys with their case",
    )
    spelt = TerminateEC2InstanceNotExcluded({"filters": {"tag:Team": "a"}, "excluded": {"tag:tier": "db"}})
    assert (spelt.resolve().candidates, spelt.resolve().warnings) == ((), ())


def test_a_key_of_filters_that_instances_bear_in_another_case_alone_is_a_warning(launch: Launch) -> None:
    launch(1, team="a")
    assert TerminateEC2Instance({"filters": {"tag:Team": "a"}}).resolve().warnings == (
        "no instance bears the tag Team of filters: there is team, and EC2 compares keys with their case",
    )
    for filters in ({"tag:team": "b"}, {"tag:Other": "b"}, {"instance-type": "t2.nano"}):
        assert TerminateEC2Instance({"filters": filters}).resolve().warnings == ()


def test_an_endpoint_where_nobody_answers_is_a_failed_attack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(AttackFailed, match="EC2 in eu-west-1 could not be reached to list instances: ConnectionError"):
        run(TerminateEC2Instance, filters={"tag:Team": "a"})


def test_excluded_instances_are_spared(launch: Launch) -> None:
    spared = launch(5, Team="a", Tier="database")
    (left,) = launch(1, Team="a", Tier="web")
    launch(1, Team="b", Tier="database")
    outcome = run(TerminateEC2InstanceNotExcluded, filters={"tag:Team": "a"}, excluded={"tag:Tier": "database"})
    assert (outcome["instance_id"], outcome["candidates"], outcome["excluded"]) == (left, 1, 5)
    assert running() >= set(spared)


def test_only_what_matches_all_of_excluded_is_spared(launch: Launch) -> None:
    (spared,) = launch(1, zone="eu-west-1a", Team="a", Tier="database")
    ids = {*launch(1, zone="eu-west-1b", Team="a", Tier="database"), *launch(1, zone="eu-west-1a", Team="a")}
    excluded = {"tag:Tier": "database", "availability-zone": "eu-west-1a"}
    outcomes = [
        run(TerminateEC2InstanceNotExcluded, filters={"tag:Team": "a"}, excluded=excluded) for _ in range(len(ids))
    ]
    assert {outcome["instance_id"] for outcome in outcomes} == ids
    assert running() == {spared}


@pytest.mark.parametrize(("team", "excluded"), [("a", 2), ("none", 0)])
def test_when_all_are_excluded_nothing_is_terminated(launch: Launch, team: str, excluded: int) -> None:
    ids = launch(2, Team="a")
    with pytest.raises(AttackFailed, match="nothing was terminated") as failure:
        run(TerminateEC2InstanceNotExcluded, filters={"tag:Team": team}, excluded={"tag-key": "Team"})
    assert failure.value.outcome == {"region": REGION, "candidates": 0, "excluded": excluded}
    assert running() == set(ids)


def test_the_other_module_leads_to_the_same_attack() -> None:
    assert terminate_ec2_instance_not_excluded.TerminateEC2InstanceNotExcluded is TerminateEC2InstanceNotExcluded


def test_so_many_are_terminated_at_once(launch: Launch) -> None:
    ours, others = launch(5, Team="a"), launch(2, Team="b")
    attack = TerminateEC2Instance({"filters": {"tag:Team": "a"}, "count": 3})
    assert attack.takes == 3
    attack.clock = lambda: 0.0
    outcome = attack.run()
    chosen = outcome["instance_ids"]
    assert len(set(chosen)) == 3
    assert outcome == {
        "region": REGION,
        "candidates": 5,
        "target": f"{chosen[0]} and 2 more",
        "instance_ids": chosen,
        "states": {id: states()[id] for id in chosen},
        "seconds": 0,
    }
    assert running() == {*ours, *others} - set(chosen)


def test_where_fewer_match_all_of_those_are_terminated(launch: Launch) -> None:
    ids, others = launch(2, Team="a"), launch(2, Team="b")
    outcome = run(TerminateEC2Instance, filters={"tag:Team": "a"}, count=100)
    assert set(outcome["instance_ids"]) == set(ids)
    assert running() == set(others)


def test_when_one_of_several_cannot_be_terminated_the_failure_says_which_were(launch: Launch) -> None:
    protected, *others = launch(3, Team="a")
    boto3.client("ec2", region_name=REGION).modify_instance_attribute(
        InstanceId=protected, DisableApiTermination={"Value": True}
    )
    with pytest.raises(
        AttackFailed, match=f"^1 of 3 instances were not terminated: .*refused to terminate {protected}"
    ) as failure:
        run(TerminateEC2Instance, filters={"tag:Team": "a"}, count=3)
    assert failure.value.outcome["states"].keys() == set(others)
    assert set(failure.value.outcome["instance_ids"]) == {protected, *others}
    assert running() == {protected}


@pytest.mark.parametrize(("count", "accepted"), [(1, True), (100, True), (0, False), (101, False), (1.5, False)])
def test_the_count_is_bounded(count: float, accepted: bool) -> None:
    for attack in (TerminateEC2Instance, TerminateEC2InstanceNotExcluded):
        document = {**attack.example, "args": {**attack.example["args"], "count": count}}
        assert Draft202012Validator(attack.schema).is_valid(document) is accepted
    assert TerminateEC2Instance({"filters": {}}).takes == 1


def test_a_record_of_the_largest_count_is_kept_whole() -> None:
    ids = [f"i-{number:017x}" for number in range(100)]
    outcome = {
        "region": "ap-southeast-2",
        "candidates": 1000,
        "spared": 1000,
        "excluded": 1000,
        "target": f"{ids[0]} and 99 more",
        "instance_ids": ids,
        "states": dict.fromkeys(ids, "shutting-down"),
        "seconds": 123.4,
    }
    assert bounded(outcome, lambda shown: shown) == outcome


def test_what_was_resolved_is_what_is_attacked(launch: Launch) -> None:
    ids = launch(2, Team="a")
    attack = TerminateEC2InstanceNotExcluded({"filters": {"tag:Team": "a"}, "excluded": {"tag:Tier": "database"}})
    resolved = attack.resolve()
    assert {target.id for target in resolved.candidates} == set(ids)
    assert resolved.known == {"region": REGION, "excluded": 0}
    assert running() == set(ids)
    launch(20, Team="a")
    outcome = attack.run()
    assert outcome["instance_id"] in ids
    assert outcome["candidates"] == 2
