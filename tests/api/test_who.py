"""Who called: on what it made, moved, ran and deleted, and in the log."""

import json
from typing import Any

import pytest

from chalicelib.domain.events import Happened
from tests.api.client import Client
from tests.api.test_executors import to
from tests.support.world import World, later, plan_document

ANA, BEN = "arn:aws:iam::123456789012:user/ana", "arn:aws:iam::123456789012:user/ben"
CI = "arn:aws:sts::123456789012:assumed-role/ci"
KEY = {"Content-Type": "application/json", "Idempotency-Key": "a key"}
BODY = plan_document(later(hours=1))


@pytest.fixture
def ana(api: Client) -> Client:
    return api.signed_by(ANA)


@pytest.fixture
def ben(api: Client) -> Client:
    return api.signed_by(BEN)


@pytest.fixture
def plan(ana: Client) -> Any:
    return ana.post("/api/1/plans/", BODY).doc


@pytest.fixture
def executor(ana: Client, plan: Any) -> Any:
    return ana.follow(plan)["_embedded"]["executors"][0]


def test_a_plan_tells_who_made_it_wherever_it_is_shown(ben: Client, plan: Any) -> None:
    assert plan["created_by"] == ANA
    assert ben.follow(plan)["created_by"] == ANA
    assert ben.follow(plan, "update", "PUT", {"name": "renamed"})["created_by"] == ANA
    assert [each["created_by"] for each in ben.get("/api/1/plans/")["plans"]] == [ANA]


def test_where_no_signature_is_asked_for_it_was_anyone(api: Client) -> None:
    assert api.post("/api/1/plans/", BODY)["created_by"] == "anyone"


def test_an_executor_tells_who_moved_it_last(ana: Client, ben: Client, executor: Any) -> None:
    assert executor["changed_by"] is None
    assert ana.put(executor["_links"]["self"]["href"], to(later(hours=2)))["changed_by"] == ANA
    assert ben.put(executor["_links"]["self"]["href"], to(later(hours=3)))["changed_by"] == BEN
    assert ana.follow(executor)["changed_by"] == BEN


def test_and_who_had_it_run_once_it_does(ben: Client, executor: Any, some: World) -> None:
    assert ben.post(f"{executor['_links']['self']['href']}/run", None)["changed_by"] is None
    some.deliver_early()
    ran = ben.follow(executor)
    assert (ran["status"], ran["changed_by"]) == ("succeeded", BEN)


def test_tombstones_keep_who_deleted(ben: Client, ana: Client, executor: Any, some: World) -> None:
    ben.follow(executor, "delete", "DELETE")
    found = some.store.executors.locate(executor["id"])
    assert found and (found[1].deleted_by, found[0].deleted_by) == (BEN, None)
    other = ana.post("/api/1/plans/", BODY).doc
    held = ana.follow(other)["_embedded"]["executors"][0]["id"]
    ben.follow(other, "delete", "DELETE")
    found = some.store.executors.locate(held)
    assert found and (found[1].deleted_by, found[0].deleted_by, found[0].created_by) == (BEN, BEN, ANA)


def test_events_tell_who_made_and_who_deleted_a_plan(ben: Client, plan: Any, some: World) -> None:
    ben.follow(plan, "delete", "DELETE")
    published = [(event.happened, event.by) for event in some.publisher.published]
    assert published == [(Happened.PLAN_CREATED, ANA), (Happened.PLAN_DELETED, BEN)]


def test_every_change_that_was_asked_for_is_in_the_log_and_what_is_only_read_is_not(
    ben: Client, plan: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    path = plan["_links"]["self"]["href"]
    ben.get(path)
    ben.put(path, {"name": ""})
    ben.delete(path)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    asked = [line for line in lines if line["event"] == "change asked"]
    assert [(line["method"], line["path"], line["status"], line["by"]) for line in asked] == [
        ("PUT", path, 400, BEN),
        ("DELETE", path, 200, BEN),
    ]


class TestIdempotencyKeys:
    def test_equal_keys_of_two_callers_do_not_meet(self, ana: Client, ben: Client) -> None:
        made = [each("POST", "/api/1/plans/", BODY, KEY)["id"] for each in (ana, ben, ana, ben)]
        assert made[:2] == made[2:] and made[0] != made[1]
        other = ben("POST", "/api/1/plans/", {**BODY, "name": "other"}, KEY)
        assert other.status == 409 and made[0] not in other.text

    def test_the_sessions_of_a_role_are_one_caller(self, api: Client, ana: Client) -> None:
        """Who sends a request again after its process died has a new session."""
        first, again = (api.signed_by(f"{CI}/{session}") for session in ("build-1", "build-2"))
        made = first("POST", "/api/1/plans/", BODY, KEY).doc
        assert again("POST", "/api/1/plans/", BODY, KEY)["id"] == made["id"]
        assert made["created_by"] == f"{CI}/build-1"
        assert (
            api.signed_by("arn:aws:sts::123456789012:assumed-role/other/build-1")("POST", "/api/1/plans/", BODY, KEY)[
                "id"
            ]
            != made["id"]
        )
