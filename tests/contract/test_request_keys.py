"""``ports.PlanStore``: the key of a request, written with its plan and gone with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb.layout import request_key as row_key
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.domain.errors import KeyTaken, WriteConflict
from chalicelib.domain.idempotency_key import IdempotencyRecord, RequestKey, request_key
from chalicelib.domain.model import PlanState
from tests.contract.builders import MINUTE, NOW, draft
from tests.contract.conftest import Store
from tests.contract.endpoints import EMULATORS

KEY = request_key("a key", {"name": "nightly"})
OTHER = request_key("another key", {"name": "nightly"})


def test_a_key_that_was_not_used_made_nothing(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    assert store.keys.made_with(KEY.id) is None


def test_what_was_made_with_a_key_is_found_in_whatever_state(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors, KEY)
    assert store.keys.made_with(KEY.id) == IdempotencyRecord(body=KEY.body, plan=plan)
    store.uncommitted.commit(plan.id)
    assert store.keys.made_with(KEY.id) == IdempotencyRecord(body=KEY.body, plan=replace(plan, state=PlanState.ACTIVE))
    assert store.plans.load(plan.id) == (replace(plan, state=PlanState.ACTIVE), executors)
    store.plans.rename(plan.id, "other")
    store.plans.soft_delete(plan.id, NOW)
    store.plans.finalize_deletion(plan.id, NOW)
    assert store.keys.made_with(KEY.id) == IdempotencyRecord(
        body=KEY.body, plan=replace(plan, state=PlanState.DELETED, name="other")
    )


def test_a_key_makes_one_plan(store: Store) -> None:
    plan, executors = draft()
    another, its_executors = draft()
    store.uncommitted.add(plan, executors, KEY)
    with pytest.raises(KeyTaken):
        store.uncommitted.add(another, its_executors, RequestKey(id=KEY.id, body=OTHER.body))
    assert store.keys.made_with(KEY.id) == IdempotencyRecord(body=KEY.body, plan=plan)
    assert store.executors.locate(its_executors[0].id) is None
    store.uncommitted.add(another, its_executors, OTHER)
    assert store.keys.made_with(OTHER.id) == IdempotencyRecord(body=OTHER.body, plan=another)


def test_a_key_does_not_take_an_id_that_is_taken(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    with pytest.raises(WriteConflict):
        store.uncommitted.add(replace(plan, name="another"), executors, KEY)
    assert store.keys.made_with(KEY.id) is None and store.unfinished.uncommitted(NOW + MINUTE) == (plan.id,)


def test_adding_the_same_plan_with_the_same_key_again_is_no_error(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors, KEY)
    store.uncommitted.add(plan, executors, KEY)
    store.uncommitted.commit(plan.id)
    assert store.plans.load(plan.id)[1] == executors


def test_what_is_erased_frees_its_key_and_no_other(store: Store) -> None:
    plan, executors = draft(30)
    another, its_executors = draft()
    store.uncommitted.add(plan, executors, KEY)
    store.uncommitted.add(another, its_executors, OTHER)
    store.uncommitted.erase(plan.id)
    assert store.keys.made_with(KEY.id) is None and store.keys.made_with(OTHER.id) is not None
    again, executors = draft()
    store.uncommitted.add(again, executors, KEY)
    store.uncommitted.erase(plan.id)
    assert store.keys.made_with(KEY.id) == IdempotencyRecord(body=KEY.body, plan=again)


def test_what_is_not_erased_keeps_its_key(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors, KEY)
    store.uncommitted.commit(plan.id)
    store.uncommitted.erase(plan.id)
    assert store.keys.made_with(KEY.id) is not None


def test_a_key_is_released_for_its_own_plan_alone(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors, KEY)
    store.keys.release(KEY.id, draft()[0].id)
    assert store.keys.made_with(KEY.id) is not None
    store.keys.release(KEY.id, plan.id)
    store.keys.release(KEY.id, plan.id)
    assert store.keys.made_with(KEY.id) is None


aws = pytest.mark.parametrize("backend", EMULATORS)


@aws
def test_only_digests_are_kept_and_for_a_day(store: Store) -> None:
    assert isinstance(store, DynamoStore)
    plan, executors = draft()
    key = request_key("Monday's hunter2", {"secret": "hunter2"})
    store.uncommitted.add(plan, executors, key)
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
    store.uncommitted.add(plan, executors, KEY)
    store.table.delete("as if it had expired", (plan.id, "plan"))
    assert store.keys.made_with(KEY.id) == IdempotencyRecord(body=KEY.body, plan=None)
