"""What goes wrong between the engine and AWS, at a request that is chosen beforehand."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from chalicelib.runtime.deadline import within
from tests.contract.wires import error, success

_LONG, _ALL_TIME = 1e6, 1e9
"""Seconds: longer than any budget that the engine sets, and all that a trial has."""


class Crash(BaseException):
    """The process ends here. Nothing of the engine's may catch it."""


class Call(NamedTuple):
    """The n-th request, from 1, of an operation such as ``dynamodb.PutItem``."""

    operation: str
    number: int

    def __str__(self) -> str:
        return f"{self.operation} {self.number}"


class When(StrEnum):
    BEFORE = "before it took effect"
    AFTER = "after it took effect"


class Kind(StrEnum):
    THROTTLE = "a throttle"
    ERROR = "a 500"
    TIMEOUT = "no answer in time"
    CUT = "a cut connection"
    DENIED = "a refusal that lasts"
    TIME = "the end of its budget"
    ALL_TIME = "the end of all its time"
    CRASH = "the end of the process"


class Lasts(StrEnum):
    ONCE = "once"
    FOR_THE_CALL = "until the caller gives up"
    FOR_GOOD = "and nothing gets through from then on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong at a call. ``FOR_THE_CALL``, each repetition of the request meets it as well; ``FOR_GOOD``, all
    that is sent after it too, and takes no effect."""

    call: Call
    when: When
    kind: Kind
    lasts: Lasts = Lasts.ONCE

    @property
    def passes(self) -> bool:
        """Whether nobody may notice: what fails once is repeated, and what tells the world may fail."""
        if self.kind in (Kind.TIME, Kind.ALL_TIME):
            return False
        if self.kind is Kind.DENIED:
            return self.call.operation == "eventbridge.PutEvents" and self.lasts is not Lasts.FOR_GOOD
        telling = self.call.operation == "eventbridge.PutEvents" and self.lasts is Lasts.FOR_THE_CALL
        return self.kind is not Kind.CRASH and (telling or self.lasts is Lasts.ONCE)

    def __str__(self) -> str:
        return f"{self.kind} at {self.call}, {self.when}, {self.lasts}"


class StoppedTimer:
    """A timer of budgets that stands still until it is moved."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Wires:
    """All requests of some clients, counted; one of them may meet a fault.

    ``served`` are operations that no emulator has: they take effect by a function that is given the request's body,
    and are answered with an empty success.
    """

    def __init__(self, *clients: Any, served: dict[str, Callable[[str], object]]) -> None:
        self._served = served
        self.timer = StoppedTimer()
        self.calm()
        for client in clients:
            client.meta.events.register("before-send.*.*", self._send)

    def calm(self) -> None:
        """Nothing goes wrong from now on, and counting begins anew."""
        self._seen: Counter[str] = Counter()
        self._fault: Fault | None = None
        self._struck: tuple[str, Any] | None = None
        self._dead = False
        self.timer.seconds = 0.0
        self.calls: list[Call] = []

    @contextmanager
    def faulty(self, fault: Fault | None) -> Iterator[list[Call]]:
        """The calls made inside; the fault's is struck. Fails where that call is not made."""
        with self.perhaps_faulty(fault) as calls:
            yield calls
            missed = fault is not None and self._struck is None
        assert not missed, "the call was not made"

    @contextmanager
    def perhaps_faulty(self, fault: Fault | None) -> Iterator[list[Call]]:
        """The calls made inside; the fault's is struck, if it is made."""
        self.calm()
        self._fault = fault
        try:
            yield self.calls
        finally:
            self.calm()

    def budget(self) -> AbstractContextManager[None]:
        """All the time of a trial, by a timer that only a fault moves."""
        return within(_ALL_TIME, self.timer)

    def _send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        if self._dead:
            raise Crash
        _, service, operation = event_name.split(".")
        name = f"{service}.{operation}"
        self._seen[name] += 1
        call = Call(name, self._seen[name])
        self.calls.append(call)
        fault, said = self._fault, _said(request)
        if fault is None or not self._strikes(fault, call, said):
            return self._take_effect(name, request) if name in self._served else None
        if fault.when is When.AFTER and self._struck == (name, said):
            self._take_effect(name, request)
        return self._fail(fault.kind, request)

    def _strikes(self, fault: Fault, call: Call, said: Any) -> bool:
        if self._struck is None and call == fault.call:
            self._struck = (call.operation, said)
            return True
        if fault.lasts is Lasts.FOR_GOOD:
            return self._struck is not None
        return fault.lasts is Lasts.FOR_THE_CALL and self._struck == (call.operation, said)

    def _take_effect(self, name: str, request: Any) -> AWSResponse:
        if name in self._served:
            self._served[name](_text(request.body))
            return success()(request)
        return URLLib3Session().send(request)

    def _fail(self, kind: Kind, request: Any) -> AWSResponse:
        match kind:
            case Kind.THROTTLE:
                return error("ThrottlingException", status=400)(request)
            case Kind.ERROR:
                return error("InternalServerError", status=500)(request)
            case Kind.TIMEOUT:
                raise ReadTimeoutError(endpoint_url=request.url)
            case Kind.CUT:
                raise ConnectionClosedError(endpoint_url=request.url)
            case Kind.DENIED:
                return error("AccessDeniedException", status=400)(request)
            case Kind.TIME | Kind.ALL_TIME:
                self.timer.seconds = _LONG if kind is Kind.TIME else 2 * _ALL_TIME
                raise ReadTimeoutError(endpoint_url=request.url)
            case Kind.CRASH:
                self._dead = True
                raise Crash


def _text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else str(body)


def _said(request: Any) -> Any:
    """What a repetition of the request says again: all but the token, which each attempt has of its own."""
    body = json.loads(_text(request.body)) if request.body else {}
    return urlsplit(request.url).path, {name: value for name, value in body.items() if not name.endswith("Token")}
