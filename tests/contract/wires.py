"""What passes between a client and AWS, seen and disturbed by botocore's own events."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session


@contextmanager
def counted(client: Any) -> Iterator[Counter[str]]:
    """The requests sent, by operation; every attempt counts."""
    requests: Counter[str] = Counter()

    def note(event_name: str, **_: Any) -> None:
        requests[event_name.rpartition(".")[2]] += 1

    with _registered(client, "before-send.*.*", note):
        yield requests


@contextmanager
def recorded(client: Any) -> Iterator[list[dict[str, Any]]]:
    """What the requests said, as they were sent."""
    bodies: list[dict[str, Any]] = []

    def note(request: Any, **_: Any) -> None:
        bodies.append(json.loads(request.body))

    with _registered(client, "before-send.*.*", note):
        yield bodies


@contextmanager
def answers(client: Any) -> Iterator[list[dict[str, Any]]]:
    """What AWS answered, parsed."""
    parsed_answers: list[dict[str, Any]] = []

    def note(parsed: dict[str, Any], **_: Any) -> None:
        parsed_answers.append(parsed)

    with _registered(client, "after-call.*.*", note):
        yield parsed_answers


@contextmanager
def answered(
    client: Any, operation: str, answer: Callable[[Any], AWSResponse], *, times: int = 10**6
) -> Iterator[None]:
    """The first requests are not sent: AWS seems to answer."""
    left = [times]

    def reply(request: Any, **_: Any) -> AWSResponse | None:
        left[0] -= 1
        return answer(request) if left[0] >= 0 else None

    with _registered(client, f"before-send.*.{operation}", reply):
        yield


def error(code: str, *, status: int = 400, **body: Any) -> Callable[[Any], AWSResponse]:
    return lambda request: _response(request, status, {"__type": code, "message": code, **body})


def cancelled(*reasons: str) -> Callable[[Any], AWSResponse]:
    """A transaction cancelled, with AWS's word for each of its items (``None`` where it was not to blame)."""
    return error("TransactionCanceledException", CancellationReasons=[{"Code": reason} for reason in reasons])


def nothing_done(key: str, answer: dict[str, Any]) -> Callable[[Any], AWSResponse]:
    """A batch of which everything is left over under that key."""

    def reply(request: Any) -> AWSResponse:
        return _response(request, 200, {**answer, key: json.loads(request.body)["RequestItems"]})

    return reply


def success(**body: Any) -> Callable[[Any], AWSResponse]:
    return lambda request: _response(request, 200, body)


def plain(status: int, content: bytes, *, missing: int | None = None) -> Callable[[Any], AWSResponse]:
    """An answer of these bytes, whatever they are; it says that so many more were to come, or nothing of its length."""
    headers = {} if missing is None else {"content-length": str(len(content) + missing)}
    return lambda request: AWSResponse(request.url, status, headers, _Raw(content))


@contextmanager
def answer_lost(client: Any, operation: str, *, times: int = 1) -> Iterator[None]:
    """The first requests take effect, but their answers are lost: the client sees a 500 and sends them again."""
    left = [times]

    def lose(request: Any, **_: Any) -> AWSResponse | None:
        left[0] -= 1
        if left[0] < 0:
            return None
        URLLib3Session().send(request)
        return _response(request, 500, {"__type": "InternalServerError", "message": "lost"})

    with _registered(client, f"before-send.*.{operation}", lose):
        yield


@contextmanager
def unanswered(client: Any, operation: str, wait: Callable[[], object], *, times: int = 10**6) -> Iterator[None]:
    """The first requests are not sent, and after ``wait`` the client hears that no answer came in time."""
    left = [times]

    def time_out(request: Any, **_: Any) -> None:
        left[0] -= 1
        if left[0] >= 0:
            wait()
            raise ReadTimeoutError(endpoint_url=request.url)

    with _registered(client, f"before-send.*.{operation}", time_out):
        yield


@contextmanager
def _registered(client: Any, event: str, handler: Callable[..., Any]) -> Iterator[None]:
    client.meta.events.register(event, handler)
    try:
        yield
    finally:
        client.meta.events.unregister(event, handler)


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._content


def _response(request: Any, status: int, body: dict[str, Any]) -> AWSResponse:
    headers = {"x-amzn-errortype": body["__type"]} if "__type" in body else {}
    return AWSResponse(request.url, status, headers, _Raw(json.dumps(body).encode()))
