"""``GET executors/?status=&plan=&since=&until=``: what is found, page by page, and what is refused."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.model import Executor, Result, Status
from tests.api.client import Client
from tests.contract.builders import run
from tests.support.disturbed_adapters import fail
from tests.support.world import MADRID, NOW, World, plan_document, world

ENDED = ("succeeded", "failed", "skipped", "missed")
OPEN = ("scheduled", "running")
UNKNOWN_PLAN = "0" * 32


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def written(date: datetime) -> str:
    return f"{date:%Y-%m-%dT%H:%M:%SZ}"


def found(api: Client, **query: Any) -> list[str]:
    """The ids that all pages of the list show, in order; each page is as long as it can be."""
    pages = api.pages(f"/api/1/executors/?{urlencode(query)}")
    limit = query.get("limit", 100)
    assert all(len(page["executors"]) == limit for page in pages[:-1])
    return [executor["id"] for page in pages for executor in page["executors"]]


def refusal(api: Client, query: str, status: int = 400) -> str:
    refused = api.get(f"/api/1/executors/?{query}")
    assert refused.status == status, refused
    return str(refused["msg"])


def become(some: World, executor: Executor, status: str) -> None:
    """The executor as if it had come to that."""
    if status in ENDED:
        some.store.runs.end(executor, Result(status=Status(status)), NOW)
    elif status == "running":
        some.store.claims.claim(executor, run(started=NOW))


def populate(some: World, plans: list[list[tuple[int, str]]]) -> tuple[list[str], list[Any]]:
    """Plans of executors, each so many minutes ahead and in that status: ids of the plans, what the API shows."""
    ids = []
    for executors in plans:
        _, made = some.plan(*(written(at(minute)) for minute, _ in executors))
        for executor, (_, status) in zip(made, sorted(executors, key=lambda each: each[0]), strict=True):
            become(some, executor, status)
        ids.append(made[0].plan_id)
    return ids, Client(some).get("/api/1/executors/?executed=true&limit=1000")["executors"]


def naive(everyone: list[Any], query: Mapping[str, Any]) -> list[str]:
    """The ids that looking at each executor by itself finds."""
    wanted = []
    for each in sorted(everyone, key=lambda each: (datetime.fromisoformat(each["next_run_time"]), each["id"])):
        date = datetime.fromisoformat(each["next_run_time"])
        refused = [
            query.get("executed") != "true" and each["executed"],
            "status" in query and query["status"] != each["status"],
            "plan" in query and query["plan"] != each["plan_id"],
            "since" in query and date < datetime.fromisoformat(query["since"]),
            "until" in query and date >= datetime.fromisoformat(query["until"]),
        ]
        if not any(refused):
            wanted.append(each["id"])
    return wanted


MINUTES = st.integers(1, 12)
EXECUTORS = st.lists(st.tuples(MINUTES, st.sampled_from([*OPEN, *ENDED])), min_size=1, max_size=6)
SPANS = st.tuples(st.none() | st.integers(0, 13), st.none() | st.integers(0, 13)).filter(
    lambda span: None in span or span[0] < span[1]  # type: ignore[operator]
)


@given(st.data(), st.lists(EXECUTORS, min_size=1, max_size=4), SPANS, st.integers(1, 6))
def test_every_page_of_what_is_served_is_what_looking_at_each_executor_finds(
    data: Any, executors: list[list[tuple[int, str]]], span: tuple[int | None, int | None], limit: int
) -> None:
    some = world()
    plans, everyone = populate(some, executors)
    plan = data.draw(st.sampled_from([None, *plans]))
    executed = data.draw(st.booleans())
    served = [None, *(OPEN if plan else ()), *(ENDED if executed else ())]
    dates = [None if minute is None else written(at(minute)) for minute in span]
    query = {
        "executed": "true" if executed else None,
        "status": data.draw(st.sampled_from(served)),
        "plan": plan,
        "since": dates[0],
        "until": dates[1],
    }
    query = {name: value for name, value in query.items() if value is not None}
    assert found(Client(some), limit=limit, **query) == naive(everyone, query)


@pytest.fixture
def listed(some: World) -> tuple[list[str], list[Any]]:
    """Three plans; every status there is."""
    return populate(
        some,
        [
            [(1, "succeeded"), (2, "failed"), (3, "running"), (9, "scheduled")],
            [(1, "missed"), (4, "skipped"), (5, "scheduled")],
            [(2, "failed"), (6, "failed")],
        ],
    )


@pytest.mark.parametrize(
    ("query", "times"),
    [
        ("executed=true&status=failed", [2, 2, 6]),
        ("executed=true&status=missed", [1]),
        ("status=failed&executed=yes&since={3}", [6]),
        ("status=failed&executed=true&until={6}", [2, 2]),
        ("executed=true&since={2}&until={5}", [2, 2, 3, 4]),
        ("since={4}", [5, 9]),
        ("until={5}", [3]),
        ("plan={plan}", [3, 9]),
        ("plan={plan}&executed=true", [1, 2, 3, 9]),
        ("plan={plan}&status=scheduled", [9]),
        ("plan={plan}&status=running&executed=true", [3]),
        ("plan={plan}&status=failed&executed=true&since={2}&until={3}", [2]),
        ("plan={plan}&executed=true&since={9}", [9]),
        ("executed=true&status=failed&nonsense=1&all=2", [2, 2, 6]),
    ],
)
def test_what_is_asked_for_is_found(
    query: str, times: list[int], api: Client, listed: tuple[list[str], list[Any]]
) -> None:
    filled = query.format(*(written(at(minute)) for minute in range(10)), plan=listed[0][0])
    shown = api.get(f"/api/1/executors/?{filled}")["executors"]
    assert [datetime.fromisoformat(each["next_run_time"]) for each in shown] == [at(minute) for minute in times]


@pytest.mark.parametrize("status", ["Failed", "", "cancelled", "open", "failed ", "failed,missed", "ñ" * 300])
def test_an_unknown_status_is_a_400_that_names_those_there_are(status: str, api: Client) -> None:
    said = refusal(api, urlencode({"status": status, "executed": "true"}))
    assert "give one of scheduled, running, succeeded, failed, skipped, missed" in said and len(said) < 300


@pytest.mark.parametrize("status", ENDED)
@pytest.mark.parametrize("query", ["", "&executed=false", "&plan=" + UNKNOWN_PLAN])
def test_how_it_ended_is_asked_of_what_has_ended(status: str, query: str, api: Client) -> None:
    assert "add executed=true" in refusal(api, f"status={status}{query}")


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize("query", ["", "&executed=true", "&since=2027-06-21"])
def test_what_no_index_tells_apart_is_a_400_that_says_what_is_served(status: str, query: str, api: Client) -> None:
    said = refusal(api, f"status={status}{query}")
    assert "leave status out, since executed=false lists exactly these two, or name a plan as well" in said


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("text", ["", "tomorrow", "2027", "1800000000", "2027-02-30", "2027-06-21T15:30:00 02:00"])
def test_a_date_that_is_none_is_a_400_that_shows_one(name: str, text: str, api: Client) -> None:
    said = refusal(api, urlencode({name: text}))
    assert f"the parameter {name} cannot be read (Invalid date format)" in said
    assert "2027-06-21T15:30:00%2B02:00" in said


def test_a_date_too_far_ahead_is_a_400(api: Client) -> None:
    assert "before 9000-01-01" in refusal(api, "since=9999-12-31")


@pytest.mark.parametrize(("since", "until"), [("2027-06-21", "2027-06-21"), ("2027-06-22", "2027-06-21T23:59:59")])
def test_a_time_that_ends_before_it_begins_is_a_400(since: str, until: str, api: Client) -> None:
    assert "since is not before until" in refusal(api, f"since={since}&until={until}")


@pytest.mark.parametrize("name", ["status", "plan", "since", "until"])
def test_a_filter_given_twice_is_a_400(name: str, api: Client) -> None:
    assert f"the parameter {name} is given more than once" in refusal(api, f"{name}=2027-01-01&{name}=2027-01-01")


def test_a_plan_that_is_not_there_is_a_404(api: Client) -> None:
    assert refusal(api, urlencode({"plan": UNKNOWN_PLAN}), 404) == f"plan not found {UNKNOWN_PLAN}"


@pytest.mark.parametrize("plan", ["", "x", "a b", "A" * 32, UNKNOWN_PLAN + "-0000"])
def test_what_has_not_the_shape_of_a_plans_id_is_a_404_that_does_not_repeat_it(plan: str, api: Client) -> None:
    said = refusal(api, urlencode({"plan": plan}), 404)
    assert said == "plan not found: the parameter plan is not the id of one"


def test_a_deleted_plan_is_a_404(api: Client, some: World) -> None:
    plan, _ = some.plan()
    some.plans.delete(plan.id)
    assert refusal(api, f"plan={plan.id}&executed=true", 404) == f"plan not found {plan.id}"


def test_a_deleted_executor_is_not_found_in_its_plan(api: Client, some: World) -> None:
    plan, executors = some.plan(written(at(1)), written(at(2)))
    some.executors.delete(executors[0].id)
    assert found(api, plan=plan.id, executed="true") == [executors[1].id]


def test_what_is_wrong_in_itself_is_refused_before_the_plan_is_looked_up(api: Client) -> None:
    assert "give one of" in refusal(api, f"plan={UNKNOWN_PLAN}&status=x")


def test_a_date_without_an_offset_is_local_and_one_in_the_past_is_as_good(api: Client, some: World) -> None:
    executor = some.executor(written(at(60)))
    some.clock.now = at(600)
    local = executor.due.astimezone(MADRID).replace(tzinfo=None)
    assert found(api, since=local.isoformat()) == found(api, since=f"{local:%Y-%m-%d}") == [executor.id]
    assert found(api, since=f"{local + timedelta(seconds=1)}") == found(api, until=local.isoformat()) == []
    assert found(api, since=local.isoformat() + "+01:00") == [executor.id]
    assert found(api, since="1970-01-01T12:00", until="8999-01-01") == [executor.id]


class TestCursors:
    QUERY = "executed=true&limit=1&status=failed&since=2027-03-01T10:00:00%2B01:00"

    def test_links_keep_the_filters(self, api: Client, listed: Any) -> None:
        page = api.get(f"/api/1/executors/?{self.QUERY}")
        followed = page["_links"]["next"]["href"]
        assert followed.startswith(f"/api/1/executors/?{self.QUERY.replace(':', '%3A')}&cursor=")
        assert page["_links"]["self"]["href"] == f"/api/1/executors/?{self.QUERY.replace(':', '%3A')}"

    def test_one_of_another_filter_is_a_400(self, api: Client, listed: Any) -> None:
        cursor = api.get(f"/api/1/executors/?{self.QUERY}")["_links"]["next"]["href"].partition("cursor=")[2]
        for other in (
            "executed=true",
            "executed=true&status=failed",
            "executed=true&status=missed&since=2027-03-01T09:00:00Z",
            "executed=true&status=failed&since=2027-03-01T09:00:01Z",
            "executed=true&status=failed&until=2027-03-01T09:00:00Z",
            f"executed=true&status=failed&since=2027-03-01T09:00:00Z&plan={listed[0][0]}",
        ):
            assert "follow _links.next" in refusal(api, f"{other}&cursor={cursor}")

    def test_the_same_filter_written_otherwise_is_the_same_list(self, api: Client, listed: Any) -> None:
        first = api.get(f"/api/1/executors/?{self.QUERY}")
        cursor = first["_links"]["next"]["href"].partition("cursor=")[2]
        same = f"since=2027-03-01T09:00:00Z&status=failed&executed=1&cursor={cursor}"
        assert len(api.get(f"/api/1/executors/?{same}")["executors"]) == 2


def test_where_the_table_fails_it_is_503(api: Client, some: World) -> None:
    plan = api.post("/api/1/plans/", plan_document(written(at(1))))
    some.store.before["load"].append(fail)  # type: ignore[attr-defined]
    assert api.get(f"/api/1/executors/?plan={plan['id']}").status == 503
    assert api.get(f"/api/1/executors/?plan={plan['id']}").status == 200
