"""``POST plans/{id}/clone``: another plan like one that there is, its dates drawn anew."""

from typing import Any

import pytest

from chalicelib.plugin import Planner
from chalicelib.plugin.registry import Registry
from tests.api.client import SENT, Answer, Client
from tests.support.world import HandClock, World, later, plan_document, world

UNKNOWN = "0123456789abcdef" * 2
EVERY_DAY = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "24:00"}
AT_RANDOM = {"ref": "random_planner:RandomPlanner", "args": {"times": 4, "windows": [EVERY_DAY]}}


@pytest.fixture
def plan(api: Client) -> Answer:
    document = plan_document(later(hours=1), later(hours=2))
    return api.post("/api/1/plans/", {**document, "guards": {"probability": 0.5}, "mode": "dry_run"})


def clone(api: Client, plan: Answer, query: str = "", **headers: str) -> Answer:
    return api("POST", f"/api/1/plans/{plan['id']}/clone{query}", headers={**SENT, **headers})


def test_a_clone_has_what_was_posted_and_executors_of_its_own(api: Client, plan: Answer, some: World) -> None:
    cloned = clone(api, plan)
    assert (cloned.status, cloned["msg"]) == (200, "ok")
    assert cloned.headers["location"] == f"/api/1/plans/{cloned['id']}" != f"/api/1/plans/{plan['id']}"
    for name in ("name", "attack", "planner", "mode", "guards", "executors_count", "next_execution"):
        assert cloned[name] == plan[name]
    executors = api.follow(cloned.doc)["_embedded"]["executors"]
    assert {each["plan_id"] for each in executors} == {cloned["id"]} and len(executors) == 2
    assert len(some.schedules.dues) == 4


def test_its_dates_are_drawn_anew() -> None:
    api = Client(world(planners=Registry("planner", "plugins.planners", Planner)))
    plan = api.post("/api/1/plans/", {**plan_document(), "planner": AT_RANDOM})
    dates = [
        [each["next_run_time"] for each in api.follow(made.doc)["_embedded"]["executors"]]
        for made in (plan, clone(api, plan))
    ]
    assert len(dates[0]) == len(dates[1]) == 4 and dates[0] != dates[1]


def test_its_attacks_have_the_secrets_of_the_plan_also_once_that_was_deleted(api: Client, some: World) -> None:
    attack = {"ref": "note:Note", "args": {"target": "a", "secret": "hunter2"}}
    plan = api.post("/api/1/plans/", plan_document(later(hours=1), attack=attack))
    cloned = clone(api, clone(api, plan))
    assert cloned["attack"]["args"]["secret"] == "********" and some.vault.sealed == 1
    assert api.delete(f"/api/1/plans/{plan['id']}").status == 200
    [executor] = some.plans.get(cloned["id"])[1]
    ended = some.run(executor)
    assert ended.status == "succeeded", ended  # type: ignore[union-attr]
    assert "hunter2" not in repr(some.store.plans.load(cloned["id"]))


def test_a_dry_run_shows_it_and_makes_nothing(api: Client, plan: Answer) -> None:
    shown = clone(api, plan, "?dry_run=true")
    assert shown.status == 200 and len(shown["_embedded"]["executors"]) == 2 and "id" not in shown.doc
    assert len(api.get("/api/1/plans/")["plans"]) == 1


def test_targets_of_an_attack_with_secrets_are_not_looked_up(api: Client) -> None:
    attack = {"ref": "seeker:Seeker", "args": {"how": "one", "secret": "hunter2"}}
    plan = api.post("/api/1/plans/", plan_document(later(hours=1), attack=attack))
    assert "stay encrypted" in clone(api, plan, "?dry_run=true")["targets"]["unknown"]
    assert clone(api, plan).status == 200


def test_the_same_key_makes_one_clone(api: Client, plan: Answer) -> None:
    keyed: dict[str, Any] = {"Idempotency-Key": "monday-1"}
    first, again = clone(api, plan, **keyed), clone(api, plan, **keyed)
    assert first["id"] == again["id"] != plan["id"]
    assert clone(api, first, **keyed).status == 409, "of another plan"


@pytest.mark.parametrize("id", [UNKNOWN, "x", f"{UNKNOWN}-0000"])
def test_a_plan_that_is_not_there_is_a_404(id: str, api: Client) -> None:
    assert api("POST", f"/api/1/plans/{id}/clone").status == 404


def test_a_plan_whose_dates_are_over_is_refused_with_its_place() -> None:
    clock = HandClock()
    api = Client(world(clock=clock, planners=Registry("planner", "plugins.planners", Planner)))
    planner = {"ref": "exact_planner:ExactPlanner", "args": {"date": later(hours=1)}}
    plan = api.post("/api/1/plans/", {**plan_document(), "planner": planner})
    clock.advance(hours=2)
    refused = clone(api, plan)
    assert refused.status == 400 and refused["errors"][0]["path"] == "$.planner.args.date"


def test_a_body_is_refused(api: Client, plan: Answer) -> None:
    assert api.post(f"/api/1/plans/{plan['id']}/clone", {"name": "x"}).status == 400
