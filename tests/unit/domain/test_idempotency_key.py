"""A POST that is sent again under the same key."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import (
    EngineError,
    IdempotencyKeyReused,
    InvalidRequest,
    KeySpent,
    KeyTaken,
    PlanIsBeingMade,
    PlannerRefused,
)
from chalicelib.domain.idempotency_key import RequestKey, request_key
from chalicelib.domain.unavailable import Unavailable
from tests.support.disturbed_adapters import Always, MeddledSchedules, MeddledStore, fail
from tests.support.world import HandClock, World, later, plan_document, world
from tests.unit.planning.test_json_body import JSON

PLAN = plan_document(later(hours=1), later(hours=2))
KEY = request_key("a key", PLAN)
OTHER_BODY = request_key("a key", {**PLAN, "name": "other"})


@pytest.fixture
def some() -> World:
    clock = HandClock()
    return world(clock=clock, store=MeddledStore(clock), schedules=MeddledSchedules())


def before(some: World, method: str, *events: Any) -> None:
    where = some.schedules if hasattr(some.schedules, method) else some.store
    where.before[method] += events  # type: ignore[union-attr]


def plans(some: World) -> list[str]:
    return [plan.id for plan in some.plans.list(everything=True, limit=10, after=None).items]


def refused(some: World, key: RequestKey = KEY) -> EngineError:
    with pytest.raises(EngineError) as raised:
        some.creation.create(PLAN, key)
    return raised.value


class TestShape:
    @given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=255))
    def test_any_printable_ascii_is_a_key_and_different_ones_differ(self, text: str) -> None:
        key = request_key(text, {})
        assert len(key.id) == len(key.body) == 64
        assert key.id != request_key(text + "!" if len(text) < 255 else text[1:], {}).id

    @pytest.mark.parametrize("text", ["", "x" * 256, "ñ", "a\nb", "a\n", "\x7f", "a\tb", "a\0", "٣", "\ud800"])
    def test_anything_else_is_not(self, text: str) -> None:
        with pytest.raises(InvalidRequest, match="^the Idempotency-Key is not 1 to 255 printable ASCII characters"):
            request_key(text, {})

    @given(JSON)
    def test_the_same_json_is_the_same_body_however_it_is_written(self, document: Any) -> None:
        written = json.dumps({"a": document, "b": 1}, indent=3, ensure_ascii=False)
        turned = json.loads(written, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
        assert request_key("a", {"a": document, "b": 1}) == request_key("a", turned)

    @pytest.mark.parametrize("other", [{}, {"a": 2}, {"a": "1"}, {"a": [1]}, {"a": 1, "b": None}, {"b": 1}, [1]])
    def test_another_json_is_another_body(self, other: Any) -> None:
        assert request_key("a", {"a": 1}).body != request_key("a", other).body


class TestAgain:
    def test_the_same_request_gets_the_same_plan(self, some: World) -> None:
        made = some.creation.create(PLAN, KEY)
        assert [some.creation.create(PLAN, KEY) for _ in range(3)] == [made] * 3
        assert plans(some) == [made.id] and len(some.schedules.dues) == 2

    def test_it_is_the_plan_as_it_is_by_then(self, some: World) -> None:
        made = some.creation.create(PLAN, KEY)
        some.plans.rename(made.id, {"name": "renamed"})
        some.run(some.plans.get(made.id)[1][0])
        again = some.creation.create(PLAN, KEY)
        assert again == some.plans.get(made.id)[0] and (again.name, again.remaining) == ("renamed", 1)

    def test_though_its_dates_have_passed_meanwhile(self, some: World) -> None:
        made = some.creation.create(PLAN, KEY)
        some.clock.advance(hours=12)
        assert some.creation.create(PLAN, KEY).id == made.id
        with pytest.raises(PlannerRefused):
            some.creation.create(PLAN, request_key("another", PLAN))

    def test_another_body_is_refused_and_makes_nothing(self, some: World) -> None:
        made = some.creation.create(PLAN, KEY)
        assert isinstance(refused(some, OTHER_BODY), IdempotencyKeyReused)
        assert plans(some) == [made.id]

    def test_another_key_makes_another_plan(self, some: World) -> None:
        made = some.creation.create(PLAN, KEY)
        assert some.creation.create(PLAN, request_key("another", PLAN)).id != made.id
        assert some.creation.create(PLAN).id != made.id and len(plans(some)) == 3

    def test_what_was_refused_did_not_use_the_key(self, some: World) -> None:
        with pytest.raises(PlannerRefused):
            some.creation.create(plan_document(), KEY)
        assert some.is_empty
        some.creation.create(PLAN, KEY)
        assert len(plans(some)) == 1

    def test_a_plan_that_was_deleted_is_not_made_again(self, some: World) -> None:
        made = some.creation.create(PLAN, KEY)
        some.plans.delete(made.id)
        assert isinstance(refused(some), KeySpent) and some.is_empty

    def test_nor_one_that_has_expired(self, some: World) -> None:
        made = some.creation.create(PLAN, KEY)
        del some.store.rows.plans[made.id]
        assert isinstance(refused(some), KeySpent) and plans(some) == []


class TestMeanwhile:
    def test_while_the_first_is_being_made_the_second_has_to_wait(self, some: World) -> None:
        refusals: list[EngineError] = []
        before(some, "put_all", lambda: refusals.append(refused(some)))
        made = some.creation.create(PLAN, KEY)
        assert [type(each) for each in refusals] == [PlanIsBeingMade]
        assert some.creation.create(PLAN, KEY) == made and len(some.schedules.dues) == 2

    @pytest.mark.parametrize("method", ["add", "made_with"])
    def test_of_two_at_once_one_is_made_and_both_answers_name_it(self, method: str, some: World) -> None:
        first: list[str] = []
        before(some, method, lambda: first.append(some.creation.create(PLAN, KEY).id))
        assert some.creation.create(PLAN, KEY).id == first[0]
        assert plans(some) == first and len(some.schedules.dues) == 2

    def test_the_slower_one_does_not_undo_what_the_faster_one_makes(self, some: World) -> None:
        refusals: list[EngineError] = []

        def faster() -> None:
            before(some, "put_all", lambda: refusals.append(refused(some)))
            some.creation.create(PLAN, KEY)

        before(some, "add", faster)
        some.creation.create(PLAN, KEY)
        assert [type(each) for each in refusals] == [PlanIsBeingMade] and len(plans(some)) == 1

    def test_where_another_is_always_faster_it_says_so(self, some: World) -> None:
        def faster() -> None:
            raise KeyTaken("another was faster")

        some.store.before["add"] = Always([faster])  # type: ignore[attr-defined]
        assert isinstance(refused(some), Unavailable) and some.is_empty


class TestAfterAFailure:
    @pytest.mark.parametrize("method", ["made_with", "add", "put_all", "commit"])
    def test_the_key_is_free_again(self, method: str, some: World) -> None:
        before(some, method, fail)
        assert isinstance(refused(some), Unavailable) and some.is_empty
        assert some.store.keys.made_with(KEY.id) is None
        made = some.creation.create(PLAN, KEY)
        assert plans(some) == [made.id]

    def test_also_where_the_plan_was_committed_and_taken_back(self, some: World) -> None:
        some.store.after["commit"].append(fail)  # type: ignore[attr-defined]
        before(some, "load", fail)
        assert isinstance(refused(some), Unavailable) and some.is_empty
        made = some.creation.create(PLAN, KEY)
        assert plans(some) == [made.id]

    def test_where_it_could_not_be_taken_back_it_is_found(self, some: World) -> None:
        some.store.after["commit"].append(fail)  # type: ignore[attr-defined]
        before(some, "load", fail)
        before(some, "soft_delete", fail)
        assert isinstance(refused(some), Unavailable)
        (stands,) = plans(some)
        assert some.creation.create(PLAN, KEY).id == stands and plans(some) == [stands]

    @pytest.mark.parametrize("method", ["soft_delete", "drop_all", "erase"])
    def test_what_could_not_be_undone_is_removed_by_the_repetition_once_it_is_surely_dead(
        self, method: str, some: World
    ) -> None:
        before(some, "commit", fail)
        before(some, method, fail)
        assert isinstance(refused(some), Unavailable)
        some.clock.advance(seconds=120)
        assert isinstance(refused(some), PlanIsBeingMade)
        some.clock.advance(seconds=1)
        made = some.creation.create(PLAN, KEY)
        assert plans(some) == [made.id] and not some.store.unfinished.uncommitted(some.clock.now + timedelta(days=1))
        assert set(some.schedules.dues) == {each.id for each in some.plans.get(made.id)[1]}

    def test_or_by_the_sweep_if_that_comes_first(self, some: World) -> None:
        before(some, "commit", fail)
        before(some, "soft_delete", fail)
        assert isinstance(refused(some), Unavailable)
        some.clock.advance(seconds=121)
        assert some.sweep.sweep()["erased"] == 1 and some.store.keys.made_with(KEY.id) is None
        made = some.creation.create(PLAN, KEY)
        assert plans(some) == [made.id]

    @pytest.mark.parametrize("method", ["drop_all", "erase"])
    def test_a_repetition_that_cannot_remove_it_either_makes_nothing(self, method: str, some: World) -> None:
        before(some, "commit", fail)
        before(some, "soft_delete", fail)
        assert isinstance(refused(some), Unavailable)
        some.clock.advance(seconds=121)
        before(some, method, fail)
        assert isinstance(refused(some), Unavailable) and plans(some) == []
        made = some.creation.create(PLAN, KEY)
        assert plans(some) == [made.id]

    def test_one_that_is_committed_at_the_last_moment_is_found_and_keeps_its_schedules(self, some: World) -> None:
        before(some, "commit", fail)
        before(some, "soft_delete", fail)
        assert isinstance(refused(some), Unavailable)
        some.clock.advance(seconds=121)
        (plan_id,) = some.store.unfinished.uncommitted(some.clock.now)
        before(some, "begin_erasing", lambda: some.store.uncommitted.commit(plan_id))
        assert isinstance(refused(some), PlanIsBeingMade)
        assert len(some.schedules.dues) == 2 and some.creation.create(PLAN, KEY).id == plan_id
