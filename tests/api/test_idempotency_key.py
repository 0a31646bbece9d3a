"""``POST plans/`` with an ``Idempotency-Key``."""

import importlib
import json
from typing import Any

import pytest

from tests.api.client import HAL, SENT, Answer, Client
from tests.support.disturbed_adapters import fail
from tests.support.world import World, later, plan_document

PLAN = plan_document(later(hours=1), later(hours=2))
A_KEY = "5cc4ac5a-3f0b-4f0e-9d2b-8f5a6b1c2d3e"


def post(api: Client, body: Any = PLAN, key: str = A_KEY, query: str = "", name: str = "Idempotency-Key") -> Answer:
    return api("POST", f"/api/1/plans/{query}", body, {**SENT, name: key})


def total(api: Client) -> int:
    return len(api.get("/api/1/plans/?all=true")["plans"])


@pytest.mark.parametrize("name", ["Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY"])
def test_the_same_request_is_answered_with_the_same_plan(name: str, api: Client) -> None:
    made, again = post(api, name=name), post(api, name=name)
    assert made.status == again.status == 200 and made.type == again.type == HAL
    assert made.doc == again.doc and made["msg"] == "ok"
    assert made.headers["location"] == again.headers["location"] == f"/api/1/plans/{made['id']}"
    assert total(api) == 1


def test_the_plan_is_shown_as_a_get_shows_it_by_then(api: Client, some: World) -> None:
    made = post(api)
    (first, _) = some.plans.get(made["id"])[1]
    some.run(first)
    api.put(made.headers["location"], {"name": "renamed"})
    again, found = post(api).doc, api.get(made.headers["location"]).doc
    del found["_embedded"]
    assert again == {"msg": "ok", **found} and (again["name"], again["executors_count"]) == ("renamed", 1)


def test_the_same_body_may_be_written_otherwise(api: Client) -> None:
    made = post(api)
    turned = dict(reversed(PLAN.items()))
    assert post(api, json.dumps(turned, indent=4)).doc == made.doc
    assert post(api, json.dumps(turned).encode()).doc == made.doc


def test_another_body_is_409_and_makes_nothing(api: Client) -> None:
    post(api)
    refused = post(api, {**PLAN, "name": "another"})
    assert refused.status == 409 and "send a new key with a new body" in refused["msg"]
    assert total(api) == 1


def test_a_key_whose_plan_was_deleted_is_409_and_makes_nothing(api: Client, some: World) -> None:
    api.follow(post(api).doc, "delete", "DELETE")
    refused = post(api)
    assert refused.status == 409 and "was deleted: send a new key to make another" in refused["msg"]
    assert some.is_empty


def test_while_the_first_is_being_made_the_second_is_409_and_says_when_to_come_again(api: Client, some: World) -> None:
    second: list[Answer] = []
    some.schedules.before["put_all"].append(lambda: second.append(post(api)))  # type: ignore[attr-defined]
    made = post(api)
    assert (second[0].status, second[0].headers["retry-after"]) == (409, "5")
    assert second[0]["msg"] == "the plan of this Idempotency-Key is still being made: try again in 5 seconds"
    assert post(api).doc == made.doc and total(api) == 1


def test_after_a_503_the_same_request_makes_the_plan(api: Client, some: World) -> None:
    some.store.before["commit"].append(fail)  # type: ignore[attr-defined]
    assert post(api).status == 503 and some.is_empty
    assert post(api).status == 200 and total(api) == 1


def test_after_a_400_the_key_can_be_used_with_a_corrected_body(api: Client) -> None:
    assert post(api, {**PLAN, "name": 3}).status == 400
    assert post(api).status == 200


def test_a_repetition_long_after_the_dates_of_its_plan_gets_it(api: Client, some: World) -> None:
    made = post(api)
    some.clock.advance(hours=20)
    assert post(api)["id"] == made["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "clé", "a\tb", "\x7f"])
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_what_is_no_key_is_a_400_that_says_what_one_is(key: str, query: str, api: Client, some: World) -> None:
    refused = post(api, key=key, query=query)
    assert refused.status == 400 and "1 to 255 printable ASCII characters" in refused["msg"]
    assert some.is_empty


def test_a_dry_run_does_not_use_the_key(api: Client) -> None:
    drawn = post(api, {**PLAN, "name": "tried"}, query="?dry_run=true")
    assert drawn.status == 200 and "id" not in drawn.doc
    made = post(api)
    assert made.status == 200
    assert "id" not in post(api, query="?dry_run=true").doc and total(api) == 1


def test_a_browser_may_send_it() -> None:
    app = importlib.import_module("app").app
    allowed = app.routes["/1/plans"]["POST"].cors.get_access_control_headers()["Access-Control-Allow-Headers"]
    assert {"Idempotency-Key", "Content-Type", "Authorization"} <= set(allowed.split(","))
