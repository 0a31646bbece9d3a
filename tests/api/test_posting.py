"""``POST plans/``."""

import json
from typing import Any

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.http import UnsupportedMediaType
from chalicelib.domain.unavailable import NeedsOperator, TooLarge, Unavailable
from chalicelib.planning.json_body import LARGEST_BODY
from tests.api.client import HAL, JSON, SENT, Client
from tests.support.disturbed_adapters import fail
from tests.support.world import NOTE, World, later, odd_document, plan_document, world

PLAN = plan_document(later(hours=1), later(hours=2))
PLAN_KEYS = {"id", "name", "created", "executors_count", "executors_total", "next_execution", "executed"}
PLAN_KEYS |= {"attack", "planner", "mode", "guards", "created_by", "_links"}


def throttle() -> None:
    raise Unavailable("reaching AWS", retry_after=2, throttled=True)


def denied() -> None:
    raise NeedsOperator("reaching AWS", "the stage's table does not exist")


def too_large() -> None:
    raise TooLarge("reaching AWS")


def test_a_plan_is_made_and_can_be_followed(api: Client) -> None:
    made = api.post("/api/1/plans/", PLAN)
    assert made.status == 200 and made.type == HAL and made["msg"] == "ok"
    assert set(made.doc) == PLAN_KEYS | {"msg"} and set(made["_links"]) == {"self", "update", "delete"}
    assert made["name"] == "a plan" and made["attack"] == NOTE and made["planner"] == PLAN["planner"]
    assert (made["executors_count"], made["executors_total"], made["executed"]) == (2, 2, False)
    assert made["created"] == "2027-03-01T10:00:00+01:00" and made["next_execution"] == "2027-03-01T11:00:00+01:00"
    assert made.headers["location"] == made["_links"]["self"]["href"] == f"/api/1/plans/{made['id']}"
    found = api.get(made.headers["location"]).doc
    assert [each["plan_id"] for each in found.pop("_embedded")["executors"]] == [made["id"]] * 2
    assert {"msg": "ok", **found} == made.doc


def test_what_it_asks_for_is_shown_as_it_was_posted_wherever_the_plan_is(api: Client) -> None:
    asked = {"mode": "dry_run", "guards": {"probability": 0.25, "min_healthy": "50%", "not_on": ["2027-12-24"]}}
    made = api.post("/api/1/plans/", {**PLAN, **asked, "attack": {"ref": "herd:Herd", "args": {"size": 3}}})
    assert made.status == 200
    shown = [made.doc, api.follow(made.doc).doc, api.get("/api/1/plans/")["plans"][0]]
    shown.append(api.put(made["_links"]["update"]["href"], {"name": "another"}).doc)
    assert [{name: each[name] for name in asked} for each in shown] == [asked] * 4
    plain = api.post("/api/1/plans/", PLAN)
    assert (plain["mode"], plain["guards"]) == ("attack", {})


@pytest.mark.parametrize(
    "kind", [JSON, HAL, "application/json; charset=utf-8", "Application/JSON;charset=UTF-8", " application/hal+json "]
)
@pytest.mark.parametrize("header", ["Content-Type", "content-type"])
def test_either_type_of_json_is_taken_with_or_without_a_charset(kind: str, header: str, api: Client) -> None:
    assert api("POST", "/api/1/plans", PLAN, {header: kind}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        *({}, {"Content-Type": ""}, {"Content-Type": "text/plain"}, {"Content-Type": "application/jsonp"}),
        *({"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "*/*"}, {"Content-Type": "x" * 5000}),
    ],
)
def test_another_type_or_none_is_415(headers: dict[str, str], api: Client, some: World) -> None:
    for method, path in (("POST", "plans"), ("PUT", f"plans/{'0' * 32}"), ("PUT", f"executors/{'0' * 32}-0000")):
        refused = api(method, f"/api/1/{path}", PLAN, headers)
        assert refused.status == 415 and "send application/json or application/hal+json" in refused["msg"]
    assert some.is_empty


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "payload must be a valid json"),
        ("", "payload must be a valid json"),
        ('{"name": ', "payload must be a valid json"),
        ('{"name": NaN}', "payload must be a valid json"),
        ('{"name": 1e999}', "payload must be a valid json"),
        ('{"name": "\\ud800"}', "payload must be a valid json"),
        (b"\xff\xfe{", "payload must be a valid json"),
        ("\ud800", "payload must be a valid json"),
        ("[" * 100_000, "invalid payload nested deeper than 32 levels"),
        ([], "invalid payload [] is not of type 'object'"),
        ("null", "invalid payload None is not of type 'object'"),
        ("{}", None),
        ({**PLAN, "guard": {}}, None),
        ({**PLAN, "attack": {"ref": "qqq:Www"}}, "attack qqq:Www not found: GET attacks/ lists the refs there are"),
        ({**PLAN, "planner": {"ref": "at:At", "args": {"dates": ["garbage"]}}}, "Invalid date format"),
        (plan_document(later(hours=-1)), None),
        (odd_document("nothing"), "planner odd:Odd made no plan: it planned no attack"),
        (odd_document("raise"), "planner odd:Odd made no plan: KeyError: 'date'"),
        (odd_document("exit"), "planner odd:Odd made no plan: SystemExit: 1"),
    ],
)
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_a_bad_body_is_a_400_that_says_why_and_leaves_nothing(
    body: Any, message: str | None, query: str, api: Client, some: World
) -> None:
    refused = api("POST", f"/api/1/plans/{query}", body)
    assert refused.status == 400 and message in (None, refused["msg"])
    assert some.is_empty


@pytest.mark.parametrize("date", ["garbage", "9999-01-01"])
def test_what_a_planner_refuses_names_its_place(date: str, api: Client) -> None:
    body = {**PLAN, "planner": {"ref": "at:At", "args": {"dates": [date]}}}
    (fault,) = api.post("/api/1/plans/", body)["errors"]
    assert fault["path"].startswith("$.planner.args")


def test_base64_is_taken_from_api_gateway_and_nonsense_in_it_is_a_400(api: Client) -> None:
    assert api("POST", "/api/1/plans/", json.dumps(PLAN).encode()).status == 200
    assert api("POST", "/api/1/plans/", "a", SENT, encoded=True)["msg"] == "payload must be a valid json"
    assert api("POST", "/api/1/plans/", "ñ", SENT, encoded=True)["msg"] == "payload must be a valid json"


@pytest.mark.parametrize("body", ["", "{", "[1,]", "{'a': 1}", b"\xff", b"\x1f\x8b"])
def test_bad_json_is_reported_with_its_cause(body: Any, api: Client) -> None:
    (fault,) = api("POST", "/api/1/plans/", body)["errors"]
    assert fault["path"] == "$" and fault["message"]


CHARSETS = [
    *(
        "; charset=ISO-8859-1",
        ";charset=latin1",
        '; Charset="utf-16"',
        "; charset=windows-1252; x=y",
        "; x=y; charset=x",
    ),
    *("; charset=utf-8; charset=latin1", "; charset*=utf-8''latin1", "; charset=\u00ff", "; charset=us-ascii"),
]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", [JSON, HAL])
def test_a_charset_that_is_not_utf_8_is_415(charset: str, kind: str, api: Client, some: World) -> None:
    body = json.dumps({**PLAN, "name": "données"}, ensure_ascii=False).encode("iso-8859-1")
    for method, path in (("POST", "plans"), ("POST", "engine/freezes"), ("PUT", "engine"), ("PUT", "executors/x")):
        refused = api(method, f"/api/1/{path}/", body, {"Content-Type": kind + charset})
        assert refused.status == 415 and "in UTF-8" in refused["msg"]
    assert some.is_empty


@given(st.text(max_size=30))
def test_any_parameter_of_a_content_type_is_utf_8_or_a_415(parameter: str) -> None:
    try:
        UnsupportedMediaType.require_supported(f"{JSON}; charset={parameter}")
    except UnsupportedMediaType:
        return


def test_another_charset_that_nobody_named_is_refused_not_stored_as_something_else(api: Client, some: World) -> None:
    lost = {**PLAN, "attack": {"ref": "note:Note", "args": {"target": "donn\ufffdes"}}}
    for body in (
        json.dumps({**PLAN, "name": "données"}, ensure_ascii=False).encode("iso-8859-1"),
        json.dumps({**PLAN, "name": "données"}, ensure_ascii=False).encode("iso-8859-1").decode("utf-8", "replace"),
        json.dumps(lost, ensure_ascii=False),
    ):
        assert api("POST", "/api/1/plans/", body).status == 400
    assert api("POST", "/api/1/plans/", lost)["errors"][0]["path"] == "$.attack.args.target"
    assert some.is_empty


def test_a_name_that_stands_twice_in_a_body_halts_nothing(api: Client) -> None:
    refused = api("PUT", "/api/1/engine/", '{"halted": true, "reason": "x", "halted": false}')
    assert refused.status == 400 and refused["msg"].startswith("$.halted: the property is given twice")
    assert api.get("/api/1/engine/")["halted"] is False


@pytest.mark.parametrize("text", [" ", "a\u202eb", "a\u0378", "\u200b", "a\tb"])
def test_no_text_for_people_is_stored_that_they_cannot_read(text: str, api: Client, some: World) -> None:
    freeze = {"name": "x", "start": "2027-06-21", "end": "2027-06-22", "reason": "y"}
    for method, path, body, at in (
        ("POST", "plans", {**PLAN, "name": text}, "$.name"),
        ("PUT", "plans/x", {"name": text}, "$.name"),
        ("POST", "engine/freezes", {**freeze, "name": text}, "$.name"),
        ("POST", "engine/freezes", {**freeze, "reason": text}, "$.reason"),
        ("PUT", "engine", {"halted": True, "reason": text}, "$.reason"),
    ):
        refused = api(method, f"/api/1/{path}/", body)
        assert refused.status == 400 and [each["path"] for each in refused["errors"]] == [at]
    assert some.is_empty and api.get("/api/1/engine/")["freezes"] == []


def test_args_that_a_schema_requires_and_that_are_left_out_are_named(api: Client) -> None:
    for kind in ("attack", "planner"):
        refused = api.post("/api/1/plans/", {**PLAN, kind: {"ref": PLAN[kind]["ref"]}})
        assert refused["msg"] == "invalid payload 'args' is a required property"
        assert refused["errors"] == [{"path": f"$.{kind}", "message": "'args' is a required property"}]


def test_what_speaks_against_a_plan_is_read_first(api: Client) -> None:
    asked = {**PLAN, "guards": {"probability": 0}}
    made = api.post("/api/1/plans/", asked)
    assert list(made.doc)[:2] == ["msg", "warnings"] and made["warnings"]
    assert next(iter(api.post("/api/1/plans/?dry_run=true", asked).doc)) == "warnings"


def test_several_faults_are_listed_with_their_places(api: Client) -> None:
    refused = api.post("/api/1/plans/", {"name": 3, "attack": {}, "planner": PLAN["planner"]})
    assert refused["errors"] == [
        {"path": "$.attack", "message": "'ref' is a required property"},
        {"path": "$.name", "message": "3 is not of type 'string'"},
    ]


def test_one_fault_is_reported_with_its_place_too(api: Client) -> None:
    refused = api.post("/api/1/plans/", {**PLAN, "name": 3})
    assert refused["errors"] == [{"path": "$.name", "message": "3 is not of type 'string'"}]


def test_a_body_over_256_kilobytes_is_413(api: Client, some: World) -> None:
    refused = api("POST", "/api/1/plans/", json.dumps({**PLAN, "name": "x" * LARGEST_BODY}))
    assert refused.status == 413 and "256 KB" in refused["msg"] and some.is_empty


def test_a_planner_answers_in_its_own_words(api: Client, some: World) -> None:
    refused = api.post("/api/1/plans/", odd_document("answer"))
    assert (refused.status, refused.doc) == (404, {"team": "a", "msg": "no such team"})
    assert some.is_empty


class TestDryRuns:
    @pytest.mark.parametrize("flag", ["true", "TRUE", "yes", "on", "y", "1"])
    def test_it_shows_the_plan_that_would_be_made_and_stores_nothing(self, flag: str, api: Client, some: World) -> None:
        drawn = api.post(f"/api/1/plans/?dry_run={flag}", PLAN)
        assert drawn.status == 200 and drawn.type == HAL and "location" not in drawn.headers
        assert set(drawn.doc) == PLAN_KEYS - {"id", "created_by", "_links"} | {"targets", "_embedded"}
        assert drawn["_embedded"]["executors"] == [
            {"name": "a plan 0", "kind": "attack", "next_run_time": "2027-03-01T11:00:00+01:00", "held": None},
            {"name": "a plan 1", "kind": "attack", "next_run_time": "2027-03-01T12:00:00+01:00", "held": None},
        ]
        assert (drawn["executors_count"], drawn["executed"]) == (2, False)
        assert some.is_empty

    @pytest.mark.parametrize("flag", ["false", "False", "no", "off", "n", "0"])
    def test_a_flag_that_says_no_makes_the_plan(self, flag: str, api: Client, some: World) -> None:
        assert "id" in api.post(f"/api/1/plans/?dry_run={flag}", PLAN).doc and not some.is_empty

    @pytest.mark.parametrize(
        "query",
        [
            *("dry_run=ture", "dry_run=", "dry_run", "dry_run=2", "dryrun=true", "dry-run=true", "DRY_RUN=true", "x=1"),
            *("dry_run=true&x=1", "dry_run=true&dry_run=false", "dry_run=ture&dry_run=false", "all=true", "limit=5"),
        ],
    )
    def test_a_misspelt_one_makes_no_plan(self, query: str, api: Client, some: World) -> None:
        refused = api.post(f"/api/1/plans/?{query}", PLAN)
        assert refused.status == 400 and some.is_empty
        assert any(name.split("=")[0] in refused["msg"] for name in query.split("&"))


class TestFailures:
    @pytest.mark.parametrize("method", ["add", "commit"])
    def test_where_the_table_fails_it_is_503_and_nothing_is_left(self, method: str, api: Client, some: World) -> None:
        some.store.before[method].append(fail)  # type: ignore[attr-defined]
        refused = api.post("/api/1/plans/", PLAN)
        assert refused.status == 503 and refused.headers["retry-after"] == "5" and "try again in 5" in refused["msg"]
        assert some.is_empty
        assert api.post("/api/1/plans/", PLAN).status == 200

    def test_where_a_schedule_fails_it_is_the_same(self, api: Client, some: World) -> None:
        some.schedules.after["put_all"].append(fail)  # type: ignore[attr-defined]
        assert api.post("/api/1/plans/", PLAN).status == 503 and some.is_empty

    def test_where_aws_throttles_it_is_the_same(self, api: Client, some: World) -> None:
        some.store.before["add"].append(throttle)  # type: ignore[attr-defined]
        refused = api.post("/api/1/plans/", PLAN)
        assert refused.status == 503 and refused.headers["retry-after"] == "2" and some.is_empty

    @pytest.mark.parametrize(("error", "status"), [(denied, 500), (too_large, 413)])
    @pytest.mark.parametrize(("part", "method"), [("store", "add"), ("store", "commit"), ("schedules", "put_all")])
    def test_what_does_not_pass_is_not_to_be_sent_again_and_leaves_nothing(
        self, part: str, method: str, error: Any, status: int, api: Client, some: World
    ) -> None:
        getattr(some, part).before[method].append(error)
        refused = api.post("/api/1/plans/", PLAN)
        assert refused.status == status and "retry-after" not in refused.headers and some.is_empty
        assert ("make doctor STAGE=" in refused["msg"]) is (status == 500) and "try again in" not in refused["msg"]
        assert ("400 KB" in refused["msg"]) is (status == 413)

    @pytest.mark.parametrize("method", ["load", "locate", "plans", "executors"])
    def test_where_aws_refuses_a_read_for_good_it_is_500(self, method: str, api: Client, some: World) -> None:
        executor = some.executor()
        path = {"load": f"plans/{executor.plan_id}", "locate": f"executors/{executor.id}"}.get(method, f"{method}/")
        some.store.before[method].append(denied)  # type: ignore[attr-defined]
        refused = api.get(f"/api/1/{path}")
        assert refused.status == 500 and "retry-after" not in refused.headers and "make doctor STAGE=" in refused["msg"]

    @pytest.mark.parametrize("method", ["load", "locate", "plans", "executors"])
    def test_where_aws_throttles_a_read_it_is_429(self, method: str, api: Client, some: World) -> None:
        executor = some.executor()
        path = {"load": f"plans/{executor.plan_id}", "locate": f"executors/{executor.id}"}.get(method, f"{method}/")
        some.store.before[method].append(throttle)  # type: ignore[attr-defined]
        refused = api.get(f"/api/1/{path}")
        assert refused.status == 429 and refused.headers["retry-after"] == "2"
        some.store.before[method].append(fail)  # type: ignore[attr-defined]
        assert api.get(f"/api/1/{path}").status == 503

    @pytest.mark.parametrize("event", [throttle, fail])
    @pytest.mark.parametrize(
        ("method", "verb", "path", "body"),
        [
            ("rename", "PUT", "plans/{plan}", {"name": "other"}),
            ("soft_delete", "DELETE", "plans/{plan}", None),
            ("move", "PUT", "executors/{executor}", {"type": "date", "args": {"date": later(days=1)}}),
            ("soft_delete_executor", "DELETE", "executors/{executor}", None),
        ],
    )
    def test_a_change_that_aws_throttles_or_fails_at_is_503_and_changes_nothing(
        self, event: Any, method: str, verb: str, path: str, body: Any, api: Client, some: World
    ) -> None:
        plan, (executor,) = some.plan()
        some.store.before[method].append(event)  # type: ignore[attr-defined]
        refused = api(verb, f"/api/1/{path.format(plan=plan.id, executor=executor.id)}", body)
        assert refused.status == 503 and refused.headers["retry-after"] in ("2", "5")
        assert some.plans.get(plan.id) == (plan, (executor,))
        assert some.schedules.dues == {executor.id: executor.due}


class TestSecrets:
    ATTACK = {
        "ref": "note:Note",
        "args": {"target": "a", "secret": "hunter2", "headers": {"Authorization": "hunter2", "Accept": "*/*"}},
    }

    def test_no_answer_shows_one(self, api: Client) -> None:
        plan = plan_document(later(hours=1), attack=self.ATTACK)
        made = api.post("/api/1/plans/", plan)
        executor = f"/api/1/executors/{made['id']}-0000"
        answers = [
            made,
            api.post("/api/1/plans/?dry_run=true", plan),
            api.get(made.headers["location"]),
            api.put(made.headers["location"], {"name": "other"}),
            *(api.get(f"/api/1/{path}") for path in ("plans/", "plans/?all=true", "executors/")),
            api.get(executor),
            api.put(executor, {"type": "date", "args": {"date": later(days=1)}}),
        ]
        for answer in answers:
            assert answer.status == 200 and "hunter2" not in answer.text
        assert made["attack"]["args"] == {
            "target": "a",
            "secret": "********",
            "headers": {"Authorization": "********", "Accept": "*/*"},
        }

    def test_nor_where_the_plugin_that_knows_them_is_gone(self, some: World) -> None:
        Client(some).post("/api/1/plans/", plan_document(later(hours=1), attack=self.ATTACK))
        without = world(clock=some.clock, store=some.store, attacks=some.planners)  # type: ignore[arg-type]
        (plan,) = Client(without).get("/api/1/plans/")["plans"]
        assert plan["attack"]["args"]["headers"]["Authorization"] == "********"


class TestOfTheOriginal:
    def test_a_documented_attack_is_planned_without_args(self, api: Client) -> None:
        made = api.post("/api/1/plans/", plan_document(later(hours=1), attack={"ref": "documented:MyAttack"}))
        assert made.status == 200 and made["attack"] == {"ref": "documented:MyAttack", "args": {}}

    def test_a_planner_in_its_own_way_makes_a_plan(self, api: Client) -> None:
        planner = {"ref": "original:OriginalPlanner", "args": {"date": "2027-06-21T15:30", "times": 2}}
        made = api.post("/api/1/plans/", {**PLAN, "planner": planner})
        assert made["next_execution"] == "2027-06-21T15:30:00+02:00" and made["executors_total"] == 2

    def test_a_dot_in_a_ref_is_accepted_and_kept(self, api: Client) -> None:
        made = api.post("/api/1/plans/", plan_document(later(hours=1), attack={**NOTE, "ref": "note.Note"}))
        assert made.status == 200 and made["attack"]["ref"] == "note.Note"


@pytest.mark.parametrize(
    ("zone", "date", "shown"),
    [
        ("Europe/Madrid", "2027-06-21T15:30", "2027-06-21T15:30:00+02:00"),
        ("Europe/Madrid", "2027-12-21T15:30", "2027-12-21T15:30:00+01:00"),
        ("Europe/Madrid", "2027-03-28T02:30", "2027-03-28T03:30:00+02:00"),
        ("Europe/Madrid", "2027-10-31T02:30", "2027-10-31T02:30:00+02:00"),
        ("Europe/Madrid", "2027-06-21T15:30:12.9Z", "2027-06-21T17:30:12+02:00"),
        ("America/New_York", "2027-06-21", "2027-06-21T00:00:00-04:00"),
        ("Asia/Kathmandu", "2027-06-21 15:30", "2027-06-21T15:30:00+05:45"),
        ("UTC", "2027-06-21T15:30+02:00", "2027-06-21T13:30:00+00:00"),
    ],
)
def test_dates_come_and_go_in_the_zone_of_the_engine(zone: str, date: str, shown: str) -> None:
    api = Client(world(timezone=pytz.timezone(zone)))
    made = api.post("/api/1/plans/", plan_document(date))
    assert made["next_execution"] == shown
    (executor,) = api.follow(made.doc)["_embedded"]["executors"]
    assert executor["next_run_time"] == shown
    again = api.follow(executor, "update", "PUT", {"type": "date", "args": {"date": shown}})
    assert again["next_run_time"] == shown


class TestWhatIsToldOfAPlan:
    def test_a_dry_run_names_the_targets_and_what_would_hold_each_executor_back(self, api: Client, some: World) -> None:
        attack = {"ref": "seeker:Seeker", "args": {"how": "one", "secret": "hunter2"}}
        guards = {"probability": 0.25, "not_on": ["2027-03-02"]}
        asked = {**plan_document(later(hours=1), later(days=1), attack=attack), "guards": guards}
        answer = api.post("/api/1/plans/?dry_run=true", asked)
        assert answer["targets"] == {
            "candidates": 2,
            "takes": 1,
            "instances": [{"id": "node-1", "name": None}, {"id": "node-2", "name": "web"}],
            "spared": {},
            "spared_count": 0,
            "known": {"region": "nowhere"},
        }
        first, second = answer["_embedded"]["executors"]
        assert (first["held"], first["probability"]) == (None, 0.25)
        assert second["held"] == {"guard": "ExcludedDay", "reason": "the plan does not attack on 2027-03-02"}
        [warning] = answer["warnings"]
        assert warning.startswith("1 of 2 attacks will be skipped, the first at 2027-03-02T10:00:00+01:00: ")
        assert "hunter2" not in answer.text and some.is_empty

    @pytest.mark.parametrize(
        ("how", "targets"),
        [("cannot say", {"unknown": "the attack does not say what it could hit"}), ("fail", {"error": "EC2 refused"})],
    )
    def test_or_why_they_are_not_known(self, how: str, targets: dict[str, str], api: Client) -> None:
        attack = {"ref": "seeker:Seeker", "args": {"how": how}}
        assert api.post("/api/1/plans/?dry_run=true", {**PLAN, "attack": attack})["targets"] == targets

    def test_what_speaks_against_a_plan_is_reported_once(self, api: Client) -> None:
        api.put("/api/1/engine/", {"halted": True, "reason": "smoke"})
        made = api.post("/api/1/plans/", PLAN)
        [warning] = made["warnings"]
        assert made.status == 200 and warning.startswith("the engine is halted by ")
        assert "warnings" not in api.follow(made.doc).doc

    def test_a_halted_engine_may_refuse_plans(self, api: Client, some: World) -> None:
        api.put("/api/1/engine/", {"halted": True, "reason": "smoke", "refuse_plans": True})
        refused = api.post("/api/1/plans/", PLAN)
        assert refused.status == 409 and "(smoke): PUT engine/ lets it go on" in refused["msg"] and some.is_empty
        assert api.post("/api/1/plans/?dry_run=true", PLAN).status == 200
        api.put("/api/1/engine/", {"halted": False})
        assert api.post("/api/1/plans/", PLAN).status == 200

    def test_one_that_could_never_attack_is_a_400_that_names_the_first_possible_date(
        self, api: Client, some: World
    ) -> None:
        refused = api.post("/api/1/plans/", {**PLAN, "guards": {"not_on": ["2027-03-01"]}})
        assert refused.status == 400 and some.is_empty
        assert refused["msg"].endswith("; the first possible date is 2027-03-02T00:00:00+01:00")
