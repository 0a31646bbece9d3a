"""What the templates before and after the functions make, and when."""

import re
from typing import Any

import pytest
import yaml
from botocore.session import Session

from chalicelib.config.settings import from_environment
from chalicelib.domain.delivery import tried_for
from chalicelib.domain.errors import UnsafeSettings
from chalicelib.domain.events import Happened
from chalicelib.runtime.metrics import NAMESPACE, OF_LIFECYCLE, OF_UNDO, SWEEP_FAILED, UNDELIVERED
from infra.packaging.package import ROOT
from infra.stage.stages import STAGES, Stage, grace_seconds, parameters, parameters_after, stage

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")


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
    loaded: dict[str, Any] = yaml.load((ROOT / "infra" / "deploy" / f"{part}.yaml").read_text(), Template)
    return loaded


def test_what_is_retained_is_not_so_when_its_first_creation_fails() -> None:
    """Or the next try would meet it and fail for ever. An update that replaces it keeps the old one."""
    policies = {
        name: (each["DeletionPolicy"], each["UpdateReplacePolicy"])
        for name, each in load("before")["Resources"].items()
        if "DeletionPolicy" in each
    }
    assert policies == dict.fromkeys(("Table", "Key"), ("RetainExceptOnCreate", "Retain"))


def test_the_protected_table_comes_after_all_that_could_fail() -> None:
    """No rollback deletes a protected table. What has a condition cannot be waited for (docs: Condition attribute)."""
    resources = load("before")["Resources"]
    waited = waited_for("Table", resources)
    assert resources["Table"]["Properties"]["DeletionProtectionEnabled"] is True
    assert waited == {name for name, each in resources.items() if "Condition" not in each and name != "Table"}


def test_iams_global_name_is_taken_before_anything_is_made_that_stays_or_costs() -> None:
    """IAM knows a name once for all Regions: the same stage in a second one fails at its role."""
    resources = load("before")["Resources"]
    for name in ("Table", "Key", "Packages"):
        assert "SchedulerRole" in waited_for(name, resources)


def waited_for(name: str, resources: dict[str, Any]) -> set[str]:
    """Return the resources that are made before that one."""
    after = resources[name].get("DependsOn", [])
    found = {after} if isinstance(after, str) else set(after)
    found |= {each for each in resources if f"'Ref': '{each}'" in repr(resources[name])}
    found |= {each for each in resources if re.search(rf"'GetAtt': '{each}\.|\$\{{{each}\.", repr(resources[name]))}
    return found.union(*(waited_for(each, resources) for each in found))


def test_only_what_was_superseded_expires_in_the_bucket_of_packages() -> None:
    """CloudFormation rolls back to an object of long ago, if nothing was deployed meanwhile."""
    properties = load("before")["Resources"]["Packages"]["Properties"]
    [rule] = properties["LifecycleConfiguration"]["Rules"]
    assert "ExpirationInDays" not in rule
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert properties["VersioningConfiguration"] == {"If": ["Local", {"Ref": "AWS::NoValue"}, {"Status": "Enabled"}]}


def test_the_bucket_of_packages_answers_tls_alone() -> None:
    [statement] = load("before")["Resources"]["PackagesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [{"GetAtt": "Packages.Arn"}, {"Sub": "${Packages.Arn}/*"}]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_longest_stages_bucket_has_a_name_that_s3_takes() -> None:
    """63 letters, in the longest of today's Regions that are open to the public."""
    name = load("before")["Resources"]["Packages"]["Properties"]["BucketName"]["Sub"]
    regions = {each for partition in PARTITIONS for each in Session().get_available_regions("s3", partition)}
    longest = max(regions, key=len)
    given = {"${Stage}": "s" * 14, "${AWS::AccountId}": "1" * 12, "${AWS::Region}": longest}
    for variable, value in given.items():
        name = name.replace(variable, value)
    assert len(name) <= 63


@pytest.mark.parametrize("name", ["a", "a" * 15, "1a", "a-b", "A1"])
def test_a_stages_name_that_does_not_fit_is_refused_by_templates_and_settings_alike(name: str) -> None:
    for part in ("before", "after"):
        assert not re.fullmatch(load(part)["Parameters"]["Stage"]["AllowedPattern"], name)
        assert re.fullmatch(load(part)["Parameters"]["Stage"]["AllowedPattern"], "a" * 14)
    with pytest.raises(UnsafeSettings, match="2 to 14 lowercase letters and digits"):
        from_environment({"STAGE": name})
    assert from_environment({"STAGE": "a" * 14}).stage == "a" * 14


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
    hasty = Stage(name="hasty", environment={"GRACE_SECONDS": "660"}, log_days=1)
    assert parameters_after(hasty)["AttackEventAge"] == "360"


@pytest.mark.parametrize("grace", [600, 601, 900, 3600, 21_900, 21_901, 86_400])
def test_whatever_the_grace_lambda_allows_the_age_and_it_is_less(grace: int) -> None:
    asked = load("after")["Parameters"]["AttackEventAge"]
    assert asked["MinValue"] <= tried_for(grace) <= asked["MaxValue"]
    assert tried_for(grace) < grace
    assert tried_for(grace) <= grace - 300


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
    rate = re.search(r"Rate\((\d+), unit=Rate.MINUTES\)", (ROOT / "chalicelib" / "handlers" / "sweep.py").read_text())
    assert rate and alarms()["sweep-absent"]["Period"] >= 2 * 60 * int(rate[1])
