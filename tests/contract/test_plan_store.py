"""``ports.PlanStore``: plans from their first row to their tombstone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.errors import Lost, PlanIsRunning, PlanNotFound
from chalicelib.model import PlanState, Status
from tests.contract.builders import ATTACK, DONE, MINUTE, NOW, draft, run
from tests.contract.conftest import Store


def test_a_committed_plan_is_read_back_as_it_was_written(store: Store) -> None:
    plan, executors = draft(3)
    store.add(plan, executors)
    store.commit(plan.id)
    assert store.load(plan.id) == (replace(plan, state=PlanState.ACTIVE), executors)


def test_a_plan_larger_than_several_batches_is_read_back_whole(store: Store) -> None:
    plan, executors = draft(130)
    store.add(plan, executors)
    store.commit(plan.id)
    assert store.load(plan.id)[1] == executors


def test_executors_are_loaded_in_the_order_of_their_dates(store: Store) -> None:
    plan, executors = draft(3)
    later = tuple(replace(executor, due=NOW + MINUTE * (9 - number)) for number, executor in enumerate(executors))
    store.add(replace(plan, dues=tuple(sorted(executor.due for executor in later))), later)
    store.commit(plan.id)
    assert store.load(plan.id)[1] == tuple(reversed(later))


def test_an_executor_keeps_the_attack_of_its_own(store: Store) -> None:
    plan, (executor,) = draft(1)
    executor = replace(executor, attack={**ATTACK, "args": {"none": None, "deep": [[1, 2.5, True]], "empty": ""}})
    store.add(plan, [executor])
    store.commit(plan.id)
    assert store.load(plan.id)[1] == (executor,)


def test_an_uncommitted_plan_is_not_found(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    with pytest.raises(PlanNotFound):
        store.load(plan.id)
    with pytest.raises(PlanNotFound):
        store.rename(plan.id, "other")
    with pytest.raises(PlanNotFound):
        store.bury(plan.id, NOW)


def test_a_plan_that_never_was_is_not_found(store: Store) -> None:
    plan, _ = draft()
    with pytest.raises(PlanNotFound):
        store.load(plan.id)
    with pytest.raises(PlanNotFound):
        store.rename(plan.id, "other")
    with pytest.raises(PlanNotFound):
        store.bury(plan.id, NOW)
    store.inter(plan.id, NOW)
    store.erase(plan.id)


def test_adding_the_same_plan_again_is_no_error(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.add(plan, executors)
    store.commit(plan.id)
    assert store.load(plan.id)[1] == executors


def test_adding_another_plan_under_an_id_that_is_taken_changes_nothing(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.commit(plan.id)
    with pytest.raises(Lost):
        store.add(replace(plan, name="another"), executors[:1])
    assert store.load(plan.id) == (replace(plan, state=PlanState.ACTIVE), executors)


def test_committing_twice_is_no_error(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.commit(plan.id)
    store.commit(plan.id)
    assert store.load(plan.id)[0].state is PlanState.ACTIVE


def test_what_was_erased_cannot_be_committed(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.erase(plan.id)
    with pytest.raises(Lost):
        store.commit(plan.id)


def test_what_was_deleted_cannot_be_committed(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.commit(plan.id)
    store.bury(plan.id, NOW)
    with pytest.raises(Lost):
        store.commit(plan.id)


def test_erasing_leaves_no_row(store: Store) -> None:
    plan, executors = draft(40)
    store.add(plan, executors)
    store.erase(plan.id)
    assert [store.locate(executor.id) for executor in executors] == [None] * 40
    assert store.uncommitted(NOW + MINUTE) == ()
    assert store.executors(everything=True, limit=10, after=None).items == ()
    store.erase(plan.id)


def test_what_was_erased_in_part_cannot_be_committed_and_keeps_the_rest(store: Store) -> None:
    plan, executors = draft(3)
    store.add(plan, executors)
    for _ in range(2):
        store.erase_executors(plan.id, [executors[0].id, executors[2].id])
        assert store.executors_of(plan.id) == executors[1:2]
    with pytest.raises(Lost):
        store.commit(plan.id)
    assert store.uncommitted(NOW + MINUTE) == (plan.id,)
    store.erase(plan.id)
    assert store.uncommitted(NOW + MINUTE) == () and store.executors_of(plan.id) == ()


def test_whether_a_plan_may_be_erased_its_own_row_says_and_then_it_is_not_committed(store: Store) -> None:
    plan, executors = draft()
    assert not store.begin_erasing(plan.id)
    store.add(plan, executors)
    assert store.begin_erasing(plan.id) and store.begin_erasing(plan.id)
    with pytest.raises(Lost):
        store.commit(plan.id)
    assert store.executors_of(plan.id) == executors and store.uncommitted(NOW + MINUTE) == (plan.id,)
    store.erase(plan.id)
    assert not store.begin_erasing(plan.id)


def test_erasing_an_active_or_deleted_plan_does_nothing(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.commit(plan.id)
    store.erase(plan.id)
    store.erase_executors(plan.id, [executors[0].id])
    assert not store.begin_erasing(plan.id)
    assert store.load(plan.id)[1] == executors
    store.bury(plan.id, NOW)
    assert not store.begin_erasing(plan.id)
    store.erase(plan.id)
    store.erase_executors(plan.id, [executors[0].id])
    assert store.locate(executors[0].id) is not None


def test_renaming_changes_the_name_and_nothing_else(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.commit(plan.id)
    renamed = replace(plan, state=PlanState.ACTIVE, name="weekly 名")
    assert store.rename(plan.id, "weekly 名") == renamed
    assert store.load(plan.id) == (renamed, executors)
    assert store.plans(everything=False, limit=10, after=None).items == (renamed,)


def test_burying_gives_back_the_executors_as_they_were(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.commit(plan.id)
    buried, left = store.bury(plan.id, NOW)
    assert (buried, left) == (replace(plan, state=PlanState.DELETED), executors)
    with pytest.raises(PlanNotFound):
        store.load(plan.id)


def test_a_buried_plan_is_in_no_list(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.commit(plan.id)
    store.bury(plan.id, NOW)
    assert store.plans(everything=True, limit=10, after=None).items == ()
    assert store.plans(everything=False, limit=10, after=None).items == ()


def test_burying_again_later_finds_no_plan(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.commit(plan.id)
    store.bury(plan.id, NOW)
    with pytest.raises(PlanNotFound):
        store.bury(plan.id, NOW + MINUTE)


def test_burying_again_as_before_is_no_error(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.commit(plan.id)
    moment = NOW + timedelta(microseconds=123456)
    assert store.bury(plan.id, moment) == store.bury(plan.id, moment)
    with pytest.raises(PlanNotFound):
        store.bury(plan.id, moment + timedelta(microseconds=1))


def test_a_plan_with_an_executor_that_runs_is_not_buried(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.commit(plan.id)
    running = store.claim(executors[0], run())
    with pytest.raises(PlanIsRunning):
        store.bury(plan.id, NOW)
    store.end(running, DONE, NOW)
    _, left = store.bury(plan.id, NOW)
    assert [executor.status for executor in left] == [Status.SUCCEEDED, Status.SCHEDULED, Status.SCHEDULED]


def test_interring_cancels_what_was_scheduled_and_keeps_what_has_ended(store: Store) -> None:
    plan, executors = draft(3)
    store.add(plan, executors)
    store.commit(plan.id)
    ended = store.end(store.claim(executors[0], run()), DONE, NOW + MINUTE)
    store.bury(plan.id, NOW + 2 * MINUTE)
    store.inter(plan.id, NOW + 3 * MINUTE)
    found = [store.locate(executor.id) for executor in executors]
    assert [pair and pair[1] for pair in found] == [
        replace(ended, deleted=True),
        *(
            replace(executor, status=Status.CANCELLED, finished=NOW + 3 * MINUTE, deleted=True)
            for executor in executors[1:]
        ),
    ]
    assert store.executors(everything=True, limit=10, after=None).items == ()
    assert store.executors(everything=False, limit=10, after=None).items == ()


def test_interring_twice_changes_nothing(store: Store) -> None:
    plan, executors = draft(2)
    store.add(plan, executors)
    store.commit(plan.id)
    store.bury(plan.id, NOW)
    store.inter(plan.id, NOW)
    before = store.locate(executors[0].id)
    store.inter(plan.id, NOW + MINUTE)
    assert store.locate(executors[0].id) == before


def test_only_a_buried_plan_is_interred(store: Store) -> None:
    plan, executors = draft()
    store.add(plan, executors)
    store.inter(plan.id, NOW)
    store.commit(plan.id)
    store.inter(plan.id, NOW)
    assert store.load(plan.id)[1] == executors


def test_who_made_and_who_deleted_a_plan_is_on_record(store: Store) -> None:
    plan, executors = draft(2)
    plan = replace(plan, created_by="ana")
    store.add(plan, executors)
    store.commit(plan.id)
    assert store.load(plan.id)[0].created_by == "ana"
    for _ in range(2):
        buried = store.bury(plan.id, NOW, by="ben")[0]
        assert (buried.created_by, buried.deleted_by) == ("ana", "ben")
    store.inter(plan.id, NOW)
    found = store.locate(executors[0].id)
    assert found and (found[0].deleted_by, found[1].deleted_by) == ("ben", "ben")
