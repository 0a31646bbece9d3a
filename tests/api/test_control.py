"""``engine/``: the halt lever, freezes and the history of both."""

from typing import Any

import pytest

from tests.api.client import HAL, JSON, Client
from tests.support.disturbed_adapters import fail, lose
from tests.support.world import World, later

HALT = {"halted": True, "reason": "checkout is down"}
SALE = {"name": "sale", "start": later(hours=1), "end": later(days=2), "reason": "Black Friday"}


def test_an_engine_that_nobody_touched_is_not_halted(api: Client) -> None:
    found = api.get("/api/1/engine/")
    assert found.type == HAL
    assert {name: found[name] for name in ("halted", "reason", "refuse_plans", "by", "at")} == {
        **{"halted": False, "reason": None, "refuse_plans": False, "by": None, "at": None}
    }
    assert (found["leashed"], found["limits"], found["required_tags"]) == (False, [], [])
    assert found["protected_tags"] == ["chaos:protected"]
    assert api.follow(api.get("/api/1").doc, "engine").doc == found.doc
    assert api.follow(found.doc, "history")["history"] == []
    assert api.follow(found.doc, "freezes")["freezes"] == []


class TestTheLever:
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_it_halts_the_engine_with_a_reason_and_says_who_and_when(self, slash: str, api: Client) -> None:
        halted = api.put(f"/api/1/engine{slash}", HALT)
        assert halted.status == 200
        assert (halted["halted"], halted["reason"], halted["by"]) == (True, "checkout is down", "anyone")
        assert halted["at"] == "2027-03-01T10:00:00+01:00"
        assert api.get("/api/1/engine/")["halted"] is True

    def test_it_lets_it_go_on(self, api: Client) -> None:
        api.put("/api/1/engine/", {**HALT, "refuse_plans": True})
        let_go = api.put("/api/1/engine/", {"halted": False, "reason": "all well"})
        assert (let_go["halted"], let_go["reason"], let_go["refuse_plans"]) == (False, None, False)

    @pytest.mark.parametrize(
        "body",
        [
            *(
                {},
                [],
                {"halted": True},
                {"halted": "true", "reason": "x"},
                {"halted": True, "reason": ""},
                {"halted": True, "reason": " "},
            ),
            *({"halted": True, "reason": "a\nb"}, {**HALT, "reasons": "x"}, {**HALT, "refuse_plans": "yes"}),
            *({"halted": False, "refuse_plans": True}, {"reason": "x"}),
        ],
    )
    def test_a_lever_that_is_not_understood_is_not_pulled(self, body: Any, api: Client) -> None:
        assert api.put("/api/1/engine/", body).status == 400
        assert api.get("/api/1/engine/")["at"] is None

    def test_where_the_table_fails_it_is_503_and_nothing_changes(self, api: Client, some: World) -> None:
        some.store.before["pull"].append(fail)  # type: ignore[attr-defined]
        assert api.put("/api/1/engine/", HALT).status == 503
        assert api.get("/api/1/engine/")["halted"] is False

    def test_two_at_once_are_both_made(self, api: Client, some: World) -> None:
        some.store.before["pull"].append(lose)  # type: ignore[attr-defined]
        assert api.put("/api/1/engine/", HALT).status == 200


class TestFreezes:
    def test_one_is_made_shown_and_taken_back(self, api: Client) -> None:
        made = api.post("/api/1/engine/freezes/", SALE)
        assert made.status == 200 and made["msg"] == "ok"
        assert (made["name"], made["start"], made["end"], made["reason"]) == (
            *("sale", "2027-03-01T11:00:00+01:00", "2027-03-03T10:00:00+01:00", "Black Friday"),
        )
        (shown,) = api.get("/api/1/engine/freezes/")["freezes"]
        assert shown == {name: value for name, value in made.doc.items() if name != "msg"}
        assert api.get("/api/1/engine/")["freezes"] == [shown]
        deleted = api.follow(shown, "delete", "DELETE")
        assert deleted.type == JSON and deleted["msg"] == f"Freeze {shown['id']} successfully deleted"
        assert api.get("/api/1/engine/freezes/")["freezes"] == []
        assert api.follow(shown, "delete", "DELETE").status == 404

    def test_they_stand_in_the_order_of_their_starts_and_are_forgotten_when_over(
        self, api: Client, some: World
    ) -> None:
        for name, start, end in (("late", 50, 60), ("early", 1, 2), ("middle", 10, 90)):
            api.post(
                "/api/1/engine/freezes/", {**SALE, "name": name, "start": later(hours=start), "end": later(hours=end)}
            )
        names = [each["name"] for each in api.get("/api/1/engine/freezes/")["freezes"]]
        assert names == ["early", "middle", "late"]
        some.clock.advance(hours=3)
        api.post("/api/1/engine/freezes/", {**SALE, "end": later(days=9)})
        assert "early" not in [each["name"] for each in api.get("/api/1/engine/freezes/")["freezes"]]

    @pytest.mark.parametrize(
        "changed",
        [
            *({"start": "tomorrow"}, {"end": later(hours=1)}, {"end": later(hours=-1), "start": later(hours=-2)}),
            *({"reason": ""}, {"reason": "  "}, {"name": ""}, {"who": "me"}),
        ],
    )
    def test_one_that_makes_no_sense_is_refused(self, changed: Any, api: Client) -> None:
        assert api.post("/api/1/engine/freezes/", {**SALE, **changed}).status == 400
        assert api.get("/api/1/engine/freezes/")["freezes"] == []

    def test_there_are_at_most_a_hundred(self, api: Client) -> None:
        for _ in range(100):
            assert api.post("/api/1/engine/freezes/", SALE).status == 200
        refused = api.post("/api/1/engine/freezes/", SALE)
        assert (refused.status, "100 freezes already" in refused["msg"]) == (400, True)

    def test_an_unknown_one_is_not_found(self, api: Client) -> None:
        assert api.delete("/api/1/engine/freezes/0123456789abcdef").status == 404


class TestTheHistory:
    def test_it_tells_who_did_what_newest_first_in_pages(self, api: Client, some: World) -> None:
        api.put("/api/1/engine/", HALT)
        some.clock.advance(minutes=1)
        freeze = api.post("/api/1/engine/freezes/", SALE)
        some.clock.advance(minutes=1)
        api.follow(freeze.doc, "delete", "DELETE")
        some.clock.advance(minutes=1)
        api.put("/api/1/engine/", {"halted": False})
        pages = api.pages("/api/1/engine/history/?limit=3")
        acts = [act for page in pages for act in page["history"]]
        assert [act["action"] for act in acts] == ["let go on", "thawed", "froze", "halted"]
        assert {act["by"] for act in acts} == {"anyone"}
        assert acts[3] == {
            **{"at": "2027-03-01T10:00:00.000+01:00", "by": "anyone", "action": "halted", "details": HALT}
        }
        assert acts[1]["details"] == acts[2]["details"] and acts[1]["details"]["id"] == freeze["id"]

    def test_what_was_refused_is_not_in_it(self, api: Client) -> None:
        api.put("/api/1/engine/", {"halted": True})
        assert api.get("/api/1/engine/history/")["history"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/api/1/engine/", HALT),
        ("POST", "/api/1/engine/freezes/", SALE),
        ("DELETE", "/api/1/engine/freezes/0123456789abcdef", None),
    ],
)
def test_what_changes_the_engine_takes_no_parameter(method: str, path: str, body: Any, api: Client) -> None:
    assert api(method, f"{path}?dry_run=true", body).status == 400
    assert api.get("/api/1/engine/")["halted"] is False


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2027-03-01T12:00+02:90"])
def test_no_freeze_is_stored_that_could_not_be_read(api: Client, start: str) -> None:
    assert api.post("/api/1/engine/freezes/", {**SALE, "start": start}).status == 400
    assert api.get("/api/1/engine/")["freezes"] == []


@pytest.mark.parametrize("name", ["start", "end"])
@pytest.mark.parametrize("date", ["26/11/2027", "2027-11-26T25:00", "1969-12-31", "9999-01-01"])
def test_a_freeze_whose_date_is_refused_names_the_property(name: str, date: str, api: Client) -> None:
    (fault,) = api.post("/api/1/engine/freezes/", {**SALE, name: date})["errors"]
    assert fault["path"] == f"$.{name}" and ": give " in fault["message"]


def test_a_freeze_that_ends_before_it_starts_names_its_end(api: Client) -> None:
    refused = api.post("/api/1/engine/freezes/", {**SALE, "start": SALE["end"], "end": SALE["start"]})
    assert refused["errors"] == [{"path": "$.end", "message": refused["msg"]}]
