"""``ports.Runs.begin``: attacks are counted exactly before they act, also when many are due at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from chalicelib.domain.engine_state import Limit
from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.model import Executor
from tests.contract.builders import DONE, MINUTE, NOW, run
from tests.contract.conftest import Store
from tests.contract.crowds import all_at_once
from tests.contract.test_executor_store import active

DAY = NOW.date()
TWO_A_DAY = [Limit(per_day=2)]
SPENT = "2 of 2 attacks a day were made already (all attacks)"


@pytest.fixture
def running(store: Store) -> tuple[Executor, ...]:
    return started(store, 5)


def started(store: Store, number: int) -> tuple[Executor, ...]:
    _, executors = active(store, number)
    return tuple(store.claims.claim(executor, run(executor.id)) for executor in executors)


def begun(store: Store, executor: Executor, limits: Sequence[Limit] = (), day: date = DAY) -> bool:
    return isinstance(store.runs.begin(executor, limits, day, NOW), Executor)


def test_when_it_began_and_what_it_prepared_goes_on_record(store: Store, running: tuple[Executor, ...]) -> None:
    state = {"groups": ["sg-1", "sg-2"], "share": 0.5}
    acting = store.runs.begin(running[0], [], DAY, NOW, state)
    assert acting == replace(running[0], began=NOW, prepared=state)
    assert store.executors.locate(running[0].id) == (store.plans.load(running[0].plan_id)[0], acting)
    ended = store.runs.end(acting, DONE, NOW)
    assert store.executors.locate(running[0].id) == (store.plans.load(running[0].plan_id)[0], ended)
    assert (ended.began, ended.prepared) == (NOW, state)


def test_a_run_is_ended_by_one_who_does_not_know_that_it_began(store: Store) -> None:
    """Also where others of the plan have ended meanwhile, and the store has to count again."""
    running = started(store, 3)
    for each in running:
        store.runs.begin(each, TWO_A_DAY, DAY, NOW, {"of": each.id})
    for each in reversed(running):  # the last to end takes the plan out of the list of open ones
        store.runs.end(each, DONE, NOW)
    plan, recorded = store.plans.load(running[0].plan_id)
    assert (plan.remaining, plan.running) == (0, 0)
    assert [(each.status, each.began) for each in recorded] == [
        *[(DONE.status, NOW)] * 2,
        (DONE.status, None),
    ]
    assert recorded[0].prepared == {"of": running[0].id}


def test_only_what_runs_begins_and_once(store: Store) -> None:
    _, (scheduled, *_) = active(store)
    with pytest.raises(WriteConflict):
        store.runs.begin(scheduled, [], DAY, NOW)
    running = store.claims.claim(scheduled, run())
    acting = store.runs.begin(running, TWO_A_DAY, DAY, NOW)
    assert store.runs.begin(running, TWO_A_DAY, DAY, NOW) == acting
    for other in (replace(running, run=run("another")), acting, store.runs.end(running, DONE, NOW)):
        assert isinstance(other, Executor)
        with pytest.raises(WriteConflict):
            store.runs.begin(other, [], DAY, NOW + MINUTE)
    second, third = started(store, 2)
    assert begun(store, second, TWO_A_DAY)  # the first was counted once
    assert not begun(store, third, TWO_A_DAY)


def test_as_many_begin_as_the_cap_allows_and_the_next_day_as_many_again(
    store: Store, running: tuple[Executor, ...]
) -> None:
    assert [begun(store, each, TWO_A_DAY) for each in running[:2]] == [True, True]
    assert store.runs.begin(running[2], TWO_A_DAY, DAY, NOW) == SPENT
    assert store.executors.locate(running[2].id) == (store.plans.load(running[2].plan_id)[0], running[2])
    assert begun(store, running[2], TWO_A_DAY, DAY + timedelta(days=1))


def test_every_kind_of_attack_has_its_own_cap_within_that_of_all(store: Store, running: tuple[Executor, ...]) -> None:
    of_a, of_b = ([Limit(per_day=3), Limit(ref=ref, per_day=2)] for ref in ("a:A", "b:B"))
    assert [begun(store, each, of_a) for each in running[:2]] == [True, True]
    assert store.runs.begin(running[2], of_a, DAY, NOW) == "2 of 2 attacks a day were made already (a:A)"
    assert begun(store, running[3], of_b)
    assert store.runs.begin(running[4], of_b, DAY, NOW) == "3 of 3 attacks a day were made already (all attacks)"


def test_what_one_limit_refuses_none_counts(store: Store, running: tuple[Executor, ...]) -> None:
    assert begun(store, running[0], [Limit(ref="a:A", per_day=1)])
    both = [Limit(per_day=1), Limit(ref="a:A", per_day=1)]
    assert store.runs.begin(running[1], both, DAY, NOW) == "1 of 1 attacks a day were made already (a:A)"
    assert begun(store, running[2], [Limit(per_day=1)])


def test_a_gap_lies_between_the_begin_of_two_attacks(store: Store, running: tuple[Executor, ...]) -> None:
    gap = [Limit(gap=10 * MINUTE)]
    assert begun(store, running[0], gap)
    assert store.runs.begin(running[1], gap, DAY, NOW + 9 * MINUTE) == (
        "the last attack began 540 seconds before, and 10 minutes are to lie between two (all attacks)"
    )
    assert isinstance(store.runs.begin(running[1], gap, DAY, NOW + 10 * MINUTE), Executor)
    assert isinstance(store.runs.begin(running[2], gap, DAY, NOW + 19 * MINUTE), str)


def test_of_fifty_at_once_a_cap_of_five_lets_five_begin(store: Store) -> None:
    limits = [Limit(per_day=5), Limit(ref="a:A", per_day=40)]
    answers = all_at_once([partial(store.runs.begin, each, limits, DAY, NOW) for each in started(store, 50)])
    assert sum(isinstance(answer, Executor) for answer in answers) == 5
    assert sum(answer == "5 of 5 attacks a day were made already (all attacks)" for answer in answers) == 45


def test_of_ten_at_once_a_gap_lets_one_begin(store: Store) -> None:
    gap = [Limit(gap=MINUTE)]
    answers = all_at_once([partial(store.runs.begin, each, gap, DAY, NOW) for each in started(store, 10)])
    assert sum(isinstance(answer, Executor) for answer in answers) == 1
