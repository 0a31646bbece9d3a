"""``ports.Listings``: pages that leave nothing out and show nothing twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import product
from random import Random

import pytest

from chalicelib.config.settings import Settings
from chalicelib.domain.executor_filter import ANY, STATUSES, ExecutorFilter
from chalicelib.domain.model import Executor, Plan, PlanState, Result, Status
from chalicelib.domain.page import Page
from tests.contract.builders import DONE, MINUTE, NOW, draft, run
from tests.contract.conftest import Store


@pytest.fixture(params=[1, 3], ids=["one shard", "three shards"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    return replace(settings, list_shards=request.param)


def committed(store: Store, *, created: datetime = NOW, executors: int = 1) -> tuple[Plan, tuple[Executor, ...]]:
    plan, made = draft(executors, created=created)
    store.uncommitted.add(plan, made)
    store.uncommitted.commit(plan.id)
    return replace(plan, state=PlanState.ACTIVE), made


def pages_of_plans(store: Store, limit: int, *, everything: bool) -> Iterator[Page[Plan]]:
    page = store.listings.plans(everything=everything, limit=limit, after=None)
    yield page
    while page.next_position is not None:
        page = store.listings.plans(everything=everything, limit=limit, after=page.next_position)
        yield page


def pages_of_executors(
    store: Store, limit: int, *, everything: bool, only: ExecutorFilter = ANY
) -> Iterator[Page[Executor]]:
    page = store.listings.executors(everything=everything, limit=limit, after=None, only=only)
    yield page
    while (after := page.next_position) is not None:
        page = store.listings.executors(everything=everything, limit=limit, after=after, only=only)
        assert page.next_position is None or page.next_position > after, "the walk does not get on"
        yield page


def crowd(store: Store, rng: Random) -> list[Executor]:
    """Executors of several plans in every status, some of the same second, some deleted; those that are listed."""
    listed = []
    for _ in range(5):
        dues = [NOW + MINUTE * rng.randrange(8) for _ in range(rng.randint(1, 6))]
        plan, made = draft(dues=dues)
        store.uncommitted.add(plan, made)
        store.uncommitted.commit(plan.id)
        for executor in made:
            status = rng.choice(STATUSES)
            if status.executed:
                listed.append(store.runs.end(executor, Result(status=status), NOW))
            elif status is Status.RUNNING:
                listed.append(store.claims.claim(executor, run()))
            elif rng.random() < 0.3:
                store.executors.soft_delete_executor(store.plans.load(plan.id)[0], executor, NOW)
            else:
                listed.append(executor)
    return sorted(listed, key=lambda executor: (executor.due, executor.id))


def test_the_lists_of_an_empty_store_are_one_empty_page(store: Store) -> None:
    for everything in (False, True):
        assert store.listings.plans(everything=everything, limit=5, after=None) == Page(items=(), next_position=None)
        assert store.listings.executors(everything=everything, limit=5, after=None) == Page(
            items=(), next_position=None
        )


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_walking_the_plans_shows_each_once_newest_first(store: Store, limit: int) -> None:
    created = (0, 5, 5, 5, 2, 9, 1)
    plans = [committed(store, created=NOW + MINUTE * minute)[0] for minute in created]
    pages = list(pages_of_plans(store, limit, everything=False))
    walked = [plan for page in pages for plan in page.items]
    assert walked == sorted(plans, key=lambda plan: plan.position, reverse=True)
    assert [len(page.items) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert 0 < len(pages[-1].items) <= limit


@pytest.mark.parametrize("limit", [1, 4, 9, 10, 100])
@pytest.mark.parametrize("everything", [False, True])
def test_walking_the_executors_shows_each_once_by_date(store: Store, limit: int, everything: bool) -> None:
    made = [
        executor for minute in (5, 0, 2) for executor in committed(store, created=NOW + MINUTE * minute, executors=3)[1]
    ]
    pages = list(pages_of_executors(store, limit, everything=everything))
    walked = [executor for page in pages for executor in page.items]
    assert walked == sorted(made, key=lambda executor: executor.position)
    assert [len(page.items) for page in pages[:-1]] == [limit] * (len(pages) - 1)


def test_the_short_lists_leave_out_what_is_over(store: Store) -> None:
    over, (done,) = committed(store)
    open_plan, (waiting,) = committed(store, created=NOW + MINUTE)
    ended = store.runs.end(store.claims.claim(done, run()), DONE, NOW)
    over = replace(over, remaining=0)
    assert store.listings.plans(everything=False, limit=9, after=None).items == (open_plan,)
    assert store.listings.plans(everything=True, limit=9, after=None).items == (open_plan, over)
    assert store.listings.executors(everything=False, limit=9, after=None).items == (waiting,)
    assert store.listings.executors(everything=True, limit=9, after=None).items == (ended, waiting)


def test_an_uncommitted_plan_is_not_listed(store: Store) -> None:
    store.uncommitted.add(*draft())
    for everything in (False, True):
        assert store.listings.plans(everything=everything, limit=9, after=None).items == ()


def test_a_page_begins_after_its_position_even_if_that_item_has_gone(store: Store) -> None:
    executors = committed(store, executors=4)[1]
    page = store.listings.executors(everything=True, limit=2, after=None)
    plan = store.plans.load(executors[1].plan_id)[0]
    store.executors.soft_delete_executor(plan, executors[1], NOW)
    assert store.listings.executors(everything=True, limit=2, after=page.next_position).items == executors[2:]


DATES = (None, *(NOW + MINUTE * minute for minute in (-9, 0, 3, 4, 99)))


@pytest.mark.parametrize("status", [None, *(status for status in STATUSES if status.executed)])
@pytest.mark.parametrize("everything", [False, True])
def test_a_filtered_walk_shows_what_looking_at_each_executor_would(
    store: Store, everything: bool, status: Status | None
) -> None:
    rng = Random(f"{status} {everything}")
    everyone = crowd(store, rng)
    for since, until in product(DATES, DATES):
        if since and until and since >= until:
            continue
        wanted = []
        for executor in everyone:
            shown = everything or executor.status in ("scheduled", "running")
            if status:
                shown = executor.status == status
            if shown and not (since and executor.due < since) and not (until and executor.due >= until):
                wanted.append(executor)
        limit = rng.randint(1, 9)
        only = ExecutorFilter(status=status, since=since, until=until)
        pages = list(pages_of_executors(store, limit, everything=everything, only=only))
        assert [executor for page in pages for executor in page.items] == wanted, (since, until, limit)
        assert [len(page.items) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        assert not wanted or pages[-1].items


def test_a_page_that_begins_where_its_time_is_over_is_empty(store: Store) -> None:
    executors = committed(store, executors=5)[1]
    only = ExecutorFilter(until=executors[2].due)
    page = store.listings.executors(everything=True, limit=9, after=executors[3].position, only=only)
    assert page == Page(items=(), next_position=None)


def test_a_page_does_not_begin_before_its_time(store: Store) -> None:
    executors = committed(store, executors=5)[1]
    for until in (None, NOW + 99 * MINUTE):
        only = ExecutorFilter(since=executors[2].due, until=until)
        assert (
            store.listings.executors(everything=True, limit=9, after=executors[0].position, only=only).items
            == executors[2:]
        )
