"""What the templates before and after the functions make, and when."""

import re
from typing import Any

import pytest
import yaml

from chalicelib.appointment import tried_for
from chalicelib.lifecycle import Happened
from chalicelib.metrics import NAMESPACE, OF_LIFECYCLE, OF_UNDO, SWEEP_FAILED, UNDELIVERED
from infra.package import ROOT
from infra.stages import STAGES, Stage, grace_seconds, parameters, parameters_after, stage


class Template(yaml.SafeLoader):
    """Keeps CloudFormation's functions as they are written: ``!Ref Stage`` is ``{"Ref": "Stage"}``."""


def function(loader: Template, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {name: node.value}
    assert isinstance(node, yaml.SequenceNode)
    return {name: loader.construct_sequence(node, deep=True)}


Template.add_multi_constructor("!", function)


@pytest.fixture(params=["before", "after"])
def part(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def template(part: str) -> dict[str, Any]:
    return load(part)


def load(part: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((ROOT / "infra" / f"{part}.yaml").read_text(), Template)
    return loaded


def test_notifications_are_off_unless_a_stage_says_otherwise() -> None:
    assert [each.name for each in STAGES if each.notifications] == []
    assert parameters(stage("dev"))["Notifications"] == "off"
    assert load("before")["Parameters"]["Notifications"]["Default"] == "off"


def test_only_where_they_are_on_is_there_a_topic_its_policy_and_its_rule() -> None:
    template = load("before")
    assert template["Conditions"]["Notifies"] == {"Equals": [{"Ref": "Notifications"}, "on"]}
    conditional = {name for name, each in template["Resources"].items() if each.get("Condition") == "Notifies"}
    assert conditional == {"Topic", "TopicPolicy", "LifecycleEvents"}
    kinds = {each["Type"] for name, each in template["Resources"].items() if name not in conditional}
    assert not {kind for kind in kinds if kind.startswith(("AWS::SNS::", "AWS::Events::"))}


def test_the_rule_takes_the_events_of_its_own_stage_alone() -> None:
    pattern = load("before")["Resources"]["LifecycleEvents"]["Properties"]["EventPattern"]
    assert pattern == {"source": ["chaosmonkey"], "detail": {"stage": [{"Ref": "Stage"}]}}


def test_only_eventbridge_and_the_stages_own_alarms_may_publish() -> None:
    statements = load("before")["Resources"]["TopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert {each["Principal"]["Service"] for each in statements} == {"events.amazonaws.com", "cloudwatch.amazonaws.com"}
    assert {each["Action"] for each in statements} == {"sns:Publish"}
    [alarms] = [each for each in statements if "Condition" in each]
    assert alarms["Condition"]["ArnLike"]["aws:SourceArn"]["Sub"].endswith(":alarm:chaosmonkey-${Stage}-*")


def test_what_is_given_to_a_template_is_what_it_asks(template: dict[str, Any]) -> None:
    assert parameters(stage("dev")).keys() <= template["Parameters"].keys()


def test_what_the_template_after_asks_without_a_default_is_given() -> None:
    asked = {name for name, each in load("after")["Parameters"].items() if "Default" not in each}
    assert asked <= parameters_after(stage("dev")).keys() <= load("after")["Parameters"].keys()


def test_lambda_gives_an_attack_up_before_the_grace_is_over_so_that_it_is_not_called_missed() -> None:
    delivery = load("after")["Resources"]["AttackDelivery"]["Properties"]
    assert delivery["MaximumEventAgeInSeconds"] == {"Ref": "AttackEventAge"}
    for each in STAGES:
        assert parameters_after(each)["AttackEventAge"] == str(tried_for(grace_seconds(each)))
    assert parameters_after(stage("prod"))["AttackEventAge"] == "600"
    hasty = Stage(name="hasty", environment={"GRACE_SECONDS": "420"}, log_days=1)
    assert parameters_after(hasty)["AttackEventAge"] == "120"


@pytest.mark.parametrize("grace", [61, 300, 360, 361, 900, 3600, 21_900, 21_901, 86_400])
def test_whatever_the_grace_lambda_allows_the_age_and_it_is_less(grace: int) -> None:
    asked = load("after")["Parameters"]["AttackEventAge"]
    assert asked["MinValue"] <= tried_for(grace) <= asked["MaxValue"]
    assert tried_for(grace) < grace
    assert tried_for(grace) <= max(60, grace - 300)


def alarms() -> dict[str, dict[str, Any]]:
    """The alarms of after.yaml by the ends of their names."""
    properties = [
        each["Properties"] for each in load("after")["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"
    ]
    return {each["AlarmName"]["Sub"].removeprefix("chaosmonkey-${Stage}-"): each for each in properties}


def metric(alarm: dict[str, Any]) -> tuple[str, str, str]:
    """Namespace, metric and the value of its only dimension."""
    [dimension] = alarm["Dimensions"]
    return alarm["Namespace"], alarm["MetricName"], value(dimension)


def value(dimension: dict[str, Any]) -> str:
    return f"{dimension['Name']}={next(iter(dimension['Value'].values()))}"


WATCHED = {
    "queue": ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName=chaosmonkey-${Stage}-undelivered"),
    "queue-errors": ("AWS/Lambda", "Errors", "FunctionName=chaosmonkey-${Stage}-undelivered"),
    "sweep-errors": ("AWS/Lambda", "Errors", "FunctionName=chaosmonkey-${Stage}-sweep"),
    "sweep-absent": ("AWS/Lambda", "Invocations", "FunctionName=chaosmonkey-${Stage}-sweep"),
    "sweep-failed": (NAMESPACE, SWEEP_FAILED, "Stage=Stage"),
    "attacks-failed": (NAMESPACE, OF_LIFECYCLE[Happened.EXECUTOR_FAILED], "Stage=Stage"),
    "undos-given-up": (NAMESPACE, OF_UNDO[Happened.EXECUTOR_FAILED], "Stage=Stage"),
    "undelivered": (NAMESPACE, UNDELIVERED, "Stage=Stage"),
}


def test_the_alarms_watch_what_the_functions_count_and_what_aws_does() -> None:
    assert {name: metric(alarm) for name, alarm in alarms().items()} == WATCHED


def test_every_alarm_says_what_it_means_and_tells_the_topic_where_there_is_one() -> None:
    for alarm in alarms().values():
        assert alarm["AlarmDescription"].endswith(".")
        on, topic, off = alarm["AlarmActions"]["If"]
        assert (on, off) == ("Notifies", {"Ref": "AWS::NoValue"})
        assert topic == [{"Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:chaosmonkey-${Stage}"}]


def test_no_data_is_no_alarm_but_for_a_sweep_that_does_not_run() -> None:
    missing = {name: alarm["TreatMissingData"] for name, alarm in alarms().items()}
    assert missing == {name: "breaching" if name == "sweep-absent" else "notBreaching" for name in WATCHED}


def test_a_sweep_that_is_late_once_is_no_alarm_yet() -> None:
    rate = re.search(r"Rate\((\d+), unit=Rate.MINUTES\)", (ROOT / "chalicelib" / "sweep_handler.py").read_text())
    assert rate and alarms()["sweep-absent"]["Period"] >= 2 * 60 * int(rate[1])
