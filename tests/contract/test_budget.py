"""AWS throttles for ever or never answers: clients get an answer within the budget, and nobody really waits for it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from random import Random
from threading import Thread
from typing import Any

import pytest

from chalicelib.adapters.aws import timeouts
from chalicelib.adapters.aws.parallel import in_parallel
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.config.settings import Settings
from chalicelib.domain.model import Executor, Plan
from chalicelib.domain.unavailable import Unavailable
from chalicelib.runtime.deadline import remaining, within
from tests.contract.builders import DONE, MINUTE, NOW, HandTimer, SetClock, draft, run
from tests.contract.conftest import dynamo, empty
from tests.contract.endpoints import EMULATORS
from tests.contract.test_executor_store import active
from tests.contract.wires import answered, cancelled, counted, error, nothing_done, unanswered

BUDGET = 9.0
THROTTLED = error("ThrottlingException")


@pytest.fixture(params=EMULATORS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def shared_timer() -> HandTimer:
    return HandTimer()


@pytest.fixture
def timer(shared_timer: HandTimer) -> HandTimer:
    shared_timer.now = 0.0
    return shared_timer


@pytest.fixture(scope="module")
def stores() -> dict[str, DynamoStore]:
    """One per endpoint: a client takes longer to make than a test to run."""
    return {}


@pytest.fixture
def store(
    endpoint: str, settings: Settings, clock: SetClock, timer: HandTimer, stores: dict[str, DynamoStore]
) -> Iterator[DynamoStore]:
    """One whose pauses only put the timer forward."""
    store = stores[endpoint] = stores.get(endpoint) or dynamo(
        settings, clock, endpoint, Backoff(sleep=timer.sleep, rng=Random(7))
    )
    yield store
    empty(store)


Ask = Callable[[DynamoStore, Plan, Executor], Any]
ASKED: dict[str, Ask] = {
    "add": lambda store, plan, executor: store.uncommitted.add(*draft(60)),
    "commit": lambda store, plan, executor: store.uncommitted.commit(plan.id),
    "erase": lambda store, plan, executor: store.uncommitted.erase(plan.id),
    "load": lambda store, plan, executor: store.plans.load(plan.id),
    "rename": lambda store, plan, executor: store.plans.rename(plan.id, "other"),
    "soft_delete": lambda store, plan, executor: store.plans.soft_delete(plan.id, NOW),
    "finalize_deletion": lambda store, plan, executor: store.plans.finalize_deletion(plan.id, NOW),
    "locate": lambda store, plan, executor: store.executors.locate(executor.id),
    "move": lambda store, plan, executor: store.executors.move(plan, executor, NOW + 90 * MINUTE),
    "soft_delete_executor": lambda store, plan, executor: store.executors.soft_delete_executor(plan, executor, NOW),
    "mark_synced": lambda store, plan, executor: store.executors.mark_synced(executor.id, None),
    "claim": lambda store, plan, executor: store.claims.claim(executor, run()),
    "claim_now": lambda store, plan, executor: store.claims.claim_now(plan, executor, run()),
    "refused": lambda store, plan, executor: store.claims.refused(executor.id, "delivery-1"),
    "end": lambda store, plan, executor: store.runs.end(executor, DONE, NOW),
    "plans": lambda store, plan, executor: store.listings.plans(everything=True, limit=9, after=None),
    "executors": lambda store, plan, executor: store.listings.executors(everything=False, limit=9, after=None),
    "overdue": lambda store, plan, executor: store.unfinished.overdue(NOW),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_throttling_without_end_is_waited_out_for_as_long_as_the_budget_lasts(
    store: DynamoStore, timer: HandTimer, ask: Ask
) -> None:
    plan, executors = active(store)
    with (
        counted(store.table.client) as requests,
        answered(store.table.client, "*", THROTTLED),
        within(BUDGET, timer),
        pytest.raises(Unavailable) as caught,
    ):
        ask(store, plan, executors[0])
    assert caught.value.throttled
    assert BUDGET - 0.8 <= timer() <= BUDGET
    assert sum(requests.values()) > 10
    assert store.plans.load(plan.id) == (plan, executors)


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_what_never_answers_is_asked_no_more_when_the_budget_is_over(
    store: DynamoStore, timer: HandTimer, ask: Ask
) -> None:
    plan, executors = active(store)
    with (
        counted(store.table.client) as requests,
        unanswered(store.table.client, "*", lambda: timer.sleep(timeouts.REQUEST)),
        within(BUDGET, timer),
        pytest.raises(Unavailable) as caught,
    ):
        ask(store, plan, executors[0])
    assert not caught.value.throttled
    assert sum(requests.values()) == 2 and timer() <= BUDGET + timeouts.REQUEST


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_once_the_budget_is_over_nothing_is_asked(store: DynamoStore, timer: HandTimer, ask: Ask) -> None:
    plan, executors = active(store)
    with counted(store.table.client) as requests, within(0, timer), pytest.raises(Unavailable):
        ask(store, plan, executors[0])
    assert requests == {} and timer() == 0


@pytest.mark.parametrize(
    ("operation", "answer", "ask"),
    [
        ("BatchWriteItem", nothing_done("UnprocessedItems", {}), "add"),
        ("BatchGetItem", nothing_done("UnprocessedKeys", {"Responses": {}}), "locate"),
        ("UpdateItem", error("ConditionalCheckFailedException"), "soft_delete"),
        ("TransactWriteItems", cancelled("None", "ConditionalCheckFailed"), "end"),
        ("TransactWriteItems", cancelled("None", "ConditionalCheckFailed"), "soft_delete_executor"),
        ("TransactWriteItems", cancelled("TransactionConflict", "None"), "claim"),
    ],
)
def test_every_other_loop_ends_with_the_budget_too(
    store: DynamoStore, timer: HandTimer, operation: str, answer: Any, ask: str
) -> None:
    plan, executors = active(store)
    with answered(store.table.client, operation, answer), within(BUDGET, timer), pytest.raises(Unavailable):
        ASKED[ask](store, plan, executors[0])
    assert BUDGET - 0.8 <= timer() <= BUDGET


def test_of_a_long_read_only_the_part_that_failed_is_asked_for_again(store: DynamoStore, timer: HandTimer) -> None:
    plan, executors = heavy()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)
    pages = list_pages(store, plan.id)
    with counted(store.table.client) as requests, answered_after(store.table.client, "Query", 1, THROTTLED, times=2):
        assert store.plans.load(plan.id)[1] == executors
    assert requests["Query"] == pages + 2


def test_a_long_read_that_takes_too_long_is_broken_off_between_two_of_its_parts(
    store: DynamoStore, timer: HandTimer
) -> None:
    plan, executors = heavy()
    store.uncommitted.add(plan, executors)
    store.uncommitted.commit(plan.id)

    def slow(**_: Any) -> None:
        timer.sleep(BUDGET)

    store.table.client.meta.events.register("before-send.*.Query", slow)
    with counted(store.table.client) as requests, within(BUDGET, timer), pytest.raises(Unavailable):
        store.plans.load(plan.id)
    store.table.client.meta.events.unregister("before-send.*.Query", slow)
    assert requests["Query"] == 1


def heavy() -> tuple[Plan, tuple[Executor, ...]]:
    """A plan that is larger than an answer of DynamoDB."""
    plan, executors = draft(4)
    attack = {"ref": "a:A", "args": {"text": "x" * 350_000}}
    return plan, tuple(replace(executor, attack=attack) for executor in executors)


def list_pages(store: DynamoStore, plan_id: str) -> int:
    with counted(store.table.client) as requests:
        store.plans.load(plan_id)
    assert requests["Query"] > 1
    return requests["Query"]


@contextmanager
def answered_after(client: Any, operation: str, passed: int, answer: Any, *, times: int) -> Iterator[None]:
    """As ``answered``, from a later request on."""
    count = [0]

    def reply(request: Any, **_: Any) -> Any:
        count[0] += 1
        return answer(request) if passed < count[0] <= passed + times else None

    client.meta.events.register(f"before-send.*.{operation}", reply)
    try:
        yield
    finally:
        client.meta.events.unregister(f"before-send.*.{operation}", reply)


@pytest.mark.parametrize("code", ["InternalServerError", "ServiceUnavailable", "anything"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_where_aws_itself_fails_it_is_asked_four_times(store: DynamoStore, code: str, status: int) -> None:
    plan, executors = active(store)
    broken = error(code, status=status)
    with answered(store.table.client, "*", broken, times=3), counted(store.table.client) as requests:
        store.plans.rename(plan.id, "other")
    assert requests == {"UpdateItem": 4}
    with (
        answered(store.table.client, "*", broken),
        counted(store.table.client) as requests,
        pytest.raises(Unavailable) as caught,
    ):
        store.claims.claim(executors[0], run())
    assert requests == {"TransactWriteItems": 4} and not caught.value.throttled


ANSWERS = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 2",
    "half a body": b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Item',
    # Without "close" the next attempt may still be sent through the connection that is about to be cut.
    "no AWS": b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 13\r\n\r\n<html></html>",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_connection_that_is_cut_is_made_four_times(answer: bytes, settings: Settings, clock: SetClock) -> None:
    with cutting(answer) as (endpoint, connections):
        store = DynamoStore(settings, clock, endpoint=endpoint, backoff=Backoff(sleep=lambda _: None))
        with pytest.raises(Unavailable) as caught:
            store.plans.rename(draft()[0].id, "other")
    assert len(connections) == 4 and caught.value.__cause__ is not None


@contextmanager
def cutting(answer: bytes) -> Iterator[tuple[str, list[Any]]]:
    """A server that answers so and hangs up, and who has called."""
    connections: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):  # it was shut down
                while True:
                    connection, caller = server.accept()
                    connections.append(caller)
                    with connection, suppress(OSError):  # the caller was quicker
                        connection.recv(65536)
                        connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", connections
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


class TestInParallel:
    def test_every_thread_has_the_callers_budget(self, timer: HandTimer) -> None:
        with within(BUDGET, timer):
            assert in_parallel(lambda _: remaining(), range(40), width=8) == [BUDGET] * 40

    def test_what_would_begin_too_late_is_not_begun(self, timer: HandTimer) -> None:
        backoff, sent = Backoff(), []

        def send(number: int) -> None:
            sent.append(number)
            timer.sleep(1)

        with within(BUDGET, timer), pytest.raises(Unavailable):
            in_parallel(lambda number: backoff.call("sending", send, number), range(1000), width=4)
        assert BUDGET <= len(sent) < BUDGET + 4
