"""``ports.PlanStore``: the key of a request, written with its plan and gone with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb.layout import request_key as row_key
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.errors import KeyTaken, Lost
from chalicelib.model import PlanState
from chalicelib.request_key import Made, RequestKey, request_key
from tests.contract.builders import MINUTE, NOW, draft
from tests.contract.conftest import Store

KEY = request_key("a key", {"name": "nightly"})
OTHER = request_key("another key", {"name": "nightly"})


def test_a_key_that_was_not_used_made_nothing(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    assert store.made_with(KEY.id) is None


def test_what_was_made_with_a_key_is_found_in_whatever_state(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors, KEY)
    assert store.made_with(KEY.id) == Made(body=KEY.body, plan=plan)
    store.commit(plan.id)
    assert store.made_with(KEY.id) == Made(body=KEY.body, plan=replace(plan, state=PlanState.ACTIVE))
    assert store.load(plan.id) == (replace(plan, state=PlanState.ACTIVE), executors)
    store.rename(plan.id, "other")
    store.bury(plan.id, NOW)
    store.inter(plan.id, NOW)
    assert store.made_with(KEY.id) == Made(body=KEY.body, plan=replace(plan, state=PlanState.DELETED, name="other"))


def test_a_key_makes_one_plan(store: Store) -> None:
    plan, executors = draft()
    another, its_executors = draft()
    store.add(plan, executors, KEY)
    with pytest.raises(KeyTaken):
        store.add(another, its_executors, RequestKey(id=KEY.id, body=OTHER.body))
    assert store.made_with(KEY.id) == Made(body=KEY.body, plan=plan)
    assert store.locate(its_executors[0].id) is None
    store.add(another, its_executors, OTHER)
    assert store.made_with(OTHER.id) == Made(body=OTHER.body, plan=another)


def test_a_key_does_not_take_an_id_that_is_taken(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    with pytest.raises(Lost):
        store.add(replace(plan, name="another"), executors, KEY)
    assert store.made_with(KEY.id) is None and store.uncommitted(NOW + MINUTE) == (plan.id,)


def test_adding_the_same_plan_with_the_same_key_again_is_no_error(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors, KEY)
    store.add(plan, executors, KEY)
    store.commit(plan.id)
    assert store.load(plan.id)[1] == executors


def test_what_is_erased_frees_its_key_and_no_other(store: Store) -> None:
    plan, executors = draft(30)
    another, its_executors = draft()
    store.add(plan, executors, KEY)
    store.add(another, its_executors, OTHER)
    store.erase(plan.id)
    assert store.made_with(KEY.id) is None and store.made_with(OTHER.id) is not None
    again, executors = draft()
    store.add(again, executors, KEY)
    store.erase(plan.id)
    assert store.made_with(KEY.id) == Made(body=KEY.body, plan=again)


def test_what_is_not_erased_keeps_its_key(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors, KEY)
    store.commit(plan.id)
    store.erase(plan.id)
    assert store.made_with(KEY.id) is not None


def test_a_key_is_released_for_its_own_plan_alone(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors, KEY)
    store.release(KEY.id, draft()[0].id)
    assert store.made_with(KEY.id) is not None
    store.release(KEY.id, plan.id)
    store.release(KEY.id, plan.id)
    assert store.made_with(KEY.id) is None


aws = pytest.mark.parametrize("backend", ["moto", "ministack"])


@aws
def test_only_digests_are_kept_and_for_a_day(store: Store) -> None:
    assert isinstance(store, DynamoStore)
    plan, executors = draft()
    key = request_key("Monday's hunter2", {"secret": "hunter2"})
    store.add(plan, executors, key)
    row = store.table.rows.get(*row_key(key.id))
    assert row.attribute_values == {
        "pk": f"key#{key.id}",
        "sk": "key",
        "plan_id": plan.id,
        "body": key.body,
        "expires": plan.created + timedelta(hours=24),
    }
    assert "hunter2" not in str([each.serialize() for each in store.table.rows.scan()])


@aws
def test_a_key_that_outlives_its_plan_is_found_without_it(store: Store) -> None:
    assert isinstance(store, DynamoStore)
    plan, executors = draft()
    store.add(plan, executors, KEY)
    store.table.delete("as if it had expired", (plan.id, "plan"))
    assert store.made_with(KEY.id) == Made(body=KEY.body, plan=None)
