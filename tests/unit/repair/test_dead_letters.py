"""What becomes of an executor that AWS gave up on."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.delivery import Delivery, Refusal
from chalicelib.domain.model import Executor, Status
from chalicelib.domain.unavailable import Unavailable
from chalicelib.repair.dead_letters import GivenUp, given_up
from tests.support.disturbed_adapters import Always, MeddledSchedules, MeddledStore, fail, lose
from tests.support.world import NOW, HandClock, World, later, world
from tests.unit.planning.test_json_body import JSON

ID = "0123456789abcdef" * 2 + "-0000"
PAYLOAD = {"executor_id": ID, "due": "2027-03-01T09:00:00Z"}
DEAD_LETTER = {
    "ERROR_CODE": "ResourceNotFoundException",
    "ERROR_MESSAGE": "Function not found",
    "EXECUTION_ID": "ad06616e51cdf74a",
    "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
    "RETRY_ATTEMPTS": "2",
}
RECORD = {
    "version": "1.0",
    "timestamp": "2027-03-01T09:03:00.000Z",
    "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 2},
    "requestPayload": PAYLOAD,
    "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
    "responsePayload": {"errorType": "ImportError", "errorMessage": "no module", "stackTrace": ["a line"]},
}
TOMORROW = {"type": "date", "args": {"date": later(days=1)}}


@pytest.fixture
def some() -> World:
    clock = HandClock()
    return world(clock=clock, store=MeddledStore(clock), schedules=MeddledSchedules())


def dead_letter(executor: Executor, *, now: bool = False) -> GivenUp:
    return GivenUp(delivery=appointment(executor.id, executor.due, now=now), reason="Scheduler says no")


def appointment(executor_id: str = ID, at: datetime = NOW, *, now: bool = False) -> Delivery:
    return Delivery(executor_id=executor_id, due=at, request_id="", seconds=0, now=now)


def due(some: World) -> Executor:
    """An executor whose date has come, and that nobody delivered."""
    executor = some.executor()
    some.clock.now = executor.due + timedelta(minutes=1)
    return executor


class TestMessages:
    def test_schedulers_dead_letter_names_the_appointment_and_why_it_was_not_kept(self) -> None:
        found = given_up(json.dumps(PAYLOAD), DEAD_LETTER)
        reason = "Scheduler says ResourceNotFoundException: Function not found (MaximumRetryAttempts)"
        assert found == GivenUp(delivery=appointment(), reason=reason)

    def test_lambdas_record_does_so_too_and_of_the_answer_only_the_error_is_kept(self) -> None:
        found = given_up(json.dumps(RECORD), {})
        reason = "Lambda says ImportError: no module (RetriesExhausted)"
        assert found == GivenUp(delivery=appointment(), reason=reason)

    @pytest.mark.parametrize(
        "payload",
        [PAYLOAD, json.dumps(PAYLOAD), base64.b64encode(json.dumps(PAYLOAD).encode()).decode()],
        ids=["object", "text", "base64"],
    )
    def test_schedulers_dead_letter_may_hold_the_request_to_lambda(self, payload: Any) -> None:
        request = {"FunctionName": "chaosmonkey-prod-attack", "InvocationType": "Event", "Payload": payload}
        found = given_up(json.dumps(request), DEAD_LETTER)
        assert found is not None and found.delivery == appointment()
        assert found.reason.startswith("Scheduler says ResourceNotFoundException")

    @pytest.mark.parametrize(
        "body", ["", "{}", "[]", json.dumps({"FunctionName": "any"}), json.dumps({"Payload": "é"})]
    )
    @pytest.mark.parametrize("time", ["2027-03-01T09:00:00Z", "2027-03-01T09:00:00", "2027-03-01T10:00:00.000+01:00"])
    def test_where_a_body_says_nothing_the_attributes_name_the_schedule_and_its_date(
        self, body: str, time: str
    ) -> None:
        arn = f"arn:aws:scheduler:eu-west-1:123456789012:schedule/chaosmonkey-prod/{ID}"
        found = given_up(body, {**DEAD_LETTER, "SCHEDULE_ARN": arn, "SCHEDULED_TIME": time})
        assert found is not None and found.delivery == appointment()

    @given(st.text(), st.text() | st.datetimes().map(str))
    def test_no_attributes_break_it(self, arn: str, time: str) -> None:
        assert given_up("{}", {"SCHEDULE_ARN": arn, "SCHEDULED_TIME": time}) is None

    def test_the_schedule_of_something_else_is_no_executors(self) -> None:
        arn = "arn:aws:scheduler:eu-west-1:123456789012:schedule/chaosmonkey-prod/doctor-1"
        assert given_up("{}", {"SCHEDULE_ARN": arn, "SCHEDULED_TIME": "2027-03-01T09:00:00Z"}) is None

    def test_an_event_that_grew_too_old_has_no_answer(self) -> None:
        record = {"requestContext": {"condition": "EventAgeExceeded"}, "requestPayload": PAYLOAD}
        found = given_up(json.dumps(record), {})
        assert found is not None and found.reason == "Lambda gives no reason (EventAgeExceeded)"

    def test_a_message_without_reasons_is_one_all_the_same(self) -> None:
        found = given_up(json.dumps(PAYLOAD), {})
        assert found is not None and found.reason == "Scheduler gives no reason"

    def test_what_a_person_wanted_to_run_at_once_is_marked(self) -> None:
        found = given_up(json.dumps({**RECORD, "requestPayload": {**PAYLOAD, "now": True}}), {})
        assert found is not None and found.delivery == appointment(now=True)

    @pytest.mark.parametrize(
        "body",
        [
            *("", "x", "[]", "{}", "null", "3", "[" * 100_000),
            json.dumps({**PAYLOAD, "due": "soon"}),
            json.dumps({"requestPayload": {}}),
            json.dumps({"requestPayload": [PAYLOAD]}),
            json.dumps({"requestPayload": json.dumps(PAYLOAD)}),
        ],
    )
    def test_anything_else_is_neither(self, body: str) -> None:
        assert given_up(body, DEAD_LETTER) is None

    @given(st.text() | JSON.map(json.dumps) | JSON.map(lambda payload: json.dumps({"requestPayload": payload})))
    def test_no_message_breaks_it(self, body: str) -> None:
        assert given_up(body, {}) is None

    @given(JSON, JSON)
    def test_no_answer_breaks_it(self, answer: Any, context: Any) -> None:
        record = {"requestPayload": PAYLOAD, "responsePayload": answer, "requestContext": context}
        assert given_up(json.dumps(record), {}) is not None


class TestEnding:
    def test_what_waits_for_that_date_has_failed_with_awss_reason(self, some: World) -> None:
        plan, (executor, other) = some.plan(later(hours=1), later(hours=2))
        some.clock.now = executor.due + timedelta(seconds=90)
        ended = some.undelivered.end(dead_letter(executor))
        assert isinstance(ended, Executor) and ended.status is Status.FAILED
        assert ended.error is not None and ended.error.type == "Undelivered"
        assert ended.error.message == "AWS gave up delivering it, nothing was attacked: Scheduler says no"
        assert ended.finished == some.clock.now and ended.run is None
        stored, executors = some.plans.get(plan.id)
        assert executors == (ended, other)
        assert (stored.remaining, stored.next_due) == (1, other.due)

    def test_a_long_reason_is_cut(self, some: World) -> None:
        executor = due(some)
        ended = some.undelivered.end(GivenUp(delivery=dead_letter(executor).delivery, reason="naïve " * 1000))
        assert isinstance(ended, Executor) and ended.error is not None
        assert len(ended.error.message.encode()) <= 1024

    def test_a_second_message_finds_it_ended(self, some: World) -> None:
        executor = due(some)
        some.undelivered.end(dead_letter(executor))
        assert some.undelivered.end(dead_letter(executor)) is Refusal.ENDED

    def test_what_is_not_there_is_left_alone(self, some: World) -> None:
        assert some.undelivered.end(GivenUp(delivery=appointment(), reason="x")) is Refusal.UNKNOWN

    def test_what_was_moved_is_left_alone(self, some: World) -> None:
        executor = some.executor()
        moved = some.executors.move(executor.id, TOMORROW)
        some.clock.now = executor.due
        assert some.undelivered.end(dead_letter(executor)) is Refusal.MOVED
        assert some.executors.get(executor.id) == moved

    def test_what_was_deleted_is_left_alone(self, some: World) -> None:
        executor = due(some)
        some.executors.delete(executor.id)
        assert some.undelivered.end(dead_letter(executor)) is Refusal.DELETED
        plan, (other,) = some.plan()
        some.plans.delete(plan.id)
        assert some.undelivered.end(dead_letter(other)) is Refusal.DELETED

    def test_what_runs_is_for_its_lease_to_judge(self, some: World) -> None:
        assert isinstance(some.store, MeddledStore)
        executor = due(some)
        some.store.before["end"] += [fail]
        some.deliver(executor)
        assert some.undelivered.end(dead_letter(executor)) is Refusal.RUNNING
        assert some.executors.get(executor.id).status is Status.RUNNING

    def test_what_has_run_stays_as_it_is(self, some: World) -> None:
        executor = due(some)
        ran = some.deliver(executor)
        assert some.undelivered.end(dead_letter(executor)) is Refusal.ENDED
        assert some.executors.get(executor.id) == ran

    @pytest.mark.parametrize("minutes", [-5, 5])
    def test_what_was_to_run_ahead_of_its_date_still_has_that_date(self, some: World, minutes: int) -> None:
        executor = some.executor()
        some.clock.now = executor.due + timedelta(minutes=minutes)
        assert some.undelivered.end(dead_letter(executor, now=True)) is Refusal.EARLY
        assert some.executors.get(executor.id).status is Status.SCHEDULED

    def test_a_change_meanwhile_is_looked_at_anew(self, some: World) -> None:
        assert isinstance(some.store, MeddledStore)
        executor = due(some)
        some.store.before["end"] += [lambda: some.deliver(executor), None]
        assert some.undelivered.end(dead_letter(executor)) is Refusal.ENDED
        assert some.executors.get(executor.id).status is Status.SUCCEEDED

    def test_one_that_changes_without_end_is_tried_again_later(self, some: World) -> None:
        assert isinstance(some.store, MeddledStore)
        executor = due(some)
        some.store.before["end"] = Always([lose])
        with pytest.raises(Unavailable):
            some.undelivered.end(dead_letter(executor))
