"""What each operation costs in requests: money and time on AWS, so the numbers are exact."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from math import ceil
from random import Random
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.layout import executor_key
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.memory.alarms import MemoryAlarms
from chalicelib.adapters.memory.publisher import MemoryPublisher
from chalicelib.adapters.memory.schedules import MemorySchedules
from chalicelib.adapters.memory.vault import MemorySecrets, MemoryVault
from chalicelib.config.settings import Settings
from chalicelib.domain.delivery import Delivery, Refusal
from chalicelib.domain.engine_state import AuditEntry, Control, Freeze, Limit
from chalicelib.domain.executor_filter import ExecutorFilter
from chalicelib.domain.hours import DAYS
from chalicelib.domain.idempotency_key import request_key
from chalicelib.domain.model import Executor, Plan, Status
from chalicelib.execution.executor import Execution
from chalicelib.repair.sweep import Sweep
from chalicelib.secrets.encryption import Opening
from tests.contract.builders import DONE, MINUTE, NOW, SetClock, draft, run
from tests.contract.conftest import dynamo, empty
from tests.contract.test_executor_store import active
from tests.contract.wires import answers, counted, recorded
from tests.support.world import ATTACKS
from tests.support.world import settings as settings_of_a_world


@pytest.fixture
def store(
    moto_endpoint: str, settings: Settings, clock: SetClock, dynamo_stores: dict[tuple[str, int], DynamoStore]
) -> Iterator[DynamoStore]:
    key = (moto_endpoint, 1)
    store = dynamo_stores[key] = dynamo_stores.get(key) or dynamo(settings, clock, moto_endpoint)
    yield store
    empty(store)


def cost(store: DynamoStore, operation: Callable[[], Any]) -> Counter[str]:
    with counted(store.table.client) as requests:
        operation()
    return requests


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("executors", [0, 1, 24, 25, 49, 50, 100, 110])
def test_adding_costs_a_write_for_every_25_rows(store: DynamoStore, executors: int, keyed: bool) -> None:
    plan, made = draft(executors)
    key = request_key("a key", {}) if keyed else None
    requests = cost(store, lambda: store.uncommitted.add(plan, made, key))
    assert requests == Counter(TransactWriteItems=1, BatchWriteItem=ceil((executors + 1) / 25) - 1)
    assert cost(store, lambda: store.uncommitted.commit(plan.id)) == Counter(UpdateItem=1)
    assert store.plans.load(plan.id)[1] == made


def test_executors_with_attacks_of_their_own_are_written_after_the_plan(store: DynamoStore) -> None:
    """A transaction has 4 MB at most, a batch 16."""
    plan, made = draft(20)
    own = {"ref": "a:A", "args": {"text": "x" * 300_000}}
    large = [made[0], *(replace(executor, attack=own) for executor in made[1:])]
    assert cost(store, lambda: store.uncommitted.add(plan, large)) == Counter(TransactWriteItems=1, BatchWriteItem=1)
    store.uncommitted.commit(plan.id)
    assert store.plans.load(plan.id)[1] == tuple(large)


def test_erasing_costs_a_mark_a_read_and_the_deletes(store: DynamoStore) -> None:
    plan, made = draft(30)
    store.uncommitted.add(plan, made)
    requests = cost(store, lambda: store.uncommitted.erase(plan.id))
    assert requests == Counter(UpdateItem=1, Query=1, BatchWriteItem=2, DeleteItem=1)


def test_a_key_costs_a_look_beforehand_and_nothing_when_it_is_written(store: DynamoStore) -> None:
    plan, made = draft(30)
    key = request_key("a key", {})
    assert cost(store, lambda: store.keys.made_with(key.id)) == Counter(BatchGetItem=1)
    assert cost(store, lambda: store.uncommitted.add(plan, made, key)) == Counter(
        TransactWriteItems=1, BatchWriteItem=1
    )
    assert cost(store, lambda: store.keys.made_with(key.id)) == Counter(BatchGetItem=2)
    requests = cost(store, lambda: store.uncommitted.erase(plan.id))
    assert requests == Counter(UpdateItem=1, Query=1, BatchWriteItem=2, DeleteItem=2)


def test_reading_a_plan_costs_one_query(store: DynamoStore) -> None:
    plan, _ = active(store, 200)
    assert cost(store, lambda: store.plans.load(plan.id)) == Counter(Query=1)


def test_a_megabyte_more_costs_a_query_more(store: DynamoStore) -> None:
    plan, made = draft(4)
    heavy = {"ref": "a:A", "args": {"text": "x" * 350_000}}
    store.uncommitted.add(plan, [replace(executor, attack=heavy) for executor in made])
    store.uncommitted.commit(plan.id)
    assert cost(store, lambda: store.plans.load(plan.id)) == Counter(Query=2)


def test_locating_claiming_and_recording_cost_a_request_each(store: DynamoStore) -> None:
    for size in (1, 5):
        plan, made = active(store, size)
        assert cost(store, lambda: store.executors.locate(made[0].id)) == Counter(BatchGetItem=1)  # noqa: B023
        assert cost(store, lambda: store.claims.claim(made[0], run())) == Counter(TransactWriteItems=1)  # noqa: B023
        running = store.plans.load(plan.id)[1][0]
        assert cost(store, lambda: store.runs.end(running, DONE, NOW)) == Counter(TransactWriteItems=1)  # noqa: B023


HERD = {"ref": "herd:Herd", "args": {"size": 3}}


@pytest.mark.parametrize(
    ("given", "writes", "status"),
    [
        ({}, 2, Status.SUCCEEDED),
        ({"limits": (Limit(per_day=9),)}, 3, Status.SUCCEEDED),
        ({"leashed": True}, 2, Status.SKIPPED),
    ],
    ids=["", "limited", "leashed"],
)
@pytest.mark.parametrize("own", [None, {**HERD, "args": {"size": 4}}], ids=["its plan's", "its own"])
@pytest.mark.parametrize("size", [1, 5])
def test_an_attack_costs_three_requests_from_delivery_to_record_and_limits_one_more(
    store: DynamoStore, size: int, own: Any, given: dict[str, Any], writes: int, status: Status
) -> None:
    """Also of a plan's only executor, of its last one, and in a process that knows nothing of the plan yet."""
    plan, made = draft(size)
    plan, made = replace(plan, attack=HERD), tuple(replace(each, attack=own) for each in made)
    store.uncommitted.add(plan, made)
    store.uncommitted.commit(plan.id)
    for executor in made:
        store.runs.rows._remaining.clear()
        ended, requests = executed(store, executor, **given)
        assert ended is status
        assert requests == Counter(BatchGetItem=1, TransactWriteItems=writes)
    assert store.plans.load(plan.id)[0].executed


def test_what_is_blocked_or_refused_costs_two_requests(store: DynamoStore) -> None:
    """The read that says why, and what puts that on record."""
    _, (executor, other) = active(store, 2)
    store.claims.claim(executor, run())
    status, requests = executed(store, executor)
    assert status is Refusal.RUNNING
    assert requests == Counter(BatchGetItem=1, UpdateItem=1)
    store.controls.steer(
        Control(), Control(halted=True, reason="smoke", version=1), AuditEntry(at=NOW, by="a", action="b", details={})
    )
    status, requests = executed(store, other)
    assert status is Status.SKIPPED
    assert requests == Counter(BatchGetItem=1, TransactWriteItems=1)


def freeze(start: int, end: int) -> Freeze:
    return Freeze(id=f"{start}", name="sale", start=NOW + start * MINUTE, end=NOW + end * MINUTE, reason="Black Friday")


EVERY_GUARD = {
    "probability": 1,
    "min_healthy": 1,
    "max_targets": 1,
    "alarms": ["fine"],
    "windows": [{"days": [*DAYS], "from": "00:00", "to": "24:00"}],
    "not_on": ["2099-01-01"],
}
GUARDED = {"guards": EVERY_GUARD}
LIMITED = {"limits": (Limit(per_day=1), Limit(ref="herd:Herd", gap=MINUTE))}
BETWEEN_FREEZES = {"freezes": (freeze(-99, -98), freeze(9_999, 10_000))}
STATES = [{}, {"halted": True, "reason": "smoke"}, {"freezes": (freeze(-99, 99),)}, BETWEEN_FREEZES]


@pytest.mark.parametrize("spent", [False, True], ids=["", "spent"])
@pytest.mark.parametrize("limits", [{}, LIMITED], ids=["", "limited"])
@pytest.mark.parametrize("guards", [{}, GUARDED], ids=["", "guarded"])
@pytest.mark.parametrize("state", STATES, ids=["", "halted", "frozen", "between freezes"])
def test_all_guards_together_add_two_requests_at_the_most(
    store: DynamoStore, state: dict[str, Any], guards: dict[str, Any], limits: dict[str, Any], spent: bool
) -> None:
    """Added to the three of an attack without guards, whichever of them block this one."""
    drafts = [draft(dues=[NOW]) for _ in range(2)]
    (earlier, (first,)), (plan, (executor,)) = [(replace(it, attack=HERD, **guards), made) for it, made in drafts]
    for each, its in ((earlier, first), (plan, executor)):
        store.uncommitted.add(each, [its])
        store.uncommitted.commit(each.id)
    if spent:
        assert executed(store, first, **limits)[0] is Status.SUCCEEDED
    store.controls.steer(Control(), Control(version=1, **state), AuditEntry(at=NOW, by="a", action="b", details={}))
    status, requests = executed(store, executor, **limits)
    held = state in STATES[1:3] or (spent and limits)
    assert status is (Status.SKIPPED if held else Status.SUCCEEDED)
    assert requests.total() <= 3 + 2


def executed(store: DynamoStore, executor: Executor, **settings: Any) -> tuple[Status | Refusal, Counter[str]]:
    """How the executor ended when it was due, and what that cost."""
    alarms = MemoryAlarms()
    alarms.raised["fine"] = "OK"
    execution = Execution(
        settings=settings_of_a_world(**settings),
        claims=store.claims,
        runs=store.runs,
        publisher=MemoryPublisher(),
        attacks=ATTACKS,
        opening=Opening(vault=MemoryVault(), reader=MemorySecrets(), stage="test"),
        alarms=alarms,
        clock=lambda: executor.due,
        rng=Random(7),
    )
    delivered = Delivery(executor_id=executor.id, due=executor.due, request_id="request-1", seconds=300)
    with counted(store.table.client) as requests:
        recorded = execution.execute(delivered)
    return recorded.status if isinstance(recorded, Executor) else recorded, requests


@pytest.mark.parametrize("guards", [None, EVERY_GUARD], ids=["no guards", "every guard"])
@pytest.mark.parametrize(
    ("limits", "writes"), [((), 2), ((Limit(per_day=9), Limit(ref="herd:Herd", gap=MINUTE)), 3)], ids=["", "limited"]
)
def test_guards_that_look_at_targets_add_a_look_at_the_engine_and_limits_one_request_for_both(
    store: DynamoStore, guards: Any, limits: tuple[Limit, ...], writes: int
) -> None:
    """The engine's state comes with the executor. The look-up of the targets takes its time, so the engine is looked at
    again: in the write of the limits, where there is one."""
    plan, (executor,) = draft(1)
    plan = replace(plan, attack={"ref": "herd:Herd", "args": {"size": 3}}, guards=guards)
    store.uncommitted.add(plan, [executor])
    store.uncommitted.commit(plan.id)
    status, requests = executed(store, executor, limits=limits)
    assert status is Status.SUCCEEDED
    again = bool(guards) and not limits
    assert requests == Counter(BatchGetItem=1 + again, TransactWriteItems=writes)


VALVE = {"ref": "valve:Valve", "args": {"duration": 600}}


@pytest.mark.parametrize("attack", [{"ref": "herd:Herd", "args": {"size": 3}}, VALVE], ids=["", "with an undo"])
@pytest.mark.parametrize("limit", [Limit(per_day=1), Limit(gap=MINUTE)], ids=["cap", "gap"])
def test_an_attack_that_a_limit_refuses_costs_what_one_costs_that_it_allows(
    store: DynamoStore, limit: Limit, attack: Any
) -> None:
    plan, made = draft(dues=[NOW, NOW])
    store.uncommitted.add(replace(plan, attack=attack), made)
    store.uncommitted.commit(plan.id)
    assert executed(store, made[0], limits=(limit,)) == (
        Status.SUCCEEDED,
        Counter(BatchGetItem=1, TransactWriteItems=3),
    )
    assert executed(store, made[1], limits=(limit,)) == (
        Status.SKIPPED,
        Counter(BatchGetItem=1, TransactWriteItems=3),
    )


def test_an_undo_costs_a_look_at_its_attack_and_a_struck_note_whatever_the_limits(store: DynamoStore) -> None:
    plan, (attack, undo) = draft(2)
    store.uncommitted.add(
        replace(plan, attack=VALVE, undoable=True), [replace(attack, undo=undo.id), replace(undo, undoes=attack.id)]
    )
    store.uncommitted.commit(plan.id)
    limits = (Limit(per_day=1),)
    assert executed(store, attack, limits=limits)[0] is Status.SUCCEEDED
    assert executed(store, undo, limits=limits) == (
        Status.SUCCEEDED,
        Counter(BatchGetItem=2, TransactWriteItems=2, UpdateItem=1),
    )


def test_what_is_blocked_when_it_is_due_costs_a_read_and_a_write(store: DynamoStore) -> None:
    plan, (executor,) = draft(1)
    store.uncommitted.add(replace(plan, guards={"probability": 0}), [executor])
    store.uncommitted.commit(plan.id)
    status, requests = executed(store, executor)
    assert status is Status.SKIPPED
    assert requests == Counter(BatchGetItem=1, TransactWriteItems=1)


def test_a_wrong_guess_of_what_is_left_costs_a_read_and_another_try(store: DynamoStore) -> None:
    _, (executor,) = active(store, 1)
    running = store.claims.claim(executor, run())
    requests = cost(store, lambda: store.runs.end(running, DONE, NOW))
    assert requests == Counter(TransactWriteItems=2, BatchGetItem=1)


Change = Callable[[DynamoStore, Plan, Executor], Any]


@pytest.mark.parametrize(
    ("change", "requests"),
    [
        (lambda store, plan, _: store.plans.rename(plan.id, "other"), {"UpdateItem": 1}),
        (lambda store, plan, _: store.plans.soft_delete(plan.id, NOW), {"UpdateItem": 1, "Query": 1}),
        (lambda store, plan, executor: store.executors.move(plan, executor, NOW), {"TransactWriteItems": 1}),
        (
            lambda store, plan, executor: store.executors.soft_delete_executor(plan, executor, NOW),
            {"TransactWriteItems": 1},
        ),
        (lambda store, _, executor: store.executors.mark_synced(executor.id, executor.due), {"DeleteItem": 1}),
        (lambda store, plan, _: store.plans.finalize_deletion(plan.id, NOW), {"Query": 1}),
    ],
    ids=["rename", "soft_delete", "move", "soft_delete_executor", "mark_synced", "finalize nothing"],
)
def test_a_change_costs(store: DynamoStore, change: Change, requests: dict[str, int]) -> None:
    plan, made = active(store, 30)
    assert cost(store, lambda: change(store, plan, made[0])) == Counter(requests)


def test_interring_costs_a_read_the_tombstones_and_a_mark(store: DynamoStore) -> None:
    plan, _ = active(store, 30)
    store.plans.soft_delete(plan.id, NOW)
    requests = cost(store, lambda: store.plans.finalize_deletion(plan.id, NOW))
    assert requests == Counter(Query=1, BatchWriteItem=2, UpdateItem=1)


def test_the_engines_state_costs_one_read(store: DynamoStore) -> None:
    """So much more does a plan cost that is posted."""
    requests = cost(store, store.controls.control)
    assert requests.total() == 1


@pytest.mark.parametrize("everything", [False, True])
def test_a_page_costs_one_query_whichever_it_is(store: DynamoStore, everything: bool) -> None:
    active(store, 30)
    for _ in range(11):
        active(store, 1)
    for limit in (10, 41, 42, 100):
        after = None
        while True:
            with counted(store.table.client) as requests:
                page = store.listings.executors(everything=everything, limit=limit, after=after)
            assert requests == Counter(Query=1)
            after = page.next_position
            if after is None:
                break
    assert cost(store, lambda: store.listings.plans(everything=everything, limit=5, after=None)) == Counter(Query=1)


@pytest.mark.parametrize(
    "only",
    [
        ExecutorFilter(since=NOW + 5 * MINUTE, until=NOW + 25 * MINUTE),
        ExecutorFilter(since=NOW),
        ExecutorFilter(until=NOW + 25 * MINUTE),
        ExecutorFilter(status=Status.SUCCEEDED),
        ExecutorFilter(status=Status.SUCCEEDED, since=NOW + 5 * MINUTE, until=NOW + 25 * MINUTE),
    ],
)
@pytest.mark.parametrize("everything", [False, True])
def test_a_filtered_page_costs_one_query_and_reads_no_more_than_it_shows(
    store: DynamoStore, everything: bool, only: ExecutorFilter
) -> None:
    _, executors = active(store, 30)
    for executor in executors[:20]:
        store.runs.end(executor, DONE, NOW)
    after, last = None, False
    while not last:
        with counted(store.table.client) as requests, answers(store.table.client) as read:
            page = store.listings.executors(everything=everything, limit=4, after=after, only=only)
        assert requests == Counter(Query=1)
        after, last = page.next_position, page.next_position is None
        assert [each["ScannedCount"] for each in read] == [len(page.items) + (not last)]


def test_a_page_that_begins_where_its_time_is_over_costs_nothing(store: DynamoStore) -> None:
    _, executors = active(store, 2)
    only = ExecutorFilter(until=executors[0].due)
    page = partial(store.listings.executors, everything=True, limit=4, after=executors[1].position, only=only)
    assert cost(store, page) == Counter()


@pytest.mark.parametrize("halted", [False, True])
def test_a_sweep_with_nothing_to_do_costs_four_queries_and_a_read_and_one_query_more_while_halted(
    store: DynamoStore, halted: bool
) -> None:
    active(store, 30)
    if halted:
        known = store.controls.control()
        control = replace(known, halted=True, reason="smoke", version=known.version + 1)
        store.controls.steer(known, control, AuditEntry(at=NOW, by="anna", action="halted", details={}))
    sweep = Sweep(
        settings=settings_of_a_world(),
        plans=store.plans,
        uncommitted=store.uncommitted,
        executors=store.executors,
        runs=store.runs,
        unfinished=store.unfinished,
        controls=store.controls,
        schedules=MemorySchedules(),
        publisher=MemoryPublisher(),
        clock=lambda: NOW,
    )
    assert cost(store, sweep.sweep) == Counter(Query=4 + halted, BatchGetItem=1)


def test_what_decisions_rest_on_is_read_strongly_consistent(store: DynamoStore) -> None:
    plan, executors = active(store, 2)
    with recorded(store.table.client) as requests:
        store.plans.load(plan.id)
        store.executors.locate(executors[0].id)
    query, located = requests
    assert query["ConsistentRead"] is True
    assert [table["ConsistentRead"] for table in located["RequestItems"].values()] == [True]


def test_what_later_things_rest_on_is_kept_for_as_long_as_they_may_take(store: DynamoStore) -> None:
    """However short records are kept: an attack's for its undo, the counts of the limits for the time they look at."""
    kept = store.table.layout.retention
    plan, (attack, undo) = draft(2)
    store.uncommitted.add(
        replace(plan, undoable=True), [replace(attack, undo=undo.id), replace(undo, undoes=attack.id)]
    )
    store.uncommitted.commit(plan.id)

    def expires(key: tuple[str, str]) -> Any:
        return store.table.get("looking", key)[key].expires

    plan, (attack, undo) = store.plans.load(plan.id)
    acting = store.runs.begin(
        store.claims.claim(attack, run()), [Limit(per_day=1, gap=9 * kept)], NOW.date(), NOW, {"groups": ["sg-1"]}
    )
    assert isinstance(acting, Executor)
    assert expires(executor_key(attack.id)) == attack.due + timedelta(days=30) + kept
    assert expires(("engine.caps", "last#all attacks")) == NOW + 10 * kept
    midnight = NOW.replace(hour=0, minute=0)
    assert expires(("engine.caps", f"{NOW.date()}#all attacks")) == midnight + timedelta(days=2) + kept
    plan = store.plans.load(plan.id)[0]
    assert cost(store, lambda: store.executors.move(plan, undo, NOW + 2 * kept)) == Counter(TransactWriteItems=1)
    assert expires(executor_key(attack.id)) == NOW + timedelta(days=30) + 3 * kept
    ended = store.runs.end(acting, DONE, NOW)
    store.executors.soft_delete_executor(store.plans.load(plan.id)[0], ended, NOW)
    assert expires(executor_key(attack.id)) == NOW + timedelta(days=30) + kept
