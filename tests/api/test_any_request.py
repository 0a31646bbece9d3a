"""Whatever is sent: never a 500, never a stack trace, and nothing is stored by what was refused."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.dates import END
from tests.api.client import SENT, Client, NotServed
from tests.unit.test_payload import JSON
from tests.unit.world import NOTE, World, later, plan_document, world

NAMES = (
    st.sampled_from(["all", "executed", "limit", "cursor", "dry_run", "x", "", "ñ"])
    | st.sampled_from(["status", "plan", "since", "until"])
    | st.text(max_size=5)
)
VALUES = (
    st.sampled_from(["true", "false", "1", "0", "100", "", "AAAA"])
    | st.sampled_from(["failed", "running", "0" * 32, "2027-06-21", "0001-01-01T00:00", "8999-12-31T23:59:59-14"])
    | st.text(max_size=20)
)
QUERIES = st.lists(st.tuples(NAMES, VALUES), max_size=3).map(
    lambda pairs: "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)
)
IDS = st.sampled_from(["0" * 32, "0" * 32 + "-0000", "x"]) | st.text(min_size=1, max_size=40)
COLLECTIONS = ["", "/openapi.json", "/attacks", "/planners", "/plans", "/executors", "/engine", "/engine/history"]
PATHS = st.sampled_from([*COLLECTIONS, "/engine/freezes"]) | st.tuples(
    st.sampled_from(["/plans/{}", "/executors/{}", "/executors/{}/run", "/executors/{}/revert", "/engine/freezes/{}"]),
    IDS,
).map(lambda parts: parts[0].format(_quoted(parts[1]).strip(".") or "x"))
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
    | st.builds(lambda guards: {**GOOD, "guards": guards}, JSON)
    | st.fixed_dictionaries({}, optional={"halted": st.booleans() | JSON, "reason": st.text(), "refuse_plans": JSON})
    | st.builds(
        lambda start, end: {"name": "x", "start": start, "end": end, "reason": "y"},
        st.text(max_size=20) | st.just("2027-06-21"),
        st.text(max_size=20) | st.just("2027-06-22"),
    )
)
HEADERS = st.dictionaries(
    st.sampled_from(["Idempotency-Key", "Accept", "Origin", "X-HTTP-Method-Override", "Content-Encoding"])
    | st.text(min_size=1, max_size=10),
    st.text(max_size=300) | st.sampled_from(["x", "gzip", "null", "DELETE"]),
    max_size=3,
)
TYPES = st.sampled_from(["application/json", "application/hal+json", "text/plain", ""]) | st.text(max_size=30)


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def asked(api: Client, method: str, path: str, query: str, body: Any, headers: Mapping[str, str]) -> Any:
    try:
        return api(method, f"/api/1{path}?{query}", body, headers)
    except NotServed:
        return None


def is_whole(some: World) -> bool:
    """Whether there is a schedule for each executor that is to come, and for nothing else."""
    left = some.engine.list_executors(everything=False, limit=1000, after=None).items
    return some.schedules.dues == {each.id: each.due for each in left} and not some.store.uncommitted(END)


@given(st.sampled_from(["GET", "POST", "PUT", "DELETE"]), PATHS, QUERIES, BODIES, TYPES, HEADERS)
def test_no_request_breaks_the_engine(
    method: str, path: str, query: str, body: Any, kind: str, headers: dict[str, str]
) -> None:
    some = world()
    before = some.steering.control()
    answer = asked(Client(some), method, path, query, body, {**headers, "Content-Type": kind})
    assert is_whole(some)
    if answer and answer.status != 200:
        assert some.is_empty and some.steering.control() == before


@given(st.sampled_from(["GET", "POST", "PUT", "DELETE"]), PATHS, st.booleans(), QUERIES, BODIES, HEADERS)
def test_no_request_leaves_a_plan_in_pieces(
    method: str, path: str, known: bool, query: str, body: Any, headers: dict[str, str]
) -> None:
    some = world()
    plan, (executor, _) = some.plan(later(hours=1), later(hours=2))
    ids = {"/plans/": plan.id, "/executors/": executor.id}
    for collection, id in ids.items() if known else ():
        path = re.sub(f"(?<={collection})[^/]+", id, path)
    answer = asked(Client(some), method, path, "" if known else query, body, {**SENT, **headers})
    assert is_whole(some)
    if answer and answer.status not in (200, 202):
        assert some.engine.plan(plan.id)[1][0] == executor


@given(QUERIES, BODIES, HEADERS)
def test_a_post_stores_one_plan_or_nothing(query: str, body: Any, headers: dict[str, str]) -> None:
    some = world()
    answer = Client(some)("POST", f"/api/1/plans/?{query}", body, {**headers, **SENT})
    assert is_whole(some)
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
