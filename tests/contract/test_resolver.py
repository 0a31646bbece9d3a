"""``ports.Resolver``: the way to what an attack could hit, in this process and through the resolve function."""

import io
import json
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.resolver import LambdaResolver
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.memory.resolver import MemoryResolver
from chalicelib.domain.targets import CANNOT_SAY, Target
from chalicelib.domain.unavailable import Unavailable
from chalicelib.planning.resolve_targets import resolve
from chalicelib.ports.services import Resolver
from chalicelib.runtime.deadline import within
from tests.contract.builders import no_pause
from tests.contract.conftest import REGION
from tests.contract.wires import counted
from tests.support.world import ATTACKS

Answer = Callable[[Any], AWSResponse]


class Body(io.BytesIO):
    """As urllib3 gives it."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


def answer(body: bytes, *, status: int = 200, **headers: str) -> Answer:
    return lambda request: AWSResponse(request.url, status, headers, Body(body))


def function(request: Any) -> AWSResponse:
    """As the resolve function answers."""
    assert request.url.endswith("/functions/chaosmonkey-test-resolve/invocations")
    assert request.headers["X-Amz-Invocation-Type"] == b"RequestResponse"
    document = resolve(json.loads(request.body), ATTACKS).document()
    return answer(json.dumps(document).encode())(request)


def through_lambda(reply: Answer) -> LambdaResolver:
    aws_lambda = client("lambda", connections=1, region=REGION)
    aws_lambda.meta.events.register("before-send.lambda.Invoke", lambda request, **_: reply(request))
    return LambdaResolver(aws_lambda, "chaosmonkey-test-resolve", backoff=quick())


def quick() -> Backoff:
    return Backoff(tries=3, tries_unanswered=1, sleep=no_pause)


@pytest.fixture(params=["memory", "lambda"])
def resolver(request: pytest.FixtureRequest) -> Resolver:
    return MemoryResolver(ATTACKS) if request.param == "memory" else through_lambda(function)


def asked(how: str) -> dict[str, Any]:
    return {"ref": "seeker:Seeker", "args": {"how": how}}


def test_it_says_what_an_attack_could_hit(resolver: Resolver) -> None:
    found = resolver.resolve(asked("one"))
    assert (found.candidates, found.named, found.takes) == (2, (Target("node-1"), Target("node-2", "web")), 1)
    assert found.known == {"region": "nowhere"}
    assert resolver.resolve(asked("spared")).spared_because == {"node-1": "it bears the tag x, which protects it"}


def test_it_says_the_same_while_something_else_is_done(resolver: Resolver) -> None:
    for how in ("one", "spared", "cannot say", "fail"):
        with resolver.resolving(asked(how)) as answer:
            pass
        assert answer() == resolver.resolve(asked(how))


def test_what_is_done_meanwhile_does_not_wait_and_once_it_is_over_nothing_is_under_way() -> None:
    done, under_way = Event(), Event()

    def slow(request: Any) -> AWSResponse:
        under_way.set()
        assert done.wait(30)
        return function(request)

    with through_lambda(slow).resolving(asked("one")) as answer:
        assert under_way.wait(30)
        done.set()
    assert answer().candidates == 2


def test_no_answer_meanwhile_is_unavailable_when_it_is_asked_for_and_hinders_nothing_else() -> None:
    with through_lambda(answer(b"{}")).resolving(asked("one")) as answered, pytest.raises(Unavailable):
        answered()
    with through_lambda(answer(b"{}")).resolving(asked("one")):
        pass


def test_whoever_asks_has_its_own_budget() -> None:
    with within(0), through_lambda(function).resolving(asked("one")) as answered, pytest.raises(Unavailable):
        answered()


def test_it_says_why_that_is_not_known(resolver: Resolver) -> None:
    assert resolver.resolve(asked("cannot say")).unknown == CANNOT_SAY
    failed = resolver.resolve(asked("fail"))
    assert failed.failed and failed.unknown == "EC2 refused"


@pytest.mark.parametrize(
    "reply",
    [
        answer(b'{"errorMessage": "Task timed out"}', **{"X-Amz-Function-Error": "Unhandled"}),
        answer(b"{}"),
        answer(b"[]"),
        answer(b"null"),
        answer(b'{"candidates": []}'),
        answer(
            b'{"candidates": [], "candidates_total": 1, "running_total": "many", "takes": 1, "spared": {},'
            b' "spared_total": 0, "known": {}}'
        ),
        answer(b'{"error": "x"', **{"content-length": "40"}),
        answer(b"{}", status=500),
        answer(b'{"__type": "ResourceNotFoundException"}', status=404),
    ],
)
def test_no_answer_that_can_be_read_is_unavailable(reply: Answer) -> None:
    with pytest.raises(Unavailable):
        through_lambda(reply).resolve(asked("one"))


def test_what_gives_no_answer_is_asked_once() -> None:
    def silence(request: Any) -> AWSResponse:
        raise ReadTimeoutError(endpoint_url=request.url)

    resolver = through_lambda(silence)
    with counted(resolver._client) as requests, pytest.raises(Unavailable):
        resolver.resolve(asked("one"))
    assert requests == {"Invoke": 1}


def test_what_is_throttled_is_asked_again() -> None:
    replies = iter([answer(b"{}", status=429), function])
    assert through_lambda(lambda request: next(replies)(request)).resolve(asked("one")).candidates == 2
