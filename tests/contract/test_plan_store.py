"""``ports.PlanStore``: plans from their first row to their tombstone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.errors import PlanIsRunning, PlanNotFound, WriteConflict
from chalicelib.domain.model import PlanState, Status
from tests.contract.builders import ATTACK, DONE, MINUTE, NOW, draft, run
from tests.contract.conftest import Store


def test_a_committed_plan_is_read_back_as_it_was_written(store: Store) -> None:
    plan, executors = draft(3)
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    assert store.plans.load(plan.id) == (replace(plan, state=PlanState.ACTIVE), executors)


def test_a_plan_larger_than_several_batches_is_read_back_whole(store: Store) -> None:
    plan, executors = draft(130)
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    assert store.plans.load(plan.id)[1] == executors


def test_executors_are_loaded_in_the_order_of_their_dates(store: Store) -> None:
    plan, executors = draft(3)
    later = tuple(replace(executor, due=NOW + MINUTE * (9 - number)) for number, executor in enumerate(executors))
    store.uncommitted.add(replace(plan, dues=tuple(sorted(executor.due for executor in later))), later)
    store.uncommitted.commit(plan.id)
    assert store.plans.load(plan.id)[1] == tuple(reversed(later))


def test_an_executor_keeps_the_attack_of_its_own(store: Store) -> None:
    plan, (executor,) = draft(1)
    executor = replace(executor, attack={**ATTACK, "args": {"none": None, "deep": [[1, 2.5, True]], "empty": ""}})
    store.uncommitted.add(plan, [executor])
    store.uncommitted.commit(plan.id)
    assert store.plans.load(plan.id)[1] == (executor,)


def test_an_uncommitted_plan_is_not_found(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    with pytest.raises(PlanNotFound):
        store.plans.load(plan.id)
    with pytest.raises(PlanNotFound):
        store.plans.rename(plan.id, "other")
    with pytest.raises(PlanNotFound):
        store.plans.soft_delete(plan.id, NOW)


def test_a_plan_that_never_was_is_not_found(store: Store) -> None:
    plan, _ = draft()
    with pytest.raises(PlanNotFound):
        store.plans.load(plan.id)
    with pytest.raises(PlanNotFound):
        store.plans.rename(plan.id, "other")
    with pytest.raises(PlanNotFound):
        store.plans.soft_delete(plan.id, NOW)
    store.plans.finalize_deletion(plan.id, NOW)
    store.uncommitted.erase(plan.id)


def test_adding_the_same_plan_again_is_no_error(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    assert store.plans.load(plan.id)[1] == executors


def test_adding_another_plan_under_an_id_that_is_taken_changes_nothing(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    with pytest.raises(WriteConflict):
        store.uncommitted.add(replace(plan, name="another"), executors[:1])
    assert store.plans.load(plan.id) == (replace(plan, state=PlanState.ACTIVE), executors)


def test_committing_twice_is_no_error(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    store.uncommitted.commit(plan.id)
    assert store.plans.load(plan.id)[0].state is PlanState.ACTIVE


def test_what_was_erased_cannot_be_committed(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.erase(plan.id)
    with pytest.raises(WriteConflict):
        store.uncommitted.commit(plan.id)


def test_what_was_deleted_cannot_be_committed(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    store.plans.soft_delete(plan.id, NOW)
    with pytest.raises(WriteConflict):
        store.uncommitted.commit(plan.id)


def test_erasing_leaves_no_row(store: Store) -> None:
    plan, executors = draft(40)
    store.uncommitted.add(plan, executors)
    store.uncommitted.erase(plan.id)
    assert [store.executors.locate(executor.id) for executor in executors] == [None] * 40
    assert store.unfinished.uncommitted(NOW + MINUTE) == ()
    assert store.listings.executors(everything=True, limit=10, after=None).items == ()
    store.uncommitted.erase(plan.id)


def test_what_was_erased_in_part_cannot_be_committed_and_keeps_the_rest(store: Store) -> None:
    plan, executors = draft(3)
    store.uncommitted.add(plan, executors)
    for _ in range(2):
        store.uncommitted.erase_executors(plan.id, [executors[0].id, executors[2].id])
        assert store.unfinished.executors_of(plan.id) == executors[1:2]
    with pytest.raises(WriteConflict):
        store.uncommitted.commit(plan.id)
    assert store.unfinished.uncommitted(NOW + MINUTE) == (plan.id,)
    store.uncommitted.erase(plan.id)
    assert store.unfinished.uncommitted(NOW + MINUTE) == () and store.unfinished.executors_of(plan.id) == ()


def test_whether_a_plan_may_be_erased_its_own_row_says_and_then_it_is_not_committed(store: Store) -> None:
    plan, executors = draft()
    assert not store.uncommitted.begin_erasing(plan.id)
    store.uncommitted.add(plan, executors)
    assert store.uncommitted.begin_erasing(plan.id) and store.uncommitted.begin_erasing(plan.id)
    with pytest.raises(WriteConflict):
        store.uncommitted.commit(plan.id)
    assert store.unfinished.executors_of(plan.id) == executors and store.unfinished.uncommitted(NOW + MINUTE) == (
        plan.id,
    )
    store.uncommitted.erase(plan.id)
    assert not store.uncommitted.begin_erasing(plan.id)


def test_erasing_an_active_or_deleted_plan_does_nothing(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    store.uncommitted.erase(plan.id)
    store.uncommitted.erase_executors(plan.id, [executors[0].id])
    assert not store.uncommitted.begin_erasing(plan.id)
    assert store.plans.load(plan.id)[1] == executors
    store.plans.soft_delete(plan.id, NOW)
    assert not store.uncommitted.begin_erasing(plan.id)
    store.uncommitted.erase(plan.id)
    store.uncommitted.erase_executors(plan.id, [executors[0].id])
    assert store.executors.locate(executors[0].id) is not None


def test_renaming_changes_the_name_and_nothing_else(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    renamed = replace(plan, state=PlanState.ACTIVE, name="weekly 名")
    assert store.plans.rename(plan.id, "weekly 名") == renamed
    assert store.plans.load(plan.id) == (renamed, executors)
    assert store.listings.plans(everything=False, limit=10, after=None).items == (renamed,)


def test_burying_gives_back_the_executors_as_they_were(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    deleted, left = store.plans.soft_delete(plan.id, NOW)
    assert (deleted, left) == (replace(plan, state=PlanState.DELETED), executors)
    with pytest.raises(PlanNotFound):
        store.plans.load(plan.id)


def test_a_deleted_plan_is_in_no_list(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    store.plans.soft_delete(plan.id, NOW)
    assert store.listings.plans(everything=True, limit=10, after=None).items == ()
    assert store.listings.plans(everything=False, limit=10, after=None).items == ()


def test_burying_again_later_finds_no_plan(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    store.plans.soft_delete(plan.id, NOW)
    with pytest.raises(PlanNotFound):
        store.plans.soft_delete(plan.id, NOW + MINUTE)


def test_burying_again_as_before_is_no_error(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    moment = NOW + timedelta(microseconds=123456)
    assert store.plans.soft_delete(plan.id, moment) == store.plans.soft_delete(plan.id, moment)
    with pytest.raises(PlanNotFound):
        store.plans.soft_delete(plan.id, moment + timedelta(microseconds=1))


def test_a_plan_with_an_executor_that_runs_is_not_deleted(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    running = store.claims.claim(executors[0], run())
    with pytest.raises(PlanIsRunning):
        store.plans.soft_delete(plan.id, NOW)
    store.runs.end(running, DONE, NOW)
    _, left = store.plans.soft_delete(plan.id, NOW)
    assert [executor.status for executor in left] == [Status.SUCCEEDED, Status.SCHEDULED, Status.SCHEDULED]


def test_interring_cancels_what_was_scheduled_and_keeps_what_has_ended(store: Store) -> None:
    plan, executors = draft(3)
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    ended = store.runs.end(store.claims.claim(executors[0], run()), DONE, NOW + MINUTE)
    store.plans.soft_delete(plan.id, NOW + 2 * MINUTE)
    store.plans.finalize_deletion(plan.id, NOW + 3 * MINUTE)
    found = [store.executors.locate(executor.id) for executor in executors]
    assert [pair and pair[1] for pair in found] == [
        replace(ended, deleted=True),
        *(
            replace(executor, status=Status.CANCELLED, finished=NOW + 3 * MINUTE, deleted=True)
            for executor in executors[1:]
        ),
    ]
    assert store.listings.executors(everything=True, limit=10, after=None).items == ()
    assert store.listings.executors(everything=False, limit=10, after=None).items == ()


def test_interring_twice_changes_nothing(store: Store) -> None:
    plan, executors = draft(2)
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    store.plans.soft_delete(plan.id, NOW)
    store.plans.finalize_deletion(plan.id, NOW)
    before = store.executors.locate(executors[0].id)
    store.plans.finalize_deletion(plan.id, NOW + MINUTE)
    assert store.executors.locate(executors[0].id) == before


def test_the_deletion_of_a_deleted_plan_alone_is_finished(store: Store) -> None:
    plan, executors = draft()
    store.uncommitted.add(plan, executors)
    store.plans.finalize_deletion(plan.id, NOW)
    store.uncommitted.commit(plan.id)
    store.plans.finalize_deletion(plan.id, NOW)
    assert store.plans.load(plan.id)[1] == executors


def test_who_made_and_who_deleted_a_plan_is_on_record(store: Store) -> None:
    plan, executors = draft(2)
    plan = replace(plan, created_by="ana", secrets_of="0123456789abcdef" * 2)
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    loaded, _ = store.plans.load(plan.id)
    assert (loaded.created_by, loaded.sealed_under) == ("ana", "0123456789abcdef" * 2)
    for _ in range(2):
        deleted = store.plans.soft_delete(plan.id, NOW, by="ben")[0]
        assert (deleted.created_by, deleted.deleted_by) == ("ana", "ben")
    store.plans.finalize_deletion(plan.id, NOW)
    found = store.executors.locate(executors[0].id)
    assert found and (found[0].deleted_by, found[1].deleted_by) == ("ben", "ben")
