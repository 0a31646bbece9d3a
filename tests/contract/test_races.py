"""What happens at the same moment: one wins, the others are refused, and the tally equals a recount."""

from functools import partial

from chalicelib.domain.errors import KeyTaken, PlanIsRunning, PlanNotFound, WriteConflict
from chalicelib.domain.idempotency_key import IdempotencyRecord, request_key
from chalicelib.domain.model import Executor, PlanState, Status
from tests.contract.builders import DONE, MINUTE, NOW, draft, run
from tests.contract.conftest import Store
from tests.contract.crowds import all_at_once
from tests.contract.test_executor_store import active


def assert_tally_is_right(store: Store, plan_id: str) -> None:
    plan, executors = store.plans.load(plan_id)
    assert plan.dues == tuple(sorted(executor.due for executor in executors))
    assert plan.remaining == sum(not executor.status.executed for executor in executors)
    assert plan.running == sum(executor.status is Status.RUNNING for executor in executors)
    assert (plan in store.listings.plans(everything=False, limit=9, after=None).items) is (plan.remaining > 0)


def test_of_twenty_claims_of_one_executor_one_succeeds(store: Store) -> None:
    plan, executors = active(store)
    answers = all_at_once([partial(store.claims.claim, executors[0], run(f"run-{number}")) for number in range(20)])
    winners = [answer for answer in answers if isinstance(answer, Executor)]
    assert (len(winners), sum(isinstance(answer, WriteConflict) for answer in answers)) == (1, 19)
    assert store.executors.locate(executors[0].id) == (store.plans.load(plan.id)[0], winners[0])
    assert_tally_is_right(store, plan.id)


def test_an_executor_is_claimed_once_at_its_time_or_before_it(store: Store) -> None:
    plan, executors = active(store)
    at_its_time = [partial(store.claims.claim, executors[0], run(f"run-{number}")) for number in range(5)]
    before_it = [partial(store.claims.claim_now, plan, executors[0], run(f"early-{number}")) for number in range(5)]
    answers = all_at_once([*at_its_time, *before_it])
    assert sum(isinstance(answer, Executor) for answer in answers) == 1
    assert sum(isinstance(answer, WriteConflict) for answer in answers) == 9
    assert_tally_is_right(store, plan.id)


def test_thirty_ends_at_once_leave_an_executed_plan(store: Store) -> None:
    plan, executors = active(store, 30)
    claims = [partial(store.claims.claim, executor, run(executor.id)) for executor in executors]
    running = all_at_once(claims)
    assert store.plans.load(plan.id)[0].running == 30
    ended = all_at_once([partial(store.runs.end, executor, DONE, NOW) for executor in running])
    assert [executor.status for executor in ended] == [Status.SUCCEEDED] * 30
    left = store.plans.load(plan.id)[0]
    assert (left.remaining, left.running) == (0, 0)
    assert_tally_is_right(store, plan.id)


def test_the_same_end_ten_times_at_once_counts_once(store: Store) -> None:
    plan, executors = active(store, 2)
    running = store.claims.claim(executors[0], run())
    answers = all_at_once([partial(store.runs.end, running, DONE, NOW)] * 10)
    assert answers == [answers[0]] * 10
    assert_tally_is_right(store, plan.id)


def test_a_plan_is_either_deleted_or_claimed(store: Store) -> None:
    plan, executors = active(store, 5)
    claims = [partial(store.claims.claim, executor, run(executor.id)) for executor in executors]
    burial, *answers = all_at_once([partial(store.plans.soft_delete, plan.id, NOW), *claims])
    if isinstance(burial, PlanIsRunning):
        assert any(isinstance(answer, Executor) for answer in answers)
        assert_tally_is_right(store, plan.id)
    else:
        assert all(isinstance(answer, WriteConflict) for answer in answers)
        assert burial[1] == executors


def test_of_five_moves_at_once_one_succeeds(store: Store) -> None:
    plan, executors = active(store)
    moves = [partial(store.executors.move, plan, executors[0], NOW + MINUTE * (90 + number)) for number in range(5)]
    answers = all_at_once(moves)
    winners = [answer for answer in answers if isinstance(answer, Executor)]
    assert (len(winners), sum(isinstance(answer, WriteConflict) for answer in answers)) == (1, 4)
    assert store.plans.load(plan.id)[1][-1] == winners[0]
    assert_tally_is_right(store, plan.id)


def test_a_scheduled_executor_is_either_moved_or_claimed_or_deleted(store: Store) -> None:
    plan, executors = active(store)
    answers = all_at_once(
        [
            partial(store.executors.move, plan, executors[0], NOW + 90 * MINUTE),
            partial(store.claims.claim, executors[0], run()),
            partial(store.executors.soft_delete_executor, plan, executors[0], NOW),
        ]
    )
    assert sum(isinstance(answer, WriteConflict) for answer in answers) == 2
    assert_tally_is_right(store, plan.id)


def test_deleting_executors_while_others_end_keeps_the_tally(store: Store) -> None:
    plan, executors = active(store, 12)
    running = [store.claims.claim(executor, run(executor.id)) for executor in executors[:6]]
    plan = store.plans.load(plan.id)[0]
    ends = [partial(store.runs.end, executor, DONE, NOW) for executor in running]
    burials = [partial(store.executors.soft_delete_executor, plan, executor, NOW) for executor in executors[6:]]
    answers = all_at_once([*ends, *burials])
    assert all(isinstance(answer, Executor) for answer in answers[:6])
    assert sum(answer is None for answer in answers[6:]) == 1, "who changes the dates has to know them"
    assert_tally_is_right(store, plan.id)


def test_a_plan_is_either_committed_whole_or_erased(store: Store) -> None:
    plan, executors = draft(30)
    store.uncommitted.add(plan, executors)
    commit, _ = all_at_once([partial(store.uncommitted.commit, plan.id), partial(store.uncommitted.erase, plan.id)])
    if isinstance(commit, WriteConflict):
        assert store.executors.locate(executors[0].id) is None
    else:
        assert store.plans.load(plan.id)[1] == executors


def test_of_ten_plans_made_with_one_key_at_once_one_is(store: Store) -> None:
    key = request_key("a key", {})
    drafts = [draft(2) for _ in range(10)]
    answers = all_at_once([partial(store.uncommitted.add, plan, executors, key) for plan, executors in drafts])
    assert (answers.count(None), sum(isinstance(answer, KeyTaken) for answer in answers)) == (1, 9)
    winner = drafts[answers.index(None)][0]
    assert store.keys.made_with(key.id) == IdempotencyRecord(body=key.body, plan=winner)
    assert store.unfinished.uncommitted(NOW + MINUTE) == (winner.id,)
    others = [executors for plan, executors in drafts if plan != winner]
    assert not any(store.executors.locate(each.id) for executors in others for each in executors)


def test_a_key_is_seen_with_its_plan_or_not_at_all_while_that_is_erased(store: Store) -> None:
    key = request_key("a key", {})
    plan, executors = draft(30)
    store.uncommitted.add(plan, executors, key)
    looks = [partial(store.keys.made_with, key.id)] * 10
    *seen, _ = all_at_once([*looks, partial(store.uncommitted.erase, plan.id)])
    assert all(each is None or (each.plan and each.plan.id == plan.id) for each in seen)
    assert store.keys.made_with(key.id) is None


def test_a_key_that_two_free_and_use_again_at_once_makes_one_plan(store: Store) -> None:
    key = request_key("a key", {})
    dead, executors = draft(3)
    store.uncommitted.add(dead, executors, key)

    def again() -> str:
        store.uncommitted.erase(dead.id)
        plan, executors = draft(3)
        store.uncommitted.add(plan, executors, key)
        return plan.id

    answers = all_at_once([again] * 4)
    (made,) = [answer for answer in answers if isinstance(answer, str)]
    found = store.keys.made_with(key.id)
    assert found and found.plan and found.plan.id == made
    assert sum(isinstance(answer, KeyTaken) for answer in answers) == 3


def test_of_ten_deletions_at_different_times_one_succeeds(store: Store) -> None:
    plan, _ = active(store)
    answers = all_at_once([partial(store.plans.soft_delete, plan.id, NOW + MINUTE * number) for number in range(10)])
    assert sum(isinstance(answer, PlanNotFound) for answer in answers) == 9
    assert next(answer for answer in answers if isinstance(answer, tuple))[0].state is PlanState.DELETED
