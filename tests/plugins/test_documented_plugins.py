"""Plugins written for the original engine load and work unchanged: see ``documented/``."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import boto3
import pytest
import pytz
from libcloud.compute.drivers.ec2 import EC2Connection

from chalicelib.domain.errors import APIError
from chalicelib.domain.model import Job
from chalicelib.domain.zones import zone_named
from chalicelib.planning.validation import plan_request
from chalicelib.plugin import Attack, Circumstances, Planner
from chalicelib.plugin.registry import Registry
from tests.plugins.conftest import REGION

MADRID = zone_named("Europe/Madrid")
ATTACKS = Registry("attack", "tests.plugins.documented.attacks", Attack)
PLANNERS = Registry("planner", "tests.plugins.documented.planners", Planner)
ATTACK = {"ref": "my_attack:MyAttack", "args": {}}


def jobs(ref: str, now: datetime, **args: Any) -> list[Job]:
    circumstances = Circumstances(now=now, rng=Random(7), timezone=MADRID)
    return PLANNERS.get(ref)("a plan").jobs({"ref": ref, "args": args}, ATTACK, circumstances)


def test_all_of_them_are_in_the_catalogue_with_what_they_say_of_themselves() -> None:
    attacks, broken_attacks = ATTACKS.catalogue()
    planners, broken_planners = PLANNERS.catalogue()
    assert (broken_attacks, broken_planners) == ([], [])
    assert [attack.ref for attack in attacks] == [
        "custom_driver:RebootNode",
        "my_attack:MyAttack",
        "stop_instance:StopInstance",
        "stop_untagged:StopUntagged",
    ]
    assert [planner.ref for planner in planners] == [
        "exact_date:ExactDate",
        "my_planner:MyPlanner",
        "random_planner:RandomPlanner",
    ]
    plugins: list[type[Attack] | type[Planner]] = [*attacks, *planners]
    for plugin in plugins:
        assert plugin.to_dict() == {"ref": plugin.ref, "schema": plugin.schema, "example": plugin.example}


@pytest.mark.parametrize(
    ("attack", "planner"),
    [
        ({"ref": "my_attack:MyAttack"}, {"ref": "my_planner:MyPlanner", "args": {"date": "2031-06-21T15:30"}}),
        (
            {"ref": "custom_driver:RebootNode", "args": {"key": "any"}},
            {"ref": "random_planner:RandomPlanner", "args": {"min_time": "10:00", "max_time": "15:00", "times": 4}},
        ),
    ],
)
def test_their_examples_can_be_posted(attack: dict[str, Any], planner: dict[str, Any]) -> None:
    request = plan_request({"name": "a plan", "attack": attack, "planner": planner}, ATTACKS, PLANNERS, pytz.utc)
    assert request.attack == {"args": {}, **attack}
    assert request.planner == planner


def test_a_documented_attack_runs_with_its_args() -> None:
    assert ATTACKS.get("my_attack:MyAttack")({"a": 1}).run() == {"attacked with": {"a": 1}}


def test_an_attack_on_the_originals_driver_factory_reaches_ec2(launch: Callable[..., list[str]]) -> None:
    (wanted,) = launch(1, Name="playground-asg")
    launch(1, Name="other")
    attack = ATTACKS.get("stop_instance:StopInstance")
    assert attack({"filters": {"tag:Name": "playground-asg"}, "region": REGION}).run() == {"stopped": wanted}
    described = boto3.client("ec2", region_name=REGION).describe_instances(InstanceIds=[wanted])
    assert described["Reservations"][0]["Instances"][0]["State"]["Name"] == "stopped"


def test_reading_a_nodes_tags_takes_no_other_right_than_describing_it(
    launch: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    launch(1, Team="a", Domain="b")
    (wanted,) = launch(1, Team="a", Domain="c")
    asked: list[str] = []
    request = EC2Connection.request

    def noting(self: Any, action: str, params: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        asked.append(params["Action"])
        return request(self, action, params, *args, **kwargs)

    monkeypatch.setattr(EC2Connection, "request", noting)
    attack = ATTACKS.get("stop_untagged:StopUntagged")
    attack({"filters": {"tag:Team": "a"}, "excluded": {"Domain": "b"}, "region": REGION}).run()
    described = boto3.client("ec2", region_name=REGION).describe_instances(InstanceIds=[wanted])
    assert described["Reservations"][0]["Instances"][0]["State"]["Name"] == "stopped"
    assert set(asked) == {"DescribeInstances", "StopInstances"}


@pytest.mark.parametrize("date", ["2031-06-21T15:30:00", "2031-06-21 15:30", "2031-06-21T15:30:00+00:00"])
def test_a_planner_that_reads_dates_with_arrow_plans_them_in_the_engines_zone(date: str) -> None:
    now = datetime(2031, 1, 1, tzinfo=UTC)
    assert jobs("exact_date:ExactDate", now, date=date) == [
        Job(date=datetime(2031, 6, 21, 13, 30, tzinfo=UTC), name="a plan", attack=ATTACK)
    ]


def test_an_attack_with_a_driver_of_its_own() -> None:
    assert ATTACKS.get("custom_driver:RebootNode")({"key": "any"}).run() == {"rebooted": "dummy-1", "ok": True}


def test_a_documented_planners_naive_date_is_in_the_engines_zone() -> None:
    now = datetime(2031, 1, 1, tzinfo=UTC)
    assert jobs("my_planner:MyPlanner", now, date="2031-06-21T15:30") == [
        Job(date=datetime(2031, 6, 21, 13, 30, tzinfo=UTC), name="Job Name", attack=ATTACK)
    ]


def test_the_originals_own_practice(clock_of_madrid: None) -> None:
    planned = jobs("random_planner:RandomPlanner", datetime.now(UTC), min_time="10:00", max_time="15:00", times=4)
    assert len(planned) == 4
    today = datetime.now(MADRID).date()
    for job in planned:
        here = job.date.astimezone(MADRID)
        assert here.date() == today
        assert 10 <= here.hour < 15
        assert (job.name, job.attack) == ("a plan", ATTACK)


def test_a_planner_answers_in_its_own_words(clock_of_madrid: None) -> None:
    with pytest.raises(APIError) as refusal:
        jobs("random_planner:RandomPlanner", datetime.now(UTC), min_time="15:00", max_time="10:00", times=4)
    assert refusal.value.status_code == 409
    assert refusal.value.to_dict() == {"window": "15:00", "msg": "no time in that window"}


def test_the_originals_import_names_lead_to_the_same_classes() -> None:
    import chaosmonkey.api.api_errors
    import chaosmonkey.attacks.attack
    import chaosmonkey.drivers.ec2_driver
    import chaosmonkey.planners.planner

    from chalicelib.drivers.ec2.factory import EC2DriverFactory

    assert chaosmonkey.attacks.Attack is chaosmonkey.attacks.attack.Attack is Attack
    assert chaosmonkey.planners.Planner is chaosmonkey.planners.planner.Planner is Planner
    assert chaosmonkey.drivers.EC2DriverFactory is chaosmonkey.drivers.ec2_driver.EC2DriverFactory is EC2DriverFactory
    assert chaosmonkey.api.api_errors.APIError is APIError
