"""Whatever is sent: never a 500, never a stack trace, and nothing is stored by what was refused."""

import json
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from tests.api.client import Client, NotServed
from tests.unit.test_payload import JSON
from tests.unit.world import NOTE, later, plan_document, world

NAMES = st.sampled_from(["all", "executed", "limit", "cursor", "dry_run", "x", "", "ñ"]) | st.text(max_size=5)
VALUES = st.sampled_from(["true", "false", "1", "0", "100", "", "AAAA"]) | st.text(max_size=20)
QUERIES = st.lists(st.tuples(NAMES, VALUES), max_size=3).map(
    lambda pairs: "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)
)
IDS = st.sampled_from(["0" * 32, "0" * 32 + "-0000", "x"]) | st.text(min_size=1, max_size=40)
PATHS = st.sampled_from(["", "/attacks", "/planners", "/plans", "/executors"]) | st.tuples(
    st.sampled_from(["/plans/", "/executors/"]), IDS
).map(lambda parts: parts[0] + (_quoted(parts[1]).strip(".") or "x"))
GOOD = plan_document(later(hours=1))
BODIES = (
    st.text()
    | st.binary()
    | JSON.map(json.dumps)
    | st.fixed_dictionaries({}, optional={key: JSON | st.just(value) for key, value in GOOD.items()})
    | st.builds(lambda args: {**GOOD, "attack": {**NOTE, "args": args}}, JSON)
    | st.builds(lambda dates: plan_document(*dates), st.lists(st.text(max_size=20) | st.just("2027-06-21"), max_size=3))
    | st.builds(lambda date: {"type": "date", "args": {"date": date}}, JSON)
    | st.builds(lambda name: {**GOOD, "name": name}, st.text(max_size=300))
)
TYPES = st.sampled_from(["application/json", "application/hal+json", "text/plain", ""]) | st.text(max_size=30)


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def asked(api: Client, method: str, path: str, query: str, body: Any, kind: str) -> Any:
    try:
        return api(method, f"/api/1{path}?{query}", body, {"Content-Type": kind})
    except NotServed:
        return None


@given(st.sampled_from(["GET", "POST", "PUT", "DELETE"]), PATHS, QUERIES, BODIES, TYPES)
def test_no_request_breaks_the_engine(method: str, path: str, query: str, body: Any, kind: str) -> None:
    some = world()
    answer = asked(Client(some), method, path, query, body, kind)
    if answer and answer.status != 200:
        assert some.is_empty


@given(QUERIES, BODIES)
def test_a_post_stores_one_plan_or_nothing(query: str, body: Any) -> None:
    some = world()
    answer = Client(some).post(f"/api/1/plans/?{query}", body)
    assert some.is_empty is (answer.status != 200 or "id" not in answer.doc)


@given(st.sampled_from(["plans/{}", "executors/{}-0000"]), QUERIES, BODIES)
def test_a_put_changes_what_it_says_or_nothing(path: str, query: str, body: Any) -> None:
    some = world()
    plan, executors = some.plan()
    answer = Client(some).put(f"/api/1/{path.format(plan.id)}?{query}", body)
    if answer.status != 200:
        assert some.engine.plan(plan.id) == (plan, executors)
    (executor,) = some.engine.plan(plan.id)[1]
    assert some.schedules.dues == {executor.id: executor.due}
