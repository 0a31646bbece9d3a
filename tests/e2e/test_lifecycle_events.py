"""What subscribers of the topic receive of a real plan, with notifications switched on."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.deploy.stacks import Stacks
from infra.deploy.stage_stacks import bring_up_before
from infra.local.bring_up import LOCAL
from infra.local.child import RunningEngine
from tests.e2e.wishes import Plans, until

TOPIC = "chaosmonkey-local"
Inbox = Callable[[], list[dict[str, Any]]]


def topics(stack: RunningEngine) -> list[str]:
    return [topic["TopicArn"] for topic in stack.client("sns").list_topics()["Topics"]]


def rules(stack: RunningEngine) -> list[str]:
    return [rule["Name"] for rule in stack.client("events").list_rules(NamePrefix="chaosmonkey-local-")["Rules"]]


@pytest.fixture
def stacks(stack: RunningEngine) -> Stacks:
    return Stacks(stack.client("cloudformation"), stack.client("s3"))


@pytest.fixture
def inbox(stack: RunningEngine, stacks: Stacks) -> Iterator[Inbox]:
    """The lifecycle events that came so far to a queue which subscribes to the topic."""
    bring_up_before(stacks, replace(LOCAL, notifications=True))
    [topic] = [arn for arn in topics(stack) if arn.endswith(f":{TOPIC}")]
    sqs, sns = stack.client("sqs"), stack.client("sns")
    url = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    came: list[dict[str, Any]] = []

    def look() -> list[dict[str, Any]]:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            came.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return came

    yield look
    sqs.delete_queue(QueueUrl=url)
    bring_up_before(stacks, LOCAL)
    with pytest.raises(ClientError):
        sns.get_topic_attributes(TopicArn=topic)


def test_where_notifications_are_off_there_is_neither_topic_nor_rule(stack: RunningEngine) -> None:
    assert not LOCAL.notifications
    assert [arn for arn in topics(stack) if "chaosmonkey" in arn] == []
    assert [name for name in rules(stack) if "lifecycle" in name] == []


def test_a_subscriber_hears_of_a_plan_from_its_creation_to_its_deletion(
    stack: RunningEngine, plans: Plans, inbox: Inbox
) -> None:
    instances = plans.fleet(1, "notified")
    attack = {
        "ref": "terminate_ec2_instance:TerminateEC2Instance",
        "args": {"filters": {"tag:chaos": "notified"}, "region": stack.run["region"]},
    }
    plan, executor = plans.post(attack, ahead=3)
    plans.ended(executor)
    assert stack.api("DELETE", f"/plans/{plan['id']}")[0] == 200

    def of_this_plan() -> list[dict[str, Any]]:
        return [event for event in inbox() if event["detail"]["plan_id"] == plan["id"]]

    events = until("four events came", lambda: found if len(found := of_this_plan()) >= 4 else None)

    by_type = {event["detail-type"]: event["detail"] for event in events}
    assert len(events) == len(by_type)
    assert by_type.keys() == {"Plan Created", "Executor Started", "Executor Succeeded", "Plan Deleted"}
    assert {event["source"] for event in events} == {"chaosmonkey"}
    ended = by_type["Executor Succeeded"]
    assert (ended["executor_id"], ended["target"]) == (executor["id"], instances[0])
    assert (ended["stage"], ended["attack"], ended["name"]) == ("local", attack["ref"], executor["name"])
    assert by_type["Plan Created"]["executors"] == 1
