"""From a request to a plan and its executors."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import APIError, InvalidRequest, PlannerRefused
from chalicelib.domain.model import Executor, Plan, PlanRequest, PlanState, Status
from chalicelib.planning import build
from chalicelib.plugin import Circumstances
from tests.support.world import ATTACKS, MADRID, NOTE, NOW, PLANNERS, odd_document, plan_document

ID = "0" * 32


def draw(document: dict[str, Any], *, now: datetime = NOW, largest: int = 1000, seed: int = 7) -> tuple[Plan, Any]:
    request = PlanRequest(name=document["name"], attack=document["attack"], planner=document["planner"])
    circumstances = Circumstances(now=now, rng=Random(seed), timezone=MADRID)
    return build.draw(ID, request, circumstances, attacks=ATTACKS, planners=PLANNERS, largest=largest)


def only(document: dict[str, Any]) -> Executor:
    _, (executor,) = draw(document)
    return executor


def test_a_plan_is_drawn_with_its_executors_in_the_order_of_their_dates() -> None:
    plan, executors = draw(plan_document("2027-06-02", "2027-06-01"), now=NOW.replace(microsecond=5))
    assert (plan.id, plan.name, plan.state, plan.created) == (ID, "a plan", PlanState.CREATING, NOW)
    assert (plan.total, plan.remaining, plan.running, plan.executed) == (2, 2, 0, False)
    assert [each.id for each in executors] == [f"{ID}-0000", f"{ID}-0001"]
    assert [each.due for each in executors] == list(plan.dues) == sorted(plan.dues)
    assert plan.next_due == executors[0].due
    assert {(each.plan_id, each.status, each.attack) for each in executors} == {(ID, Status.SCHEDULED, None)}


def test_a_plan_may_be_as_large_as_allowed() -> None:
    plan, executors = draw(odd_document("times", number=1000))
    assert plan.total == len({each.id for each in executors}) == 1000
    assert executors[-1].id == f"{ID}-0999"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("raise", "KeyError: 'date'"),
        ("exit", "SystemExit: 1"),
        ("nothing", "it planned no attack"),
        ("past", "it planned an attack at 2027-03-01T08:59:59+00:00, which is in the past"),
        ("now", "which is in the past"),
        ("too far", "9000-01-01 or later"),
        ("no zone has it", "OverflowError"),
        ("nameless", "it named a job '', names are 1 to 256 printable characters"),
        ("long name", "names are 1 to 256 printable characters"),
        ("name of two lines", "it named a job 'one\\ntwo'"),
        ("attack that is no JSON", "its attack is no JSON: TypeError"),
    ],
)
def test_a_planner_that_makes_no_good_plan_is_refused_by_name(how: str, reason: str) -> None:
    with pytest.raises(PlannerRefused) as raised:
        draw(odd_document(how))
    assert str(raised.value).startswith("planner odd:Odd made no plan: ") and reason in str(raised.value)


def test_too_many_attacks_are_refused() -> None:
    with pytest.raises(PlannerRefused, match="it planned 4 attacks, a plan has at most 3"):
        draw(odd_document("times", number=4), largest=3)


def test_what_a_planner_says_in_its_own_words_passes() -> None:
    with pytest.raises(APIError) as raised:
        draw(odd_document("answer"))
    assert raised.value.to_dict() == {"team": "a", "msg": "no such team"} and raised.value.status_code == 404
    with pytest.raises(InvalidRequest, match="gave a str as a date"):
        draw(odd_document("text"))


def test_naive_dates_are_in_the_zone_of_the_engine_and_lose_their_fraction() -> None:
    assert only(odd_document("naive")).due == datetime(2027, 6, 21, 13, 30, tzinfo=UTC)
    assert only(odd_document("day")).due == datetime(2027, 6, 20, 22, tzinfo=UTC)


def test_a_planner_is_given_copies() -> None:
    document = odd_document("change")
    executor = only(document)
    assert document["attack"] == NOTE and NOTE["args"] == {"target": "node-1"}
    assert executor.attack == {"ref": "note:Note", "args": {"target": "another"}}
    assert draw(document)[0].planner == document["planner"]


def test_an_executor_keeps_its_own_attack_only_where_it_is_not_the_plans() -> None:
    own = {"ref": "note:Note", "args": {"target": "node-2"}}
    _, executors = draw(odd_document("both attacks", attack=own))
    assert [each.attack for each in executors] == [None, own]


def test_an_attack_of_the_planners_own_without_args_gets_none() -> None:
    document = {**odd_document("attack without args"), "attack": {"ref": "documented:MyAttack", "args": {"name": "a"}}}
    assert only(document).attack == {"ref": "documented:MyAttack", "args": {}}


@pytest.mark.parametrize(
    "attack", [{}, "note:Note", None, {"ref": "nope:Nope"}, {"ref": "note:Note", "args": {}}, {**NOTE, "guard": 1}]
)
def test_an_attack_of_the_planners_own_is_held_to_what_could_be_posted(attack: Any) -> None:
    with pytest.raises(InvalidRequest):
        draw(odd_document("own attack", attack=attack))


def test_an_attack_of_the_planners_own_is_no_larger_than_a_body_may_be() -> None:
    own = {"ref": "note:Note", "args": {"target": "a", "filters": {"x": "ñ" * 131_072}}}
    with pytest.raises(PlannerRefused, match="it made up an attack larger than 256 KB"):
        draw(odd_document("own attack", attack=own))


def test_the_originals_practice_makes_the_same_plan() -> None:
    document = {
        "name": "as it was",
        "attack": NOTE,
        "planner": {"ref": "original:OriginalPlanner", "args": {"date": "2027-06-21T15:30", "times": 2}},
    }
    _, executors = draw(document)
    assert [each.due for each in executors] == [datetime(2027, 6, day, 13, 30, tzinfo=UTC) for day in (21, 22)]
    assert {each.name for each in executors} == {"as it was"}


@given(st.integers(0, 2**32), st.timedeltas(timedelta(), timedelta(days=3650)))
def test_the_same_circumstances_give_the_same_plan(seed: int, later: timedelta) -> None:
    document = odd_document("chance")
    assert draw(document, seed=seed, now=NOW + later) == draw(document, seed=seed, now=NOW + later)


@given(st.lists(st.datetimes(datetime(2028, 1, 1), datetime(2037, 1, 1)), min_size=1, max_size=40))
def test_ids_follow_the_dates_and_the_tally_the_executors(dates: list[datetime]) -> None:
    plan, executors = draw(plan_document(*(f"{date:%Y-%m-%dT%H:%M:%S}" for date in dates)))
    assert [each.id for each in sorted(executors, key=lambda each: each.due)] == sorted(each.id for each in executors)
    assert sorted(each.due for each in executors) == list(plan.dues)
    assert len({each.id for each in executors}) == plan.total == plan.remaining == len(dates)
