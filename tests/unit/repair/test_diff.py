"""``Comparison``: what is a difference, and what only looks like one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.broken import Broken
from chalicelib.domain.broken import Kind as BrokenKind
from chalicelib.domain.model import Executor, Plan, PlanState, Status
from chalicelib.domain.snapshot import Contents, Facts, Scheduled
from chalicelib.repair.diff import Comparison, Difference, Kind
from tests.contract.builders import MINUTE, NOW, draft, run

GRACE, RETENTION = 15 * MINUTE, timedelta(days=400)
FOREVER = timedelta(days=9)


def facts(executor: Executor) -> Facts:
    return {"date": f"{executor.due:%H:%M:%S}", "input": executor.id}


def schedule(executor: Executor, **changed: Any) -> Scheduled:
    return replace(Scheduled(name=executor.id, facts=facts(executor), due=executor.due), **changed)


class Case:
    """A plan, its executors (due in one, two, three ... minutes) and their schedules, all as they should be."""

    def __init__(self, executors: int = 3) -> None:
        plan, made = draft(executors)
        self.plan = replace(plan, state=PlanState.ACTIVE)
        self.executors = {each.id: each for each in made}
        self.schedules = {each.id: schedule(each) for each in made}
        self.unsynced: dict[str, datetime] = {}
        self.half_deleted: dict[str, datetime] = {}
        self.broken: dict[str, Broken] = {}
        self.now = NOW
        self.first = made[0].id

    def become(self, **changed: Any) -> None:
        """The first executor, changed."""
        self.executors[self.first] = replace(self.executors[self.first], **changed)

    def tally(self) -> None:
        """The plan's, made to agree."""
        left = [each for each in self.executors.values() if not each.deleted]
        self.plan = replace(
            self.plan,
            dues=tuple(sorted(each.due for each in left)),
            remaining=sum(not each.status.executed for each in left),
            running=sum(each.status is Status.RUNNING for each in left),
        )

    @property
    def comparison(self) -> Comparison:
        contents = Contents(
            plans={self.plan.id: self.plan},
            executors=self.executors,
            unsynced=self.unsynced,
            half_deleted=self.half_deleted,
            broken=self.broken,
        )
        return Comparison(
            contents=contents,
            schedules=self.schedules,
            expected=facts,
            now=self.now,
            grace=GRACE,
            retention=RETENTION,
        )

    @property
    def found(self) -> list[tuple[Kind, str]]:
        return [(each.kind, each.subject) for each in self.comparison.differences()]

    @property
    def one(self) -> Difference:
        (difference,) = self.comparison.differences()
        return difference


@pytest.fixture
def case() -> Case:
    return Case()


def test_what_agrees_is_no_difference(case: Case) -> None:
    assert case.found == []


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.SCHEDULED])
def test_a_schedule_of_what_is_not_to_run_is_an_orphan(case: Case, status: Status) -> None:
    case.become(status=status, deleted=status is Status.CANCELLED, due=NOW + 5 * MINUTE)
    case.schedules[case.first] = schedule(case.executors[case.first])
    case.tally()
    assert (case.one.kind, case.one.subject, case.one.repairable, case.one.counts) == (
        Kind.ORPHAN,
        case.first,
        True,
        True,
    )
    assert case.one.details == (
        "its executor was deleted" if status is Status.CANCELLED else f"its executor is {status}"
    )


def test_a_schedule_of_nobody_is_an_orphan(case: Case) -> None:
    del case.executors[case.first]
    case.schedules[case.first] = replace(case.schedules[case.first], due=NOW + 5 * MINUTE)
    case.tally()
    assert case.found == [(Kind.ORPHAN, case.first)] and case.one.details == "there is no such executor"


def test_schedules_of_a_plan_whose_deletion_is_finished_are_orphans(case: Case) -> None:
    case.plan = replace(case.plan, state=PlanState.DELETED)
    case.now = NOW - MINUTE
    assert case.found == [(Kind.ORPHAN, name) for name in case.schedules]


@pytest.mark.parametrize("enabled", [True, False])
def test_a_schedule_that_has_just_fired_is_about_to_go(case: Case, enabled: bool) -> None:
    case.become(status=Status.SUCCEEDED)
    case.tally()
    case.schedules = {case.first: schedule(case.executors[case.first], enabled=enabled)}
    later = [(Kind.MISSING, id) for id in case.executors if id != case.first]
    assert case.found == later if enabled else [(Kind.ORPHAN, case.first), *later]
    case.now += GRACE + 17 * MINUTE
    assert (Kind.ORPHAN, case.first) in case.found


def test_one_that_fires_again_and_again_is_an_orphan_at_once(case: Case) -> None:
    case.become(status=Status.SUCCEEDED)
    case.tally()
    case.schedules[case.first] = replace(case.schedules[case.first], due=None)
    assert case.found == [(Kind.ORPHAN, case.first)]


def test_an_executor_to_come_without_a_schedule_misses_it(case: Case) -> None:
    del case.schedules[case.first]
    assert case.found == [(Kind.MISSING, case.first)] and case.one.repairable
    assert case.one.details == "it is due at 2099-06-21 12:01:00 UTC and has no schedule"


def test_one_whose_date_has_come_needs_none_and_may_have_any(case: Case) -> None:
    case.now = case.executors[case.first].due
    case.schedules[case.first] = replace(case.schedules[case.first], facts={}, enabled=False)
    assert case.found == []
    del case.schedules[case.first]
    assert case.found == []


def test_a_schedule_that_says_otherwise_is_reported_with_both(case: Case) -> None:
    case.schedules[case.first] = schedule(case.executors[case.first], facts={"date": "12:00:30"})
    assert case.found == [(Kind.DIFFERENT, case.first)] and case.one.repairable
    assert case.one.details == f"date is 12:00:30, should be 12:01:00; input is (none), should be {case.first}"


def test_a_disabled_schedule_is_only_reported(case: Case) -> None:
    case.schedules[case.first] = schedule(case.executors[case.first], enabled=False)
    assert case.found == [(Kind.DISABLED, case.first)] and not case.one.counts and not case.one.repairable


def test_a_disabled_schedule_that_says_otherwise_is_not_written_anew(case: Case) -> None:
    case.schedules[case.first] = schedule(case.executors[case.first], facts={}, enabled=False)
    assert case.found == [(Kind.DIFFERENT, case.first)] and case.one.counts and not case.one.repairable


def test_a_schedule_with_another_name_is_not_the_engines(case: Case) -> None:
    case.schedules["doctor-1"] = Scheduled(name="doctor-1", facts={}, due=None, enabled=False)
    assert case.found == [(Kind.FOREIGN, "doctor-1")] and case.one.counts and not case.one.repairable


def unsynced(case: Case, since: datetime) -> str:
    case.unsynced[case.first] = since
    return case.first


def creating(case: Case, since: datetime) -> str:
    case.plan = replace(case.plan, state=PlanState.CREATING, created=since)
    return case.plan.id


def half_deleted(case: Case, since: datetime) -> str:
    case.plan = replace(case.plan, state=PlanState.DELETED)
    case.half_deleted[case.plan.id] = since
    return case.plan.id


def undelivered(case: Case, since: datetime) -> str:
    case.become(due=since - GRACE)
    case.tally()
    return case.first


def broken_off(case: Case, since: datetime) -> str:
    case.become(status=Status.RUNNING, run=replace(run(), lease_until=since), due=since - GRACE)
    case.tally()
    return case.first


UNFINISHED = [unsynced, creating, half_deleted, undelivered, broken_off]


@pytest.mark.parametrize("becomes", UNFINISHED, ids=lambda becomes: becomes.__name__)
def test_what_the_table_notes_as_unfinished_is_reported_and_left_to_the_sweep(
    case: Case, becomes: Callable[[Case, datetime], str]
) -> None:
    since = NOW - MINUTE
    subject = becomes(case, since)
    del case.schedules[case.first]
    assert case.found == [(Kind.PENDING, subject)] and case.one.since == since
    assert not case.one.counts and not case.one.repairable


@pytest.mark.parametrize("becomes", UNFINISHED, ids=lambda becomes: becomes.__name__)
def test_what_the_sweep_should_have_ended_long_ago_counts(case: Case, becomes: Callable[[Case, datetime], str]) -> None:
    subject = becomes(case, NOW - 31 * MINUTE)
    del case.schedules[case.first]
    assert case.found == [(Kind.LEFT, subject)] and case.one.counts and not case.one.repairable


@pytest.mark.parametrize("state", [PlanState.CREATING, PlanState.DELETED])
def test_executors_are_not_late_where_their_plan_is_not_active(case: Case, state: PlanState) -> None:
    case.plan = replace(case.plan, state=state)
    case.become(due=NOW - FOREVER)
    assert not {(Kind.PENDING, case.first), (Kind.LEFT, case.first)} & set(case.found)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"remaining": 2}, "remaining: 2 on record, 3 counted"),
        ({"running": 1}, "running: 1 on record, 0 counted"),
        ({"dues": (NOW, NOW + MINUTE)}, "dates: 2 on record, 3 counted"),
        ({"dues": (NOW, NOW, NOW)}, "its dates are not those of its executors"),
        ({"remaining": 0, "running": 2}, "remaining: 0 on record, 3 counted; running: 2 on record, 0 counted"),
    ],
)
def test_a_tally_is_held_against_a_recount(case: Case, changed: dict[str, Any], says: str) -> None:
    case.plan = replace(case.plan, **changed)
    assert case.found == [(Kind.TALLY, case.plan.id)]
    assert case.one.details == says and case.one.counts and not case.one.repairable


def test_the_deleted_are_not_counted(case: Case) -> None:
    case.become(status=Status.CANCELLED, deleted=True)
    case.tally()
    del case.schedules[case.first]
    assert case.found == [] and case.plan.remaining == 2


def test_what_may_have_expired_is_not_missed_in_a_tally(case: Case) -> None:
    case.become(due=NOW - RETENTION, status=Status.SUCCEEDED)
    case.tally()
    del case.schedules[case.first]
    assert case.found == []
    del case.executors[case.first]
    assert case.found == [] and case.plan.total == 3


class TestRowsThatCannotBeRead:
    def broken(self, case: Case, kind: BrokenKind, id: str) -> Broken:
        return Broken(kind=kind, id=id, plan_id=case.plan.id, problem="its status is missing")

    def test_an_executors_is_listed_and_neither_its_schedule_nor_the_tally_is_judged(self, case: Case) -> None:
        del case.executors[case.first]
        case.broken[case.first] = self.broken(case, BrokenKind.EXECUTOR, case.first)
        assert [(each.kind, each.subject, each.repairable) for each in case.comparison.differences()] == [
            (Kind.BROKEN, case.first, False)
        ]

    def test_a_plans_is_listed_and_no_schedule_of_it_is_an_orphan(self, case: Case) -> None:
        comparison = replace(
            case.comparison,
            contents=replace(
                case.comparison.contents,
                plans={},
                broken={case.plan.id: self.broken(case, BrokenKind.PLAN, case.plan.id)},
            ),
        )
        assert [(each.kind, each.subject) for each in comparison.differences()] == [(Kind.BROKEN, case.plan.id)]


def test_differences_come_by_kind_and_subject(case: Case) -> None:
    ids = list(case.executors)
    case.plan = replace(case.plan, running=1)
    case.schedules = {"x": Scheduled(name="x", facts={}, due=None), ids[2]: case.schedules[ids[2]]}
    assert case.found == [
        (Kind.MISSING, ids[0]),
        (Kind.MISSING, ids[1]),
        (Kind.FOREIGN, "x"),
        (Kind.TALLY, case.plan.id),
    ]


MINUTES = st.integers(-60, 60)
STATES = st.sampled_from(PlanState)
ROWS = st.fixed_dictionaries({"due": MINUTES, "status": st.sampled_from(Status), "deleted": st.booleans()})
SCHEDULES = st.none() | st.fixed_dictionaries({"due": MINUTES, "enabled": st.booleans()})


@given(STATES, st.lists(st.tuples(ROWS | st.none(), SCHEDULES), min_size=1, max_size=6))
def test_schedules_are_judged_as_one_would_each_by_itself(
    state: PlanState, drawn: list[tuple[dict[str, Any] | None, dict[str, Any] | None]]
) -> None:
    case = Case(len(drawn))
    case.plan = replace(case.plan, state=state)
    expected = set()
    for id, (row, found) in zip(list(case.executors), drawn, strict=True):
        executor = case.executors.pop(id)
        due = NOW + MINUTE * (row["due"] if row else 0)
        if row:
            case.executors[id] = replace(executor, status=row["status"], deleted=row["deleted"], due=due)
        del case.schedules[id]
        fires = None
        if found:
            fires = NOW + MINUTE * found["due"]
            case.schedules[id] = schedule(replace(executor, due=fires), enabled=found["enabled"])
        if state is PlanState.CREATING:
            continue
        live = row and state is PlanState.ACTIVE and row["status"] is Status.SCHEDULED and not row["deleted"]
        if found and not live and not (found["enabled"] and fires and NOW - 30 * MINUTE <= fires <= NOW + MINUTE):
            expected.add((Kind.ORPHAN, id))
        if live and due > NOW and not found:
            expected.add((Kind.MISSING, id))
        if live and due > NOW and found and fires != due:
            expected.add((Kind.DIFFERENT, id))
        if live and due > NOW and found and fires == due and not found["enabled"]:
            expected.add((Kind.DISABLED, id))
    of_schedules = {Kind.ORPHAN, Kind.MISSING, Kind.DIFFERENT, Kind.DISABLED, Kind.FOREIGN}
    assert {(kind, id) for kind, id in case.found if kind in of_schedules} == expected


@given(st.lists(ROWS, min_size=1, max_size=6), st.integers(0, 6), st.integers(0, 6))
def test_a_tally_is_right_exactly_where_it_equals_the_recount(
    rows: list[dict[str, Any]], remaining: int, running: int
) -> None:
    case = Case(len(rows))
    for id, row in zip(list(case.executors), rows, strict=True):
        case.executors[id] = replace(case.executors[id], **{**row, "due": NOW + MINUTE * row["due"]})
    case.tally()
    right = (case.plan.remaining, case.plan.running) == (remaining, running)
    assert (Kind.TALLY, case.plan.id) not in case.found
    case.plan = replace(case.plan, remaining=remaining, running=running)
    assert ((Kind.TALLY, case.plan.id) not in case.found) is right


def test_the_plan_of_a_case_is_as_a_plan_is(case: Case) -> None:
    before: Plan = case.plan
    case.tally()
    assert case.plan == before
