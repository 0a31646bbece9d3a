"""AWS throttles, fails and loses answers: an operation is done once, or it says that it is unavailable."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.config.settings import Settings
from chalicelib.domain.engine_state import Limit
from chalicelib.domain.errors import PlanNotFound, WriteConflict
from chalicelib.domain.idempotency_key import IdempotencyRecord, request_key
from chalicelib.domain.model import Executor, Plan, PlanState, Status
from chalicelib.domain.unavailable import Unavailable
from tests.contract.builders import DONE, MINUTE, NOW, SetClock, draft, no_pause, run
from tests.contract.conftest import dynamo
from tests.contract.endpoints import EMULATORS
from tests.contract.test_executor_store import active
from tests.contract.test_races import assert_tally_is_right
from tests.contract.wires import answer_lost, answered, cancelled, counted, error, nothing_done, plain, success


@pytest.fixture(params=EMULATORS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def store(endpoint: str, settings: Settings, clock: SetClock, pauses: list[float]) -> DynamoStore:
    """One that notes its pauses instead of making them."""
    return dynamo(settings, clock, endpoint, Backoff(sleep=pauses.append, rng=Random(7)))


def test_a_plan_is_added_and_committed_once_though_answers_are_lost(store: DynamoStore) -> None:
    plan, executors = draft()
    with (
        answer_lost(store.table.client, "TransactWriteItems"),
        answer_lost(store.table.client, "BatchWriteItem"),
        answer_lost(store.table.client, "UpdateItem"),
    ):
        store.uncommitted.add(plan, executors)
        store.uncommitted.commit(plan.id)
    assert store.plans.load(plan.id)[1] == executors


def test_a_plan_with_a_key_is_added_and_erased_once_though_answers_are_lost(store: DynamoStore) -> None:
    plan, executors = draft()
    key = request_key("a key", {})
    with answer_lost(store.table.client, "TransactWriteItems"):
        store.uncommitted.add(plan, executors, key)
    assert store.keys.made_with(key.id) == IdempotencyRecord(body=key.body, plan=plan)
    with answer_lost(store.table.client, "UpdateItem"), answer_lost(store.table.client, "DeleteItem", times=2):
        store.uncommitted.erase(plan.id)
    assert store.keys.made_with(key.id) is None and store.executors.locate(executors[0].id) is None


def test_a_run_is_claimed_and_ended_once_though_answers_are_lost(store: DynamoStore) -> None:
    plan, executors = active(store)
    with answer_lost(store.table.client, "TransactWriteItems"):
        running = store.claims.claim(executors[0], run())
    with answer_lost(store.table.client, "TransactWriteItems"):
        ended = store.runs.end(running, DONE, NOW)
    assert store.executors.locate(ended.id) == (store.plans.load(plan.id)[0], ended)
    assert_tally_is_right(store, plan.id)


def test_an_attack_begins_once_though_the_answer_is_lost_and_its_own_count_fills_the_cap(store: DynamoStore) -> None:
    _, (executor, other, *_) = active(store)
    running, limits = store.claims.claim(executor, run()), [Limit(per_day=1)]
    with answer_lost(store.table.client, "TransactWriteItems"):
        acting = store.runs.begin(running, limits, NOW.date(), NOW)
    assert isinstance(acting, Executor) and store.executors.locate(executor.id)[1] == acting  # type: ignore[index]
    held = store.runs.begin(store.claims.claim(other, run("other")), limits, NOW.date(), NOW)
    assert held == "1 of 1 attacks a day were made already (all attacks)"


def test_a_limit_that_refuses_without_showing_its_count_or_not_alone_is_read(store: DynamoStore) -> None:
    _, (executor, *_) = active(store)
    running, limits = store.claims.claim(executor, run()), [Limit(per_day=1)]
    for reasons in (("None", "ConditionalCheckFailed"), ("TransactionConflict", "ConditionalCheckFailed")):
        with (
            answered(store.table.client, "TransactWriteItems", cancelled(*reasons), times=1),
            counted(store.table.client) as requests,
        ):
            assert isinstance(store.runs.begin(running, limits, NOW.date(), NOW), Executor)  # what is read allows it
        assert requests["BatchGetItem"] == 1


def test_an_executor_is_moved_and_deleted_once_though_answers_are_lost(store: DynamoStore) -> None:
    plan, executors = active(store)
    with answer_lost(store.table.client, "TransactWriteItems"):
        moved = store.executors.move(plan, executors[0], NOW + 90 * MINUTE)
    plan = store.plans.load(plan.id)[0]
    with answer_lost(store.table.client, "TransactWriteItems"):
        store.executors.soft_delete_executor(plan, moved, NOW)
    assert_tally_is_right(store, plan.id)


def test_a_plan_is_deleted_once_though_answers_are_lost(store: DynamoStore) -> None:
    plan, executors = active(store)
    with answer_lost(store.table.client, "UpdateItem"):
        assert store.plans.soft_delete(plan.id, NOW)[1] == executors
    with answer_lost(store.table.client, "BatchWriteItem"), answer_lost(store.table.client, "UpdateItem"):
        store.plans.finalize_deletion(plan.id, NOW)
    assert store.unfinished.half_deleted() == ()


@pytest.mark.parametrize(
    ("status", "odd"),
    [
        (200, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b"null"),
        (200, b"{}"),
        (200, b'{"Responses": 1}'),
        (400, b"[1]"),
    ],
)
def test_an_answer_that_is_none_is_asked_for_again(store: DynamoStore, status: int, odd: bytes) -> None:
    plan, executors = active(store)
    with answered(store.table.client, "BatchGetItem", plain(status, odd), times=1):
        assert store.executors.locate(executors[0].id) == (plan, executors[0])
    with answered(store.table.client, "BatchGetItem", plain(status, odd)), pytest.raises(Unavailable):
        store.executors.locate(executors[0].id)


@pytest.mark.parametrize(("status", "odd"), [(200, b"<html>"), (200, b"[]"), (200, b"null"), (400, b"[1]")])
def test_a_write_whose_answer_is_none_is_sent_again(store: DynamoStore, status: int, odd: bytes) -> None:
    plan, executors = active(store)
    with answered(store.table.client, "UpdateItem", plain(status, odd), times=1):
        store.plans.rename(plan.id, "other")
    with answered(store.table.client, "TransactWriteItems", plain(status, odd), times=2):
        store.runs.end(store.claims.claim(executors[0], run()), DONE, NOW)
    assert store.plans.load(plan.id)[0].name == "other"
    assert_tally_is_right(store, plan.id)


def test_a_collision_of_transactions_is_tried_again(store: DynamoStore, pauses: list[float]) -> None:
    plan, executors = active(store)
    with answered(store.table.client, "TransactWriteItems", cancelled("None", "TransactionConflict"), times=3):
        store.claims.claim(executors[0], run())
    assert len(pauses) == 3
    with answered(store.table.client, "UpdateItem", error("TransactionConflictException"), times=2):
        store.plans.rename(plan.id, "other")
    assert len(pauses) == 5


def test_a_transaction_refused_and_in_collision_is_refused(store: DynamoStore, pauses: list[float]) -> None:
    _, executors = active(store)
    reasons = cancelled("ConditionalCheckFailed", "TransactionConflict")
    with answered(store.table.client, "TransactWriteItems", reasons, times=1), pytest.raises(WriteConflict):
        store.claims.claim(executors[0], run())
    assert pauses == []


def test_endless_collisions_are_given_up_and_are_not_called_throttling(store: DynamoStore, pauses: list[float]) -> None:
    plan, executors = active(store)
    with (
        answered(store.table.client, "TransactWriteItems", cancelled("TransactionConflict", "None")),
        pytest.raises(Unavailable) as caught,
    ):
        store.claims.claim(executors[0], run())
    assert (caught.value.throttled, len(pauses)) == (False, 40)
    assert store.executors.locate(executors[0].id) == (plan, executors[0])


def test_pauses_grow_are_random_and_bounded() -> None:
    pauses: list[float] = []
    backoff = Backoff(sleep=pauses.append, rng=Random(7), shortest=0.1, longest=1.0)
    for _ in range(200):
        for attempt in range(8):
            backoff.pause(attempt)
    longest = [max(pauses[attempt::8]) for attempt in range(8)]
    assert [round(seconds, 1) for seconds in longest] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0]
    assert min(pauses) < 0.01


@pytest.mark.parametrize(
    ("code", "throttled"),
    [
        ("ThrottlingException", True),
        ("ProvisionedThroughputExceededException", True),
        ("TransactionConflictException", False),
    ],
)
def test_what_aws_does_not_do_is_unavailable(
    settings: Settings, clock: SetClock, moto_endpoint: str, code: str, throttled: bool
) -> None:
    store = dynamo(settings, clock, moto_endpoint, Backoff(tries=1, sleep=no_pause))
    with answered(store.table.client, "UpdateItem", error(code)), pytest.raises(Unavailable) as caught:
        store.plans.rename(draft()[0].id, "other")
    assert (caught.value.throttled, caught.value.operation) == (throttled, "renaming the plan")
    assert str(caught.value) == "renaming the plan did not succeed just now: try again in 5 seconds"


def test_an_endpoint_that_is_not_there_is_unavailable(settings: Settings, clock: SetClock) -> None:
    store = DynamoStore(settings, clock, endpoint="http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        store.unfinished.half_deleted()


def test_what_a_batch_leaves_over_is_sent_again(store: DynamoStore, pauses: list[float]) -> None:
    plan, executors = draft(40)
    left_over = nothing_done("UnprocessedItems", {})
    with (
        counted(store.table.client) as requests,
        answered(store.table.client, "BatchWriteItem", left_over, times=2),
    ):
        store.uncommitted.add(plan, executors)
    assert (requests["BatchWriteItem"], len(pauses)) == (3, 2)
    with answered(store.table.client, "BatchWriteItem", left_over, times=1):
        store.uncommitted.erase(plan.id)
    assert store.unfinished.executors_of(plan.id) == ()


def test_what_a_read_leaves_over_is_asked_for_again(store: DynamoStore, pauses: list[float]) -> None:
    plan, executors = active(store)
    left_over = nothing_done("UnprocessedKeys", {"Responses": {}})
    with answered(store.table.client, "BatchGetItem", left_over, times=2):
        assert store.executors.locate(executors[0].id) == (plan, executors[0])
    assert len(pauses) == 2


@pytest.mark.parametrize(
    ("operation", "key"), [("BatchWriteItem", "UnprocessedItems"), ("BatchGetItem", "UnprocessedKeys")]
)
def test_what_is_always_left_over_is_throttled(store: DynamoStore, operation: str, key: str) -> None:
    plan, executors = draft(30)
    with (
        answered(store.table.client, operation, nothing_done(key, {"Responses": {}})),
        pytest.raises(Unavailable) as caught,
    ):
        store.uncommitted.add(plan, executors)
        store.executors.locate(executors[0].id)
    assert caught.value.throttled


REFUSED = cancelled("None", "ConditionalCheckFailed")
Change = Callable[[DynamoStore, Plan, Executor], Any]


@pytest.mark.parametrize(
    "change",
    [
        lambda store, _, executor: store.runs.end(executor, DONE, NOW),
        lambda store, plan, executor: store.executors.soft_delete_executor(plan, executor, NOW),
    ],
    ids=["end", "soft_delete_executor"],
)
def test_a_tally_that_changes_under_every_try_is_unavailable_in_the_end(store: DynamoStore, change: Change) -> None:
    plan, executors = active(store)
    with answered(store.table.client, "TransactWriteItems", REFUSED, times=3):
        change(store, plan, executors[0])
    with answered(store.table.client, "TransactWriteItems", REFUSED), pytest.raises(Unavailable):
        change(store, store.plans.load(plan.id)[0], executors[1])
    assert_tally_is_right(store, plan.id)


def test_a_plan_whose_last_run_ends_just_now_is_deleted_at_the_next_try(store: DynamoStore) -> None:
    plan, executors = active(store)
    refused = error("ConditionalCheckFailedException")
    with answered(store.table.client, "UpdateItem", refused), pytest.raises(Unavailable):
        store.plans.soft_delete(plan.id, NOW)
    with answered(store.table.client, "UpdateItem", refused, times=2):
        assert store.plans.soft_delete(plan.id, NOW)[1] == executors
    assert store.unfinished.half_deleted() == (plan.id,)


def test_a_plan_that_expires_while_it_is_deleted_is_not_found(store: DynamoStore) -> None:
    plan, _ = active(store)
    with answered(store.table.client, "Query", success(Items=[], Count=0, ScannedCount=0)), pytest.raises(PlanNotFound):
        store.plans.soft_delete(plan.id, NOW)


def test_a_plan_that_expires_while_its_deletion_is_finished_is_left_alone(store: DynamoStore) -> None:
    plan, executors = active(store)
    store.plans.soft_delete(plan.id, NOW)
    with answered(store.table.client, "UpdateItem", error("ConditionalCheckFailedException")):
        store.plans.finalize_deletion(plan.id, NOW)
    located = store.executors.locate(executors[0].id)
    assert located
    assert (located[0].state, located[1].status) == (PlanState.DELETED, Status.CANCELLED)


def test_what_a_process_has_seen_of_plans_does_not_grow_without_bound(store: DynamoStore) -> None:
    plan, executors = active(store, 1)
    for number in range(1001):
        store.runs.rows.expect(f"{number:032x}", 5)
    store.executors.locate(executors[0].id)
    assert store.runs.rows._remaining == {plan.id: 1}
