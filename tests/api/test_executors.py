"""``executors/{id}``: reading, moving, running and deleting an executor."""

from typing import Any

import pytest

from tests.api.client import HAL, JSON, Client
from tests.api.test_plans import STRANGE, UNKNOWN
from tests.support.disturbed_adapters import Always, fail, lose
from tests.support.world import World, later, plan_document

KEYS = {
    *(
        "id",
        "kind",
        "plan_id",
        "name",
        "next_run_time",
        "executed",
        "status",
        "delivered_at",
        "deliveries",
        "started_at",
        "changed_by",
    ),
    *("finished_at", "outcome", "error", "seed", "request_id"),
}
UNKNOWN_EXECUTOR = f"{UNKNOWN}-0000"


def to(date: Any) -> dict[str, Any]:
    return {"type": "date", "args": {"date": date}}


@pytest.fixture
def executor(api: Client) -> Any:
    made = api.post("/api/1/plans/", plan_document(later(hours=1)))
    return api.follow(made.doc)["_embedded"]["executors"][0]


def run(some: World, executor: Any, *, heard_of: bool = True) -> None:
    if not heard_of:
        some.store.before["end"].append(fail)  # type: ignore[attr-defined]
    some.run(some.executors.get(executor["id"]))


class TestReading:
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_what_is_to_run_has_no_record_yet(self, slash: str, api: Client, executor: Any) -> None:
        found = api.get(f"/api/1/executors/{executor['id']}{slash}")
        assert found.type == HAL and set(found.doc) == KEYS | {"_links"}
        assert set(found["_links"]) == {"self", "plan", "update", "delete"}
        assert (found["status"], found["executed"], found["name"]) == ("scheduled", False, "a plan 0")
        unknown = KEYS - {"id", "kind", "plan_id", "name", "next_run_time", "executed", "status", "deliveries"}
        assert {found[name] for name in unknown} == {None} and found["deliveries"] == 0
        assert found["_links"]["self"]["href"] == f"/api/1/executors/{executor['id']}{slash}"

    def test_what_has_run_has_its_full_record(self, api: Client, executor: Any, some: World) -> None:
        run(some, executor)
        found = api.follow(executor)
        assert (found["status"], found["executed"], found["error"]) == ("succeeded", True, None)
        assert found["started_at"] == found["finished_at"] == "2027-03-01T11:00:00+01:00"
        assert found["delivered_at"] == found["started_at"] and found["deliveries"] == 1
        assert found["outcome"] == {"noted": "node-1"}
        assert found["request_id"] == "request-1" and isinstance(found["seed"], int)

    def test_deliveries_that_did_nothing_are_counted(self, api: Client, executor: Any, some: World) -> None:
        run(some, executor)
        run(some, executor)
        assert api.follow(executor)["deliveries"] == 2

    def test_what_runs_says_since_when(self, api: Client, executor: Any, some: World) -> None:
        run(some, executor, heard_of=False)
        found = api.follow(executor)
        assert (found["status"], found["executed"], found["finished_at"]) == ("running", False, None)
        assert found["started_at"] == "2027-03-01T11:00:00+01:00"

    def test_what_failed_says_why(self, api: Client, some: World) -> None:
        attack = {"ref": "misbehaving:Misbehaving", "args": {"how": "fail"}}
        made = api.post("/api/1/plans/", plan_document(later(hours=1), attack=attack))
        run(some, {"id": f"{made['id']}-0000"})
        found = api.get(f"/api/1/executors/{made['id']}-0000")
        assert (found["status"], found["executed"], found["outcome"]) == ("failed", True, {"candidates": 0})
        assert found["error"] == {"type": "AttackFailed", "message": "no node matches"}

    @pytest.mark.parametrize("executor_id", [UNKNOWN_EXECUTOR, UNKNOWN, *STRANGE])
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_an_unknown_one_is_not_found(self, method: str, executor_id: str, api: Client) -> None:
        missed = api(method, f"/api/1/executors/{executor_id}", to(later(days=1)) if method == "PUT" else None)
        assert missed.status == 404 and missed["msg"].startswith("executor not found ")
        if executor_id == UNKNOWN_EXECUTOR:
            assert missed["msg"] == f"executor not found {UNKNOWN_EXECUTOR}"


class TestMoving:
    @pytest.mark.parametrize(
        ("date", "shown"),
        [
            ("2027-06-07T03:04:05", "2027-06-07T03:04:05+02:00"),
            ("2027-12-07T03:04:05", "2027-12-07T03:04:05+01:00"),
            ("2027-06-07T03:04:05+05:00", "2027-06-07T00:04:05+02:00"),
            ("2027-06-07T03:04:05Z", "2027-06-07T05:04:05+02:00"),
            ("2027-06-07 03:04:05", "2027-06-07T03:04:05+02:00"),
            ("2027-06-07", "2027-06-07T00:00:00+02:00"),
        ],
    )
    def test_row_and_schedule_move_and_the_date_is_kept(
        self, date: str, shown: str, api: Client, executor: Any, some: World
    ) -> None:
        moved = api.follow(executor, "update", "PUT", to(date))
        assert moved.status == 200 and moved.type == HAL
        assert moved.doc == {**executor, "next_run_time": shown, "changed_by": "anyone"} == api.follow(executor).doc
        assert some.schedules.dues[executor["id"]] == some.executors.get(executor["id"]).due

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"args": {"date": "x"}}, "invalid payload 'type' is a required property"),
            ({"type": "date"}, "invalid payload 'args' is a required property"),
            ({"type": "cronn", "args": {"date": "x"}}, "Invalid trigger type"),
            ({"type": 1, "args": {"date": "x"}}, "invalid payload 1 is not of type 'string'"),
            ({"type": "date", "args": "x"}, "invalid payload 'x' is not of type 'object'"),
            (to(1956000000), "invalid payload 1956000000 is not of type 'string'"),
            (to(""), "Invalid date format"),
            (to("2027-13-01T00:00"), "Invalid date format"),
            (to("2028-02-31T00:00"), "Invalid date format"),
            (to("2028"), "Invalid date format"),
            (to("9999-12-31T23:59:59Z"), "the date 9999-12-31T23:59:59Z is too far ahead: give one before 9000-01-01"),
            (
                to("2020-01-01T00:00:00"),
                "the date 2020-01-01T00:00:00 is in the past: give one after 2027-03-01T10:00:01+01:00",
            ),
            ({**to("x"), "id": 1}, "invalid payload Additional properties are not allowed ('id' was unexpected)"),
            ("{", "payload must be a valid json"),
            ("", "payload must be a valid json"),
        ],
    )
    @pytest.mark.parametrize("known", [True, False])
    def test_the_body_is_judged_before_the_id_is_looked_up(
        self, known: bool, body: Any, message: str, api: Client, executor: Any
    ) -> None:
        refused = api.put(f"/api/1/executors/{executor['id'] if known else UNKNOWN_EXECUTOR}", body)
        assert (refused.status, refused["msg"]) == (400, message)
        assert api.follow(executor).doc == executor

    @pytest.mark.parametrize("date", ["tomorrow", "2027-02-30", "2020-01-01", "9999-01-01"])
    def test_a_date_that_is_refused_names_its_place_and_what_is_accepted(
        self, date: str, api: Client, executor: Any
    ) -> None:
        (fault,) = api.put(f"/api/1/executors/{executor['id']}", to(date))["errors"]
        assert fault["path"] == "$.args.date" and ": give " in fault["message"]

    def test_what_runs_or_has_run_is_a_conflict(self, api: Client, executor: Any, some: World) -> None:
        run(some, executor, heard_of=False)
        refused = api.put(f"/api/1/executors/{executor['id']}", to(later(days=1)))
        assert refused.status == 409 and "is running" in refused["msg"]
        some.clock.advance(seconds=961)
        some.sweep.sweep()
        refused = api.put(f"/api/1/executors/{executor['id']}", to(later(days=1)))
        assert refused.status == 409 and "has ended (failed)" in refused["msg"]

    def test_where_the_table_fails_it_is_503_and_stays(self, api: Client, executor: Any, some: World) -> None:
        some.store.before["move"].append(fail)  # type: ignore[attr-defined]
        assert api.put(f"/api/1/executors/{executor['id']}", to(later(days=1))).status == 503
        assert api.follow(executor).doc == executor

    def test_where_others_are_always_faster_it_is_503_soon_again(self, api: Client, executor: Any, some: World) -> None:
        some.store.before["move"] = Always([lose])  # type: ignore[attr-defined]
        refused = api.put(f"/api/1/executors/{executor['id']}", to(later(days=1)))
        assert refused.status == 503 and refused.headers["retry-after"] == "1"

    def test_where_only_its_schedule_fails_it_is_moved(self, api: Client, executor: Any, some: World) -> None:
        some.schedules.before["put"].append(fail)  # type: ignore[attr-defined]
        moved = api.put(f"/api/1/executors/{executor['id']}", to(later(days=1)))
        assert moved.status == 200 and api.follow(executor).doc == moved.doc


class TestRunning:
    @pytest.mark.parametrize("body", [None, "", {}])
    def test_it_is_handed_over_and_runs_before_its_time(
        self, body: Any, api: Client, executor: Any, some: World
    ) -> None:
        asked = api.post(f"/api/1/executors/{executor['id']}/run", body)
        assert asked.status == 202 and asked.type == HAL and asked["status"] == "scheduled"
        assert api.follow(asked.doc).doc == api.follow(executor).doc
        some.deliver_early()
        found = api.follow(asked.doc)
        assert (found["status"], found["deliveries"]) == ("succeeded", 1)
        assert found["next_run_time"] == found["started_at"] == "2027-03-01T10:00:00+01:00"

    def test_what_runs_or_has_run_is_a_conflict(self, api: Client, executor: Any, some: World) -> None:
        run(some, executor, heard_of=False)
        asked = api.post(f"/api/1/executors/{executor['id']}/run/", None)
        assert (asked.status, asked["msg"]) == (409, f"executor {executor['id']} is running: wait until it has ended")
        some.clock.advance(seconds=961)
        some.sweep.sweep()
        asked = api.post(f"/api/1/executors/{executor['id']}/run", None)
        assert asked.status == 409 and "has ended (failed) and cannot be moved or run" in asked["msg"]

    def test_an_unknown_one_is_not_found(self, api: Client) -> None:
        asked = api.post(f"/api/1/executors/{UNKNOWN_EXECUTOR}/run", None)
        assert (asked.status, asked["msg"]) == (404, f"executor not found {UNKNOWN_EXECUTOR}")

    @pytest.mark.parametrize("body", [{"dry_run": True}, [], "x"])
    def test_a_body_is_not_passed_over(self, body: Any, api: Client, executor: Any, some: World) -> None:
        assert api.post(f"/api/1/executors/{executor['id']}/run", body).status == 400
        assert api.post(f"/api/1/executors/{executor['id']}/run?dry_run=true", None).status == 400
        assert some.deliveries.early == []

    def test_where_it_cannot_be_handed_over_it_is_503_and_runs_at_its_date(
        self, api: Client, executor: Any, some: World
    ) -> None:
        some.deliveries.before["deliver_early"].append(fail)  # type: ignore[attr-defined]
        assert api.post(f"/api/1/executors/{executor['id']}/run", None).status == 503
        assert api.follow(executor).doc == executor | {"_links": api.follow(executor)["_links"]}


class TestDeleting:
    def test_it_goes_with_its_schedule(self, api: Client, executor: Any, some: World) -> None:
        deleted = api.follow(executor, "delete", "DELETE")
        assert (deleted.status, deleted.type) == (200, JSON)
        assert deleted.doc == {"msg": f"Executor {executor['id']} succesfully deleted"}
        assert some.schedules.dues == {}
        for method, body in (("GET", None), ("PUT", to(later(days=1))), ("DELETE", None)):
            missed = api(method, f"/api/1/executors/{executor['id']}", body)
            assert missed["msg"] == f"executor not found {executor['id']}"

    def test_what_has_run_is_deleted_but_not_what_runs(self, api: Client, executor: Any, some: World) -> None:
        run(some, executor, heard_of=False)
        assert api.delete(f"/api/1/executors/{executor['id']}").status == 409
        some.clock.advance(seconds=961)
        some.sweep.sweep()
        assert api.delete(f"/api/1/executors/{executor['id']}").status == 200


@pytest.mark.parametrize(("method", "body"), [("PUT", to(later(days=1))), ("DELETE", None)])
@pytest.mark.parametrize("query", ["dry_run=true", "x=true", "executed=true"])
def test_what_changes_an_executor_takes_no_parameter(
    method: str, body: Any, query: str, api: Client, executor: Any
) -> None:
    refused = api(method, f"/api/1/executors/{executor['id']}?{query}", body)
    assert refused.status == 400 and query.split("=")[0] in refused["msg"]
    assert api.follow(executor).doc == executor


@pytest.mark.parametrize(
    ("body", "date"),
    [
        ({"type": "interval", "args": {"days": 1, "start_date": "2027-03-01T09:00"}}, "2027-03-02T09:00:00+01:00"),
        ({"type": "cron", "args": {"expression": "30 17 * * FRI"}}, "2027-03-05T17:30:00+01:00"),
        ({"type": "cron", "args": {"day_of_week": "fri", "hour": 17}}, "2027-03-05T17:00:00+01:00"),
        ({"type": "next_window", "args": {}}, "2027-03-02T08:30:00+01:00"),
    ],
)
def test_a_trigger_moves_an_executor_to_its_next_date(api: Client, body: Any, date: str) -> None:
    window = {"days": ["mon", "tue", "fri"], "from": "08:30", "to": "20:00"}
    document = plan_document(later(hours=1)) | {"guards": {"windows": [window]}}
    executor = api.follow(api.post("/api/1/plans/", document).doc)["_embedded"]["executors"][0]
    moved = api.put(f"/api/1/executors/{executor['id']}", body)
    assert (moved.status, moved["next_run_time"]) == (200, date)
    assert api.follow(executor)["next_run_time"] == date
