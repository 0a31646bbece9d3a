"""Whatever is sent: never a 500, never a stack trace, and nothing is stored by what was refused."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.dates import END
from tests.api.any_request import CALLS, HEADERS, QUERIES, TYPES, bodies
from tests.api.client import SENT, Client, NotServed
from tests.conftest import COUNTED
from tests.support.world import World, later, plan_document, world

DATES = st.lists(st.text(max_size=20) | st.just("2027-06-21"), max_size=3)
ANY_BODY = bodies(plan_document(later(hours=1)), later(hours=3)) | st.builds(lambda dates: plan_document(*dates), DATES)

HOW_MANY = pytest.mark.parametrize("examples", [150, pytest.param(5000, marks=pytest.mark.long)])


@pytest.fixture(autouse=True)
def counted(record_property: Callable[[str, Any], None]) -> Iterator[None]:
    """How many requests were answered."""
    before = Client.answered
    yield
    record_property(COUNTED, ["Hypothesis, requests to the API in process", Client.answered - before])


def asked(api: Client, method: str, path: str, query: str, body: Any, headers: Mapping[str, str]) -> Any:
    try:
        return api(method, f"/api/1{path}?{query}", body, headers)
    except NotServed:
        return None


def is_complete(some: World) -> bool:
    """Whether there is a schedule for each executor that is to come, and for nothing else."""
    left = some.executors.list(everything=False, limit=1000, after=None).items
    return some.schedules.dues == {each.id: each.due for each in left} and not some.store.unfinished.uncommitted(END)


def with_ids(path: str, plan_id: str, executor_id: str) -> str:
    """The path of what there is."""
    path = re.sub("(?<=/plans/)[^/]+", plan_id, path)
    return re.sub("(?<=/executors/)[^/]+", executor_id, path)


@HOW_MANY
def test_no_request_breaks_the_engine(examples: int) -> None:
    @settings(max_examples=examples)
    @given(CALLS, QUERIES, ANY_BODY, st.just(SENT["Content-Type"]) | TYPES, HEADERS)
    def each(call: tuple[str, str], query: str, body: Any, kind: str, headers: dict[str, str]) -> None:
        some = world()
        before = some.engine_state.control()
        answer = asked(Client(some), *call, query, body, {**headers, "Content-Type": kind})
        assert is_complete(some)
        if answer and answer.status != 200:
            assert some.is_empty and some.engine_state.control() == before

    each()


@HOW_MANY
def test_no_request_leaves_a_plan_in_pieces(examples: int) -> None:
    @settings(max_examples=examples)
    @given(CALLS, st.booleans(), QUERIES, ANY_BODY, HEADERS)
    def each(call: tuple[str, str], known: bool, query: str, body: Any, headers: dict[str, str]) -> None:
        some = world()
        plan, (executor, _) = some.plan(later(hours=1), later(hours=2))
        method, path = call
        if known:
            path, query = with_ids(path, plan.id, executor.id), ""
        answer = asked(Client(some), method, path, query, body, {**SENT, **headers})
        assert is_complete(some)
        if answer and answer.status not in (200, 202):
            assert some.plans.get(plan.id)[1][0] == executor

    each()


@HOW_MANY
def test_a_post_stores_one_plan_or_nothing(examples: int) -> None:
    @settings(max_examples=examples)
    @given(QUERIES, ANY_BODY, HEADERS)
    def each(query: str, body: Any, headers: dict[str, str]) -> None:
        some = world()
        answer = Client(some)("POST", f"/api/1/plans/?{query}", body, {**headers, **SENT})
        assert is_complete(some)
        assert some.is_empty is (answer.status != 200 or "id" not in answer.doc)

    each()


@HOW_MANY
def test_a_put_changes_what_it_says_or_nothing(examples: int) -> None:
    @settings(max_examples=examples)
    @given(st.sampled_from(["plans/{}", "executors/{}-0000"]), QUERIES, ANY_BODY)
    def each(path: str, query: str, body: Any) -> None:
        some = world()
        plan, executors = some.plan()
        answer = Client(some).put(f"/api/1/{path.format(plan.id)}?{query}", body)
        if answer.status != 200:
            assert some.plans.get(plan.id) == (plan, executors)
        (executor,) = some.plans.get(plan.id)[1]
        assert some.schedules.dues == {executor.id: executor.due}

    each()
