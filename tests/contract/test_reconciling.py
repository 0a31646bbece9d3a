"""Scheduler and the table as the emulators keep them, meddled with as a person or a crash would."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from botocore.stub import Stubber

from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.parallel import in_parallel
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.dynamodb.table_scan import SEGMENTS
from chalicelib.adapters.memory.schedules import MemorySchedules
from chalicelib.adapters.scheduler.schedule_reader import EventBridgeBook
from chalicelib.adapters.scheduler.schedules import EventBridgeSchedules
from chalicelib.config.settings import Settings
from chalicelib.domain.model import Executor, Plan
from chalicelib.domain.unavailable import Unavailable
from chalicelib.repair.diff import Difference, Kind
from chalicelib.repair.reconcile import Reconciliation
from chalicelib.scheduling.sync import ScheduleSync
from tests.contract.builders import MINUTE, NOW, SetClock, draft, no_pause
from tests.contract.conftest import REGION, Store
from tests.contract.endpoints import EMULATORS
from tests.contract.test_census import unheard
from tests.contract.test_executor_store import active
from tests.contract.test_schedules import MADRID, WIDTH, target
from tests.contract.wires import answered, counted, error

WRITTEN = ("ScheduleExpression", "FlexibleTimeWindow", "Target", "ActionAfterCompletion")


class Both:
    """A store and the schedules that belong to it. ``scheduler`` is Scheduler's client, None in memory."""

    def __init__(self, settings: Settings, store: Store, clock: SetClock, endpoint: str | None) -> None:
        self.store, self.group = store, settings.schedule_group
        self.schedules: Any = MemorySchedules()
        self.book: Any = self.schedules
        if endpoint is not None:
            self.scheduler = client("scheduler", connections=WIDTH, region=REGION, endpoint=endpoint)
            self.scheduler.create_schedule_group(Name=self.group)
            whom, backoff = target(self.group), Backoff(tries=3, sleep=no_pause, rng=Random(7))
            self.schedules = EventBridgeSchedules(self.scheduler, whom, zone=MADRID, width=WIDTH, backoff=backoff)
            self.book = EventBridgeBook(self.scheduler, whom, width=WIDTH, backoff=backoff)
        self.reconciliation = Reconciliation(
            settings=settings,
            scan=store.scan,
            book=self.book,
            schedule_sync=ScheduleSync(executors=store.executors, schedules=self.schedules),
            clock=clock,
            pause=lambda: None,
            at_once=lambda repair, differences: in_parallel(repair, differences, width=WIDTH),
        )

    def plan(self, executors: int) -> tuple[Plan, tuple[Executor, ...]]:
        """Stored, committed and scheduled."""
        plan, made = active(self.store, executors)
        self.schedules.put_all(plan, made)
        return plan, made

    def meddle(self, executor: Executor, **changed: Any) -> None:
        """Change a schedule as the console does: all of it is written, most of it as it was."""
        schedule = self.scheduler.get_schedule(Name=executor.id, GroupName=self.group)
        written = {name: schedule[name] for name in WRITTEN}
        self.scheduler.update_schedule(Name=executor.id, GroupName=self.group, **{**written, **changed})

    def differences(self) -> tuple[Difference, ...]:
        return self.reconciliation.compare().differences

    def found(self) -> dict[str, Kind]:
        return {each.subject: each.kind for each in self.differences()}


@pytest.fixture
def both(settings: Settings, store: Store, clock: SetClock, endpoint: str | None) -> Both:
    return Both(settings, store, clock, endpoint)


def test_schedules_are_read_as_they_were_put(both: Both) -> None:
    plan, executors = draft(3)
    both.schedules.put_all(plan, executors)
    names = both.book.names(unheard)
    assert names == {each.id for each in executors}
    seen: list[int] = []
    read = both.book.read([*names, f"{plan.id}-0999"], seen.append)
    assert set(read) == names and sum(seen) == 4
    for executor in executors:
        found = read[executor.id]
        assert (found.name, found.due, found.enabled) == (executor.id, executor.due, True)
        assert found.facts == both.book.expected(executor)


def test_where_all_is_as_it_should_be_nothing_differs(both: Both) -> None:
    both.plan(4)
    plan, executors = both.plan(3)
    both.store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    both.schedules.put(plan, replace(executors[0], due=NOW + 90 * MINUTE))
    both.store.executors.mark_synced(executors[0].id, NOW + 90 * MINUTE)
    both.store.executors.soft_delete_executor(both.store.plans.load(plan.id)[0], executors[1], NOW)
    both.schedules.drop_all([executors[1].id])
    both.store.executors.mark_synced(executors[1].id, None)
    findings = both.reconciliation.compare()
    assert findings.differences == ()
    assert (findings.plans, findings.executors, findings.schedules) == (2, 7, 6)


def test_what_was_meddled_with_is_found_and_repaired(both: Both) -> None:
    plan, executors = both.plan(5)
    orphan = replace(executors[0], id=f"{plan.id}-0999", due=NOW + 90 * MINUTE)
    both.schedules.put(plan, orphan)
    both.schedules.drop_all([executors[1].id])
    both.schedules.put(plan, replace(executors[2], due=NOW + 90 * MINUTE))
    differences = both.differences()
    assert {each.subject: each.kind for each in differences} == {
        orphan.id: Kind.ORPHAN,
        executors[1].id: Kind.MISSING,
        executors[2].id: Kind.DIFFERENT,
    }
    assert all(each.done for each in both.reconciliation.repair(differences))
    assert both.differences() == ()
    assert both.book.names(unheard) == {each.id for each in executors}


def test_the_schedules_of_a_plan_of_a_thousand_are_all_compared(both: Both) -> None:
    """More than MiniStack lists: those that there should be are asked for by name."""
    plan, executors = both.plan(300)
    both.schedules.drop_all([executors[250].id])
    both.schedules.put(plan, replace(executors[299], due=NOW + 999 * MINUTE))
    assert both.found() == {executors[250].id: Kind.MISSING, executors[299].id: Kind.DIFFERENT}


aws = pytest.mark.parametrize("backend", EMULATORS)
OTHER = "arn:aws:lambda:eu-west-1:123456789012:function:other"


def changed(**of_target: str) -> Callable[[Both, Executor], None]:
    def change(both: Both, executor: Executor) -> None:
        known = both.scheduler.get_schedule(Name=executor.id, GroupName=both.group)["Target"]
        both.meddle(executor, Target={**known, **of_target})

    return change


MEDDLED: dict[str, tuple[Callable[[Both, Executor], None], str]] = {
    "another date": (
        lambda both, executor: both.meddle(executor, ScheduleExpression="at(2099-06-21T12:30:00)"),
        "date is 2099-06-21T12:30:00Z, should be 2099-06-21T12:01:00Z",
    ),
    "another zone": (
        lambda both, executor: both.meddle(executor, ScheduleExpressionTimezone="Europe/Madrid"),
        "date is 2099-06-21T10:01:00Z, should be 2099-06-21T12:01:00Z",  # Madrid in summer
    ),
    "again and again": (
        lambda both, executor: both.meddle(executor, ScheduleExpression="rate(1 hour)"),
        "date is rate(1 hour), should be 2099-06-21T12:01:00Z",
    ),
    "some time around it": (
        lambda both, executor: both.meddle(
            executor, FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60}
        ),
        "flexible window is FLEXIBLE, should be OFF",
    ),
    "another function": (changed(Arn=OTHER), f"function is {OTHER}, should be arn:aws:lambda:"),
    "another input": (changed(Input='{"executor_id": "x"}'), 'input is {"executor_id": "x"}, should be {"due": "2099'),
    "no document": (changed(Input="x"), 'input is x, should be {"due": "2099'),
}


@aws
@pytest.mark.parametrize("how", MEDDLED)
def test_whatever_matters_of_a_schedule_is_compared(both: Both, how: str) -> None:
    _, executors = both.plan(2)
    meddle, says = MEDDLED[how]
    meddle(both, executors[0])
    (difference,) = both.differences()
    assert (difference.kind, difference.subject) == (Kind.DIFFERENT, executors[0].id)
    assert difference.details.startswith(says)
    assert [each.done for each in both.reconciliation.repair([difference])] == [True]
    assert both.differences() == ()


@pytest.mark.parametrize("backend", ["ministack"])  # moto's UpdateSchedule does not change it
def test_a_schedule_that_is_kept_afterwards_is_reported(both: Both) -> None:
    _, (executor,) = both.plan(1)
    both.meddle(executor, ActionAfterCompletion="NONE")
    assert [each.details for each in both.differences()] == ["after completion is NONE, should be DELETE"]


@aws
def test_what_comes_to_the_same_is_no_difference(both: Both) -> None:
    _, (executor,) = both.plan(1)
    known = both.scheduler.get_schedule(Name=executor.id, GroupName=both.group)["Target"]
    said = f'{{"due":"{executor.due:%Y-%m-%dT%H:%M:%SZ}",   "executor_id":"{executor.id}"}}'
    both.meddle(
        executor,
        ScheduleExpression=f"at({executor.due.replace(hour=14):%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="Africa/Johannesburg",
        Description="a person's own words",
        Target={**known, "Input": said, "RetryPolicy": {"MaximumRetryAttempts": 7}},
    )
    assert both.differences() == ()


@aws
def test_a_disabled_schedule_is_reported_and_stays_disabled(both: Both) -> None:
    _, executors = both.plan(2)
    both.meddle(executors[0], State="DISABLED")
    (difference,) = both.differences()
    assert (difference.kind, difference.subject, difference.counts) == (Kind.DISABLED, executors[0].id, False)
    assert both.reconciliation.repair([difference]) == []
    assert both.scheduler.get_schedule(Name=executors[0].id, GroupName=both.group)["State"] == "DISABLED"


@aws
def test_a_schedule_that_is_not_the_engines_is_reported_and_stays(both: Both) -> None:
    both.scheduler.create_schedule(
        Name="doctor-1",
        GroupName=both.group,
        State="DISABLED",
        ScheduleExpression="at(2099-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": OTHER, "RoleArn": "arn:aws:iam::123456789012:role/other"},
    )
    differences = both.differences()
    assert [(each.kind, each.subject) for each in differences] == [(Kind.FOREIGN, "doctor-1")]
    assert both.reconciliation.repair(differences) == [] and both.found() == {"doctor-1": Kind.FOREIGN}


@aws
def test_it_costs_the_parts_of_the_table_the_lists_and_a_request_for_each_schedule(both: Both) -> None:
    _, executors = both.plan(40)
    with counted(both.scheduler) as asked, counted(both.store.table.client) as read:  # type: ignore[union-attr]
        assert both.differences() == ()
    assert asked == Counter(ListSchedules=1, GetSchedule=40) and read == Counter(Scan=SEGMENTS)
    both.schedules.drop_all([executors[0].id])
    with counted(both.scheduler) as asked, counted(both.store.table.client) as read:  # type: ignore[union-attr]
        assert len(both.differences()) == 1
    assert asked == Counter(ListSchedules=1, GetSchedule=41) and read == Counter(Scan=SEGMENTS, Query=1)


@aws
@pytest.mark.parametrize("operation", ["ListSchedules", "GetSchedule"])
def test_throttling_is_waited_out_and_what_does_not_pass_is_reported(both: Both, operation: str) -> None:
    both.plan(2)
    with answered(both.scheduler, operation, error("ThrottlingException", status=429), times=2):
        assert both.differences() == ()
    with (
        answered(both.scheduler, operation, error("AccessDeniedException", status=403)),
        pytest.raises(Unavailable),
    ):
        both.differences()


def test_lists_are_read_to_their_last_page() -> None:
    """moto and MiniStack give what there is, or the first hundred, on one page."""
    scheduler = client("scheduler", connections=1, region=REGION)
    with Stubber(scheduler) as stubber:
        for number, token in enumerate(("a", "b", None)):
            asked = {"GroupName": "g", "MaxResults": 100, **({"NextToken": "ab"[number - 1]} if number else {})}
            page = {"Schedules": [{"Name": f"schedule-{number}"}], **({"NextToken": token} if token else {})}
            stubber.add_response("list_schedules", page, asked)
        names = EventBridgeBook(scheduler, target("g"), width=1).names(unheard)
        stubber.assert_no_pending_responses()
    assert names == {"schedule-0", "schedule-1", "schedule-2"}


def test_a_schedule_that_says_little_is_read_all_the_same() -> None:
    """One that a person made, with what Scheduler needs and no more."""
    scheduler = client("scheduler", connections=1, region=REGION)
    with Stubber(scheduler) as stubber:
        said = {
            "ScheduleExpression": "at(2027-06-21T10:00:00)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": OTHER, "RoleArn": "arn:aws:iam::123456789012:role/other"},
        }
        stubber.add_response("get_schedule", said)
        (found,) = EventBridgeBook(scheduler, target("g"), width=1).read(["x"], unheard).values()
    assert found.due == datetime(2027, 6, 21, 10, tzinfo=UTC) and found.enabled
    assert found.facts["input"] == found.facts["dead-letter queue"] == "(none)"
    assert found.facts["after completion"] == "NONE"
