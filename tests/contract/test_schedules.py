"""``ports.Schedules``: one one-time schedule per executor, named after it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import pytz
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.memory.schedules import MemorySchedules
from chalicelib.adapters.scheduler.description import description
from chalicelib.adapters.scheduler.schedules import EventBridgeSchedules, ScheduleTarget
from chalicelib.config.settings import LEAST_GRACE, Settings
from chalicelib.domain.ids import executor_id
from chalicelib.domain.model import Executor
from chalicelib.domain.unavailable import Unavailable
from tests.contract.builders import MINUTE, NOW, draft, no_pause
from tests.contract.conftest import REGION
from tests.contract.endpoints import EMULATORS
from tests.contract.wires import answer_lost, answered, counted, error

MADRID = pytz.timezone("Europe/Madrid")
WIDTH = 8
ACCOUNT = f"{REGION}:123456789012"


def target(group: str, grace_seconds: int = 900) -> ScheduleTarget:
    return ScheduleTarget(
        group=group,
        function_arn=f"arn:aws:lambda:{ACCOUNT}:function:chaosmonkey-test-attack",
        role_arn="arn:aws:iam::123456789012:role/chaosmonkey-test-scheduler",
        dead_letter_arn=f"arn:aws:sqs:{ACCOUNT}:chaosmonkey-test-undelivered",
        grace_seconds=grace_seconds,
    )


class Console:
    """The schedules and what a person would see of them."""

    def __init__(self, schedules: MemorySchedules | EventBridgeSchedules, scheduler: Any, group: str) -> None:
        self.schedules = schedules
        self.scheduler = scheduler
        self.group = group

    def dues(self, executors: tuple[Executor, ...]) -> dict[str, datetime]:
        if isinstance(self.schedules, MemorySchedules):
            return self.schedules.dues
        shown = {executor.id: self.show(executor.id) for executor in executors}
        return {id: _instant(schedule["ScheduleExpression"]) for id, schedule in shown.items() if schedule}

    def show(self, name: str) -> dict[str, Any] | None:
        try:
            return dict(self.scheduler.get_schedule(Name=name, GroupName=self.group))
        except self.scheduler.exceptions.ResourceNotFoundException:
            return None


def _instant(expression: str) -> datetime:
    match = re.fullmatch(r"at\((.{19})\)", expression)
    assert match
    return datetime.fromisoformat(match[1]).replace(tzinfo=UTC)


@pytest.fixture
def console(endpoint: str | None, settings: Settings) -> Console:
    group = settings.schedule_group
    if endpoint is None:
        return Console(MemorySchedules(), None, group)
    scheduler = client("scheduler", connections=WIDTH, region=REGION, endpoint=endpoint)
    scheduler.create_schedule_group(Name=group)
    backoff = Backoff(tries=3, sleep=no_pause, rng=Random(7))
    schedules = EventBridgeSchedules(scheduler, target(group), zone=MADRID, width=WIDTH, backoff=backoff)
    return Console(schedules, scheduler, group)


def dues_of(executors: tuple[Executor, ...]) -> dict[str, datetime]:
    return {executor.id: executor.due for executor in executors}


def test_every_executor_has_its_schedule(console: Console) -> None:
    plan, executors = draft(30)
    console.schedules.put_all(plan, executors)
    assert console.dues(executors) == dues_of(executors)


def test_nothing_to_schedule_is_no_error(console: Console) -> None:
    console.schedules.put_all(draft(0)[0], ())
    console.schedules.drop_all(())
    assert console.dues(()) == {}


def test_what_is_scheduled_already_is_no_error(console: Console) -> None:
    plan, executors = draft(3)
    console.schedules.put_all(plan, executors[:2])
    console.schedules.put_all(plan, executors)
    assert console.dues(executors) == dues_of(executors)


def test_putting_moves_the_schedule_there_is(console: Console) -> None:
    plan, executors = draft(2)
    console.schedules.put_all(plan, executors)
    moved = replace(executors[0], due=NOW + 90 * MINUTE)
    console.schedules.put(plan, moved)
    assert console.dues(executors) == dues_of((moved, executors[1]))


def test_putting_makes_the_schedule_that_has_gone(console: Console) -> None:
    plan, executors = draft(1)
    console.schedules.put(plan, executors[0])
    assert console.dues(executors) == dues_of(executors)


def test_what_was_dropped_is_scheduled_no_more(console: Console) -> None:
    plan, executors = draft(12)
    console.schedules.put_all(plan, executors)
    console.schedules.drop_all(executor.id for executor in executors[:11])
    assert console.dues(executors) == dues_of(executors[11:])


def test_dropping_what_has_gone_is_no_error(console: Console) -> None:
    plan, executors = draft(3)
    console.schedules.put_all(plan, executors[:1])
    console.schedules.drop_all(executor.id for executor in executors)
    console.schedules.drop_all(executor.id for executor in executors)
    assert console.dues(executors) == {}


aws = pytest.mark.parametrize("backend", EMULATORS)


@aws
def test_a_schedule_says_all_that_scheduler_needs(console: Console) -> None:
    plan, (executor,) = draft(1, dues=[datetime(2099, 7, 1, 22, 5, 9, tzinfo=UTC)], name="noche «ñ»")
    console.schedules.put_all(plan, [executor])
    created = console.show(executor.id)
    console.schedules.put(plan, executor)
    updated = console.show(executor.id)
    appointment = {"executor_id": executor.id, "due": "2099-07-01T22:05:09Z"}
    for schedule in (created, updated):
        assert schedule
        assert json.loads(schedule["Target"].pop("Input")) == appointment
        assert (schedule["Name"], schedule["GroupName"]) == (executor.id, console.group)
        assert schedule["ScheduleExpression"] == "at(2099-07-01T22:05:09)"
        assert schedule["ScheduleExpressionTimezone"] == "UTC"
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
        assert schedule["ActionAfterCompletion"] == "DELETE"
        assert schedule["Description"].endswith(" terminate_ec2_instance:TerminateEC2Instance, plan noche «ñ»")
        assert schedule["Target"] == {
            "Arn": f"arn:aws:lambda:{ACCOUNT}:function:chaosmonkey-test-attack",
            "RoleArn": "arn:aws:iam::123456789012:role/chaosmonkey-test-scheduler",
            "RetryPolicy": {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 600},
            "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{ACCOUNT}:chaosmonkey-test-undelivered"},
        }


@aws
def test_a_schedule_costs_one_request(console: Console) -> None:
    plan, executors = draft(20)
    with counted(console.scheduler) as requests:
        console.schedules.put_all(plan, executors)
        assert requests == {"CreateSchedule": 20}
        console.schedules.put(plan, executors[0])
        assert requests == {"CreateSchedule": 20, "UpdateSchedule": 1}
        console.schedules.drop_all(executor.id for executor in executors)
        assert requests == {"CreateSchedule": 20, "UpdateSchedule": 1, "DeleteSchedule": 20}


@aws
def test_lost_answers_do_no_harm(console: Console) -> None:
    plan, executors = draft(4)
    with answer_lost(console.scheduler, "CreateSchedule"):
        console.schedules.put_all(plan, executors)
    assert console.dues(executors) == dues_of(executors)
    with answer_lost(console.scheduler, "DeleteSchedule"):
        console.schedules.drop_all(executor.id for executor in executors)
    assert console.dues(executors) == {}


@aws
def test_after_a_failure_little_more_is_begun(console: Console) -> None:
    plan, executors = draft(300)
    with (
        counted(console.scheduler) as requests,
        answered(console.scheduler, "CreateSchedule", error("AccessDeniedException", status=403)),
        pytest.raises(Unavailable) as caught,
    ):
        console.schedules.put_all(plan, executors)
    assert requests["CreateSchedule"] < 100
    assert (caught.value.operation, caught.value.throttled) == ("scheduling the executor", False)


@aws
def test_throttling_is_waited_out(console: Console) -> None:
    plan, executors = draft(2)
    with answered(console.scheduler, "CreateSchedule", error("ThrottlingException", status=429), times=2):
        console.schedules.put_all(plan, executors)
    assert console.dues(executors) == dues_of(executors)


def stubbed(script: Callable[[Stubber], None]) -> tuple[EventBridgeSchedules, Stubber]:
    """Schedules before a Scheduler that answers by a script: for what no emulator can be brought to do."""
    scheduler = client("scheduler", connections=1, region=REGION)
    stubber = Stubber(scheduler)
    script(stubber)
    stubber.activate()
    backoff = Backoff(tries=2, sleep=no_pause)
    return EventBridgeSchedules(scheduler, target("group"), zone=MADRID, width=1, backoff=backoff), stubber


def test_a_schedule_that_another_makes_in_between_is_updated() -> None:
    def script(stubber: Stubber) -> None:
        stubber.add_client_error("update_schedule", "ResourceNotFoundException")
        stubber.add_client_error("create_schedule", "ConflictException")
        stubber.add_response("update_schedule", {"ScheduleArn": "arn"})

    schedules, stubber = stubbed(script)
    plan, executors = draft(1)
    schedules.put(plan, executors[0])
    stubber.assert_no_pending_responses()


def test_a_schedule_that_comes_and_goes_is_given_up() -> None:
    def script(stubber: Stubber) -> None:
        for _ in range(3):
            stubber.add_client_error("update_schedule", "ResourceNotFoundException")
            stubber.add_client_error("create_schedule", "ConflictException")

    schedules, stubber = stubbed(script)
    plan, executors = draft(1)
    with pytest.raises(Unavailable):
        schedules.put(plan, executors[0])
    stubber.assert_no_pending_responses()


def test_a_schedule_that_is_being_changed_is_tried_again() -> None:
    def script(stubber: Stubber) -> None:
        stubber.add_client_error("delete_schedule", "ConflictException")
        stubber.add_response("delete_schedule", {})

    schedules, stubber = stubbed(script)
    schedules.drop_all(["a"])
    stubber.assert_no_pending_responses()


def test_a_missing_group_is_unavailable() -> None:
    schedules, _ = stubbed(lambda stubber: stubber.add_client_error("create_schedule", "ResourceNotFoundException"))
    plan, executors = draft(1)
    with pytest.raises(Unavailable):
        schedules.put_all(plan, executors)


def test_an_endpoint_that_is_not_there_is_unavailable() -> None:
    scheduler = client("scheduler", connections=1, region=REGION, endpoint="http://127.0.0.1:9")
    schedules = EventBridgeSchedules(scheduler, target("group"), zone=MADRID, width=1)
    with pytest.raises(Unavailable):
        schedules.drop_all(["a"])


@pytest.mark.parametrize(("grace", "age"), [(LEAST_GRACE, 300), (900, 600), (86_400, 21_600)])
def test_scheduler_gives_up_in_time_for_that_to_be_on_record_before_the_grace_is_over(grace: int, age: int) -> None:
    scheduler = client("scheduler", connections=1, region=REGION)
    schedules = EventBridgeSchedules(scheduler, target("group", grace), zone=MADRID, width=1)
    plan, executors = draft(1)
    sent: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        sent.append(params)

    scheduler.meta.events.register("provide-client-params.scheduler.CreateSchedule", note)
    with Stubber(scheduler) as stubber:
        stubber.add_response("create_schedule", {"ScheduleArn": "arn"})
        schedules.put_all(plan, executors)
    assert sent[0]["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] == age


def described(name: str, ref: str | None = None) -> str:
    plan, (executor,) = draft(1, dues=[datetime(2027, 7, 1, 22, 5, tzinfo=UTC)], name=name)
    return description(plan, replace(executor, attack={"ref": ref} if ref else None), MADRID)


def test_a_description_says_local_date_attack_and_plan() -> None:
    assert described("nightly") == (
        "2027-07-02T00:05:00+02:00 terminate_ec2_instance:TerminateEC2Instance, plan nightly"
    )


def test_a_description_names_the_executors_own_attack() -> None:
    assert described("nightly", "api_request:ApiRequest").startswith("2027-07-02T00:05:00+02:00 api_request:ApiRequest")


@pytest.mark.parametrize("name", ["n" * 1000, "🐒" * 256, "n" + "🐒" * 256])
def test_a_description_is_cut_to_what_scheduler_takes(name: str) -> None:
    text = described(name)
    assert 511 <= len(text.encode("utf-16-le")) / 2 <= 512
    assert text.startswith("2027-07-02T00:05:00+02:00 ")


def test_an_executors_id_can_name_a_schedule() -> None:
    assert re.fullmatch(r"[0-9a-zA-Z-_.]{1,64}", executor_id("0" * 32, 9999))


class Picky:
    """A Scheduler whose clock is ahead of ours, and that refuses a date which has passed there, or fires at once."""

    def __init__(self, now: datetime, *, refuses: bool) -> None:
        self._now, self._refuses = now, refuses
        self.fired_at_once: list[str] = []
        self.kept: dict[str, datetime] = {}

    def create_schedule(self, **request: Any) -> None:
        at = _instant(request["ScheduleExpression"])
        if at <= self._now and self._refuses:
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "in the past"}}, "CreateSchedule")
        if at <= self._now:
            self.fired_at_once.append(request["Name"])
        else:
            self.kept[request["Name"]] = at

    update_schedule = create_schedule


@pytest.mark.parametrize("refuses", [True, False])
@pytest.mark.parametrize("seconds_until_due", [-600, -1, 0, 1, 59, 60, 61])
def test_no_schedule_is_lost_because_its_date_has_passed(refuses: bool, seconds_until_due: int) -> None:
    """Scheduler's clock is two seconds ahead. What is due fires within two minutes."""
    plan, executors = draft(3)
    now = executors[0].due - timedelta(seconds=seconds_until_due)
    scheduler = Picky(now + timedelta(seconds=2), refuses=refuses)
    schedules = EventBridgeSchedules(
        scheduler, target("group"), zone=MADRID, width=1, backoff=Backoff(tries=1, sleep=no_pause), clock=lambda: now
    )
    schedules.put_all(plan, executors)
    schedules.put(plan, executors[0])
    first = executors[0].id
    assert {*scheduler.kept, *scheduler.fired_at_once} == {each.id for each in executors}
    if seconds_until_due > 2:
        assert scheduler.kept[first] == executors[0].due
    elif first in scheduler.kept:
        assert now < scheduler.kept[first] <= now + timedelta(minutes=2)


def test_what_is_refused_for_another_reason_than_its_date_is_refused() -> None:
    schedules, stubber = stubbed(lambda stubber: stubber.add_client_error("create_schedule", "ValidationException"))
    plan, executors = draft(1)
    with pytest.raises(Unavailable):
        schedules.put_all(plan, executors)
    stubber.assert_no_pending_responses()
