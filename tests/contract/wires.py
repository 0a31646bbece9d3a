"""What passes between a client and AWS, seen and disturbed by botocore's own events."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
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
def answered(client: Any, operation: str, code: str, *, times: int, status: int = 400, **body: Any) -> Iterator[None]:
    """The first requests are not sent: AWS seems to answer with an error."""
    left = [times]

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        left[0] -= 1
        return _response(request, status, {"__type": code, "message": code, **body}) if left[0] >= 0 else None

    with _registered(client, f"before-send.*.{operation}", answer):
        yield


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
def rewritten(
    client: Any, operation: str, rewrite: Callable[[dict[str, Any]], None], *, times: int = 1
) -> Iterator[None]:
    """The first answers are changed on their way back."""
    left = [times]

    def change(parsed: dict[str, Any], **_: Any) -> None:
        left[0] -= 1
        if left[0] >= 0:
            rewrite(parsed)

    with _registered(client, f"after-call.*.{operation}", change):
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
    headers = {"x-amzn-errortype": body["__type"], "content-type": "application/json"}
    return AWSResponse(request.url, status, headers, _Raw(json.dumps(body).encode()))
