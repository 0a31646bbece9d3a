"""``plans/{id}``: reading, renaming and deleting a plan."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.model import Result, Status
from tests.api.client import HAL, JSON, Answer, Client
from tests.support.disturbed_adapters import fail
from tests.support.world import World, later, odd_document, plan_document

UNKNOWN = "0123456789abcdef" * 2
STRANGE = [
    "x",
    "a%20b%23c",
    "%00",
    "%0A",
    "%C3%B1",
    "%FF",
    "..",
    "0" * 33,
    "a" * 1500,
    "%22%3E%3Cscript%3E",
    "%F0%9F%98%80",
]


@pytest.fixture
def plan(api: Client) -> Answer:
    return api.post("/api/1/plans/", plan_document(later(hours=1), later(hours=2), later(hours=3)))


def shown(api: Client, plan: Answer) -> Any:
    return api.follow(plan.doc).doc


class TestReading:
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_a_plan_holds_its_executors_in_the_order_of_their_dates(
        self, slash: str, api: Client, plan: Answer
    ) -> None:
        found = api.get(f"/api/1/plans/{plan['id']}{slash}")
        assert found.type == HAL
        executors = found["_embedded"]["executors"]
        assert [each["next_run_time"][11:19] for each in executors] == ["11:00:00", "12:00:00", "13:00:00"]
        for executor in executors:
            assert api.follow(executor).doc == executor
            assert api.follow(executor, "plan")["id"] == plan["id"]

    @pytest.mark.parametrize("query", ["", "/", "?x=1", "/?all=true&x=%C3%B1&x=2"])
    def test_the_self_link_is_what_was_asked_for(self, query: str, api: Client, plan: Answer) -> None:
        asked = f"/api/1/plans/{plan['id']}{query}"
        found = api.get(asked)
        assert found["_links"]["self"]["href"] == asked
        assert found["_links"]["update"]["href"] == f"/api/1/plans/{plan['id']}"
        assert api.follow(found.doc).doc == found.doc

    def test_the_tally_follows_what_runs_moves_and_is_deleted(self, api: Client, plan: Answer, some: World) -> None:
        def tally() -> tuple[Any, ...]:
            found = shown(api, plan)
            (listed,) = api.get("/api/1/plans/?all=true")["plans"]
            names = ("executors_count", "executors_total", "next_execution", "executed")
            assert [found[name] for name in names] == [listed[name] for name in names]
            left = [each for each in found["_embedded"]["executors"] if not each["executed"]]
            assert found["next_execution"] == (left[0]["next_run_time"] if left else None)
            return found["executors_count"], found["executors_total"], (found["next_execution"] or "")[:16]

        first, second, third = some.plans.get(plan["id"])[1]
        assert tally() == (3, 3, "2027-03-01T11:00")
        some.run(first)
        assert tally() == (2, 3, "2027-03-01T12:00")
        api.put(f"/api/1/executors/{second.id}", {"type": "date", "args": {"date": later(days=1)}})
        assert tally() == (2, 3, "2027-03-01T13:00")
        api.delete(f"/api/1/executors/{third.id}")
        assert tally() == (1, 2, "2027-03-02T10:00")
        api.delete(f"/api/1/executors/{first.id}")
        assert tally() == (1, 1, "2027-03-02T10:00")
        some.run(some.executors.get(second.id))
        assert tally() == (0, 1, "")
        api.delete(f"/api/1/executors/{second.id}")
        assert tally() == (0, 0, "") and shown(api, plan)["executed"] is True

    @pytest.mark.parametrize("plan_id", [UNKNOWN, *STRANGE])
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_an_unknown_one_is_not_found(self, method: str, plan_id: str, api: Client) -> None:
        missed = api(method, f"/api/1/plans/{plan_id}", {"name": "x"} if method == "PUT" else None)
        assert missed.status == 404 and missed["msg"].startswith("plan not found ")
        if plan_id == UNKNOWN:
            assert missed["msg"] == f"plan not found {UNKNOWN}"

    def test_a_large_one_fits_in_an_answer_whatever_its_executors_left_behind(self, api: Client, some: World) -> None:
        made = api.post("/api/1/plans/", odd_document("times", number=1000))
        for executor in some.plans.get(made["id"])[1]:
            result = Result(status=Status.SUCCEEDED, outcome={"log": "x" * 4000 + executor.id})
            some.store.runs.end(executor, result, some.clock.now)
        found = shown(api, made)
        assert len(found["_embedded"]["executors"]) == 1000
        executor = found["_embedded"]["executors"][7]
        assert "follow _links.self" in executor["outcome"]["left_out"] and executor["status"] == "succeeded"
        assert api.follow(executor)["outcome"]["log"].endswith(executor["id"])


class TestRenaming:
    def test_it_bears_its_new_name(self, api: Client, plan: Answer) -> None:
        renamed = api.follow(plan.doc, "update", "PUT", {"name": "ñandú ☃"})
        assert renamed.status == 200 and renamed.type == HAL and renamed["name"] == "ñandú ☃"
        assert {**plan.doc, "name": "ñandú ☃"} == {"msg": "ok", **renamed.doc}
        assert shown(api, plan)["name"] == "ñandú ☃"

    @pytest.mark.parametrize("plan_id", ["{plan}", UNKNOWN])
    @pytest.mark.parametrize(
        "body", [{}, {"name": ""}, {"name": "a\nb"}, {"name": "x" * 257}, {"name": "x", "id": "y"}, []]
    )
    def test_the_body_is_judged_before_the_id_is_looked_up(
        self, plan_id: str, body: Any, api: Client, plan: Answer
    ) -> None:
        refused = api.put(f"/api/1/plans/{plan_id.format(plan=plan['id'])}", body)
        assert refused.status == 400 and refused["msg"].startswith("invalid payload ")
        assert shown(api, plan)["name"] == "a plan"

    def test_an_empty_body_is_no_json(self, api: Client, plan: Answer) -> None:
        assert api.put(f"/api/1/plans/{plan['id']}", "")["msg"] == "payload must be a valid json"


class TestDeleting:
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_it_goes_with_its_executors_and_their_schedules(
        self, slash: str, api: Client, plan: Answer, some: World
    ) -> None:
        deleted = api.delete(f"/api/1/plans/{plan['id']}{slash}")
        assert (deleted.status, deleted.type) == (200, JSON)
        assert deleted.doc == {"msg": f"Plan {plan['id']} successfully deleted"}
        some.clock.advance(milliseconds=5)
        assert some.is_empty
        for method, body in (("GET", None), ("PUT", {"name": "x"}), ("DELETE", None)):
            assert api(method, f"/api/1/plans/{plan['id']}", body)["msg"] == f"plan not found {plan['id']}"
        assert api.get(f"/api/1/executors/{plan['id']}-0000").status == 404

    def test_not_while_one_of_them_runs(self, api: Client, plan: Answer, some: World) -> None:
        executor = some.plans.get(plan["id"])[1][0]
        some.store.before["end"].append(fail)  # type: ignore[attr-defined]
        some.run(executor)
        refused = api.delete(f"/api/1/plans/{plan['id']}")
        assert refused.status == 409 and "running" in refused["msg"]
        assert shown(api, plan)["executors_count"] == 3

    def test_where_the_table_fails_it_is_503_and_stays(self, api: Client, plan: Answer, some: World) -> None:
        some.store.before["soft_delete"].append(fail)  # type: ignore[attr-defined]
        assert api.delete(f"/api/1/plans/{plan['id']}").status == 503
        assert len(some.schedules.dues) == shown(api, plan)["executors_count"] == 3

    def test_where_only_its_schedules_fail_it_is_gone(self, api: Client, plan: Answer, some: World) -> None:
        some.schedules.before["drop_all"].append(fail)  # type: ignore[attr-defined]
        assert api.delete(f"/api/1/plans/{plan['id']}").status == 200
        some.clock.advance(seconds=1)
        assert api.get(f"/api/1/plans/{plan['id']}").status == 404
        some.sweep.sweep()
        assert some.is_empty


@pytest.mark.parametrize(("method", "body"), [("PUT", {"name": "other"}), ("DELETE", None)])
@pytest.mark.parametrize("query", ["dry_run=true", "x=true", "all=true", "x"])
def test_what_changes_a_plan_takes_no_parameter(method: str, body: Any, query: str, api: Client, plan: Answer) -> None:
    refused = api(method, f"/api/1/plans/{plan['id']}?{query}", body)
    assert refused.status == 400 and query.split("=")[0] in refused["msg"] and "takes none" in refused["msg"]
    assert shown(api, plan)["name"] == "a plan"


def test_created_is_when_it_was_posted(api: Client, some: World) -> None:
    some.clock.advance(days=120, milliseconds=999)
    made = api.post("/api/1/plans/", plan_document(f"{some.clock.now + timedelta(days=1):%Y-%m-%d}"))
    assert made["created"] == "2027-06-29T11:00:00+02:00"
