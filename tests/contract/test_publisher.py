"""``ports.EventPublisher``: what is published arrives, and what cannot be published harms nobody."""

import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextvars import Context
from datetime import UTC, datetime
from itertools import count
from typing import Any

import boto3
import pytest

from chalicelib.adapters.events.event_bus import EventBridgePublisher, connect
from chalicelib.adapters.memory.publisher import MemoryPublisher
from chalicelib.domain.events import Happened, LifecycleEvent
from chalicelib.domain.model import Failure, Status
from chalicelib.ports.services import EventPublisher
from chalicelib.runtime import logs
from chalicelib.runtime.deadline import within
from tests.contract.conftest import REGION
from tests.contract.wires import answered, counted, error, plain, recorded, success
from tests.support.world import world

AT = datetime(2027, 3, 1, 9, 0, 3, tzinfo=UTC)
_serial = count(1)
Received = Callable[[int], list[dict[str, Any]]]


def event(number: int = 0, **changed: Any) -> LifecycleEvent:
    plan_id = f"{number:032x}"
    given = {
        "happened": Happened.EXECUTOR_FAILED,
        "at": AT,
        "plan_id": plan_id,
        "name": "nightly 名",
        "attack": "note:Note",
        "executor_id": f"{plan_id}-0000",
        "due": AT,
        "target": "i-1",
        "error": Failure(type="NoTarget", message="no instance matches"),
    }
    return LifecycleEvent(**{**given, **changed})


def bridge(stage: str = "contract", endpoint: str | None = None) -> tuple[EventBridgePublisher, Any]:
    """A publisher and its client."""
    client = connect(region=REGION, endpoint=endpoint)
    return EventBridgePublisher(lambda: client, stage), client


class TestEveryBackend:
    @pytest.fixture(params=["memory", "ministack"])
    def backend(self, request: pytest.FixtureRequest) -> str:
        """Not moto, which delivers to no target without a library of its own."""
        return str(request.param)

    @pytest.fixture
    def stage(self) -> str:
        return f"publisher{next(_serial)}"

    @pytest.fixture
    def publisher(self, endpoint: str | None, stage: str) -> EventPublisher:
        return bridge(stage, endpoint)[0] if endpoint else MemoryPublisher()

    @pytest.fixture
    def received(self, endpoint: str | None, stage: str, publisher: EventPublisher) -> Iterator[Received]:
        """The first so many events that came, as a subscriber of the stage sees them."""
        if endpoint is None:
            assert isinstance(publisher, MemoryPublisher)
            published = publisher.published
            yield lambda number: [{"detail-type": str(each.happened), "id": each.executor_id} for each in published]
            return
        keys = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing", "region_name": REGION}
        events, sqs = (boto3.client(name, endpoint_url=endpoint, **keys) for name in ("events", "sqs"))
        url = sqs.create_queue(QueueName=stage)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = {"source": ["chaosmonkey"], "detail": {"stage": [stage]}}
        events.put_rule(Name=stage, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=stage, Targets=[{"Id": "1", "Arn": arn}])

        def receive(number: int) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = []
            deadline = time.monotonic() + 20
            while len(found) < number and time.monotonic() < deadline:
                messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
                for message in messages.get("Messages", []):
                    found.append(json.loads(message["Body"]))
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return [{**each, "id": each["detail"].get("executor_id")} for each in found]

        yield receive
        events.remove_targets(Rule=stage, Ids=["1"])
        events.delete_rule(Name=stage)
        sqs.delete_queue(QueueUrl=url)

    def test_what_is_published_arrives_with_what_happened(self, publisher: EventPublisher, received: Received) -> None:
        publisher.publish([event()])
        [came] = received(1)
        assert (came["detail-type"], came["id"]) == ("Executor Failed", event().executor_id)

    def test_many_arrive_each_once(self, publisher: EventPublisher, received: Received) -> None:
        publisher.publish([event(number) for number in range(23)])
        assert sorted(str(came["id"]) for came in received(23)) == [f"{number:032x}-0000" for number in range(23)]

    def test_nothing_is_nothing_to_tell(self, publisher: EventPublisher, received: Received) -> None:
        publisher.publish([])
        publisher.publish([event(7)])
        assert [came["id"] for came in received(1)] == [event(7).executor_id]


class TestEventBridge:
    def test_an_entry_says_all_there_is_and_no_more(self) -> None:
        publisher, client = bridge("prod")
        with answered(client, "PutEvents", success(FailedEntryCount=0, Entries=[])), recorded(client) as requests:
            of_a_plan = event(executor_id=None, due=None, target=None, error=None, executors=3)
            Context().run(publisher.publish, [event(), of_a_plan])
        [[entry, other]] = [request["Entries"] for request in requests]
        assert (entry["Source"], entry["DetailType"], entry["Time"]) == (
            "chaosmonkey",
            "Executor Failed",
            AT.timestamp(),
        )
        assert json.loads(entry["Detail"]) == {
            "stage": "prod",
            "at": "2027-03-01T09:00:03Z",
            "plan_id": "0" * 32,
            "executor_id": "0" * 32 + "-0000",
            "name": "nightly 名",
            "attack": "note:Note",
            "due": "2027-03-01T09:00:03Z",
            "target": "i-1",
            "error": {"type": "NoTarget", "message": "no instance matches"},
        }
        assert json.loads(other["Detail"]).keys() == {"stage", "at", "plan_id", "name", "attack", "executors"}

    def test_an_entry_names_the_request_that_is_served(self) -> None:
        publisher, client = bridge()

        def served() -> None:
            logs.begin("request-1")
            publisher.publish([event()])

        with answered(client, "PutEvents", success(FailedEntryCount=0, Entries=[])), recorded(client) as requests:
            Context().run(served)
        [entry] = requests[0]["Entries"]
        assert json.loads(entry["Detail"])["request_id"] == "request-1"

    def test_ten_go_in_a_request(self) -> None:
        publisher, client = bridge()
        with answered(client, "PutEvents", success(FailedEntryCount=0, Entries=[])), counted(client) as requests:
            publisher.publish([event()] * 10)
            assert requests["PutEvents"] == 1
            publisher.publish([event()] * 11)
        assert requests["PutEvents"] == 3

    @pytest.mark.parametrize(
        "refusal", [error("ThrottlingException"), error("AccessDeniedException"), error("InternalFailure", status=500)]
    )
    def test_a_refused_request_is_logged_tried_once_and_the_rest_is_left(
        self, refusal: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        publisher, client = bridge()
        with answered(client, "PutEvents", refusal), counted(client) as requests:
            publisher.publish([event()] * 25)
        assert requests["PutEvents"] == 1
        assert "25 lifecycle events are not published" in caplog.text
        assert [each.levelno for each in caplog.records] == [logging.WARNING]

    def test_entries_that_failed_are_logged_by_their_codes_and_the_others_go_on(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        publisher, client = bridge()
        failed = {"ErrorCode": "InternalFailure", "ErrorMessage": "x"}
        answer = success(FailedEntryCount=2, Entries=[failed, {"EventId": "1"}, failed])
        with answered(client, "PutEvents", answer, times=1), counted(client) as requests:
            publisher.publish([event()] * 3)
        assert requests["PutEvents"] == 1
        assert "2 lifecycle events are not published: InternalFailure" in caplog.text

    @pytest.mark.parametrize(
        "odd",
        [
            pytest.param(plain(200, b'{"FailedEntryCount": 0, "Entr', missing=9), id="cut, and its length tells"),
            pytest.param(plain(200, b'{"FailedEntryCount": 0, "Entr'), id="cut"),
            pytest.param(plain(200, b""), id="empty"),
            pytest.param(plain(200, b"<html><h1>502 Bad Gateway</h1></html>"), id="HTML"),
            pytest.param(plain(200, b"\xff\xfe"), id="no text"),
            pytest.param(plain(200, b"[]"), id="a list"),
            pytest.param(plain(200, b"null"), id="null"),
            pytest.param(plain(200, b'{"Entries": []}'), id="no count"),
            pytest.param(plain(200, b'{"FailedEntryCount": "1", "Entries": []}'), id="a count that is none"),
            pytest.param(plain(200, b'{"FailedEntryCount": 1}'), id="no entries"),
            pytest.param(plain(200, b'{"FailedEntryCount": 1, "Entries": [null]}'), id="an entry that is null"),
            pytest.param(plain(200, b'{"FailedEntryCount": 1, "Entries": [1]}'), id="an entry that is none"),
            pytest.param(plain(200, b'{"FailedEntryCount": 0, "Entries": {"a": 1}}'), id="entries that are no list"),
            pytest.param(plain(400, b"[1]"), id="400 and a list"),
            pytest.param(plain(400, b""), id="400 and nothing"),
            pytest.param(plain(400, b'{"__type": 1, "message": []}'), id="400 and a code that is no text"),
            pytest.param(plain(503, b"<html>"), id="503 and HTML"),
        ],
    )
    def test_an_answer_that_is_none_is_logged_and_harms_no_attack(
        self, odd: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Where the engine tells that an attack has begun, its executor is claimed: nothing may break it off there."""
        publisher, client = bridge()
        some = world(publisher=publisher)  # type: ignore[arg-type]
        with answered(client, "PutEvents", odd):
            publisher.publish([event()])
            assert [each.levelno for each in caplog.records] == [logging.WARNING]
            assert "1 lifecycle events are not published: " in caplog.text
            executor = some.executor()
            some.run(executor)
        assert some.executors.get(executor.id).status is Status.SUCCEEDED

    def test_where_nobody_listens_it_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        bridge(endpoint="http://127.0.0.1:9")[0].publish([event()])
        assert "1 lifecycle events are not published" in caplog.text

    def test_a_bus_that_hangs_holds_nobody_up_for_long(self, caplog: pytest.LogCaptureFixture) -> None:
        with socket.create_server(("127.0.0.1", 0)) as hanging:
            publisher, _ = bridge(endpoint=f"http://127.0.0.1:{hanging.getsockname()[1]}")
            began = time.monotonic()
            publisher.publish([event()] * 30)
        assert time.monotonic() - began < 5
        assert "30 lifecycle events are not published" in caplog.text

    def test_where_no_time_is_left_nothing_is_sent(self, caplog: pytest.LogCaptureFixture) -> None:
        publisher, client = bridge()
        with counted(client) as requests, within(0):
            publisher.publish([event()])
        assert requests["PutEvents"] == 0
        assert "1 lifecycle events are not published: time is up" in caplog.text

    def test_its_client_is_made_at_the_first_event_and_kept(self) -> None:
        client, connections = bridge()[1], 0

        def connected() -> Any:
            nonlocal connections
            connections += 1
            return client

        publisher = EventBridgePublisher(connected, "contract")
        publisher.publish([])
        assert connections == 0
        with answered(client, "PutEvents", success(FailedEntryCount=0, Entries=[])):
            publisher.publish([event()])
            publisher.publish([event()])
        assert connections == 1
