"""Parse requests with care, and answer errors with their status.

``ApiBlueprint`` wraps every view, so that no view handles errors: an ``EngineError`` becomes the answer that the table
names, looked up along the error's classes. (In Chalice a plain exception is a 500 already when a middleware sees it.)
"""

import json
import logging
from collections.abc import Callable, Mapping
from email.message import Message
from email.utils import collapse_rfc2231_value
from functools import wraps
from typing import Any

from chalice.app import Authorizer, Blueprint, CORSConfig, Request, Response

from chalicelib.api.answer_size import render
from chalicelib.api.caller import caller
from chalicelib.api.operation import Operation
from chalicelib.domain.errors import (
    APIError,
    Conflict,
    EngineError,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    PlanIsBeingMade,
)
from chalicelib.domain.fault import Fault
from chalicelib.domain.unavailable import NeedsOperator, TooLarge, Unavailable
from chalicelib.planning import json_body
from chalicelib.runtime.deadline import within
from chalicelib.runtime.logs import emit
from chalicelib.services.time_limits import POSTING

log = logging.getLogger(__name__)

HAL = "application/hal+json"
JSON = "application/json"


class UnsupportedMediaType(InvalidRequest):
    """A media type or a charset that the API does not accept for a body."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}: send {JSON} or {HAL}, in UTF-8")

    @classmethod
    def require_supported(cls, given: str) -> None:
        """Raise unless a Content-Type is one of the two; a charset may be left out."""
        if given.split(";")[0].strip().lower() not in (JSON, HAL):
            raise cls(f"the content type {given[:100] or '(none)'} is not supported")
        header = Message()
        header["content-type"] = " ".join(given.split())
        for name, value in header.get_params([]):
            charset = collapse_rfc2231_value(value)
            if name.lower() == "charset" and charset.lower() not in ("utf-8", "utf8", ""):
                raise cls(f"the charset {charset[:40]!r} is not supported")


STATUS: Mapping[type[EngineError], int] = {
    EngineError: 500,
    InvalidRequest: 400,
    NotFound: 404,
    Conflict: 409,
    PayloadTooLarge: 413,
    UnsupportedMediaType: 415,
    Unavailable: 503,
    NeedsOperator: 500,
    TooLarge: 413,
}


class ApiBlueprint(Blueprint):
    """A blueprint whose views may raise any ``EngineError``, and whose routes share one CORS policy and one authorizer.

    Without an authorizer anyone may call. A browser's OPTIONS, which it cannot sign, is Chalice's own and stays open.
    """

    def __init__(self, import_name: str, cors: CORSConfig, authorizer: Authorizer | None) -> None:
        super().__init__(import_name)
        self._cors, self._authorizer = cors, authorizer

    def route(self, path: str, method: str, operation: Operation) -> Callable[..., Any]:  # type: ignore[override]  # one method a view
        """Register a view as Chalice does, with CORS, the authorizer, and an answer for every error.

        Any content type reaches the view, where ``document`` judges it. The view bears its ``operation``, so that
        openapi.json describes what is registered.
        """
        register = super().route(
            path, methods=[method], cors=self._cors, authorizer=self._authorizer, content_types=["*/*"]
        )
        reading = method == "GET"

        def decorate(view: Callable[..., Response]) -> Any:
            @wraps(view)
            def respond(**parameters: str) -> Response:
                try:
                    with within(POSTING):  # the longest that anything may take; most use cases allow themselves less
                        answered = view(**parameters)
                except EngineError as error:
                    answered = answer_to(error, reading=reading)
                if not reading:
                    _log_change(self.current_request, answered)
                return answered

            respond.operation = operation  # type: ignore[attr-defined]  # mypy knows no attributes of functions
            return register(respond)

        return decorate


def _log_change(request: Request, answered: Response) -> None:
    """Log the caller of a request that changes something, and the status of the answer."""
    path = str(request.context.get("path"))
    emit("change asked", method=request.method, path=path, status=answered.status_code, by=caller(request))


def answer(body: Mapping[str, Any], *, status: int = 200, kind: str = HAL, **headers: str) -> Response:
    """Return a JSON answer. Header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body=render(body), status_code=status, headers={"Content-Type": kind, **named})


def answer_to(error: EngineError, *, reading: bool) -> Response:
    """Return the answer for an error: ``{"msg"}`` and, where a body is at fault, ``errors``.

    While AWS throttles, a read is answered with 429: ask less often. A change is answered with 503, as when AWS fails:
    it was not made.
    """
    if isinstance(error, APIError):
        shown = json.loads(json.dumps(error.to_dict(), default=str))  # a plugin's payload may hold what JSON cannot
        return answer(shown, status=error.status_code, kind=JSON)
    if isinstance(error, Unavailable):
        level = logging.ERROR if isinstance(error, NeedsOperator) else logging.WARNING
        log.log(
            level, "%s (%s)", error, error.__cause__ or "no cause given"
        )  # the log has AWS's reason, the answer has not
        status = 429 if error.throttled and reading else _status(error)
        later = {} if error.retry_after is None else {"Retry_After": str(error.retry_after)}
        return answer({"msg": str(error)}, status=status, kind=JSON, **later)
    body: dict[str, Any] = {"msg": str(error)}
    if isinstance(error, InvalidRequest) and error.faults:
        body["errors"] = [{"path": fault.path, "message": fault.message} for fault in error.faults]
    status = _status(error)
    later = {"Retry_After": str(error.retry_after)} if isinstance(error, PlanIsBeingMade) else {}
    return answer(body, status=status, kind=JSON, **later)


def _status(error: EngineError) -> int:
    return next(STATUS[each] for each in type(error).__mro__ if each in STATUS)


def document(request: Request) -> Any:
    """Return the JSON document in a request's body.

    Raises ``UnsupportedMediaType``, ``PayloadTooLarge`` and ``InvalidRequest``.
    """
    UnsupportedMediaType.require_supported(request.headers.get("content-type", ""))
    try:
        body = request.raw_body
    except ValueError:  # text that has no UTF-8 form, or base64 that is none
        raise json_body.not_json(Fault("$", "it is neither text nor the base64 of something")) from None
    return json_body.parse(body if isinstance(body, bytes) else body.encode())


def require_no_body(request: Request) -> None:
    """Refuse a body on a call that takes none: its sender expects it to have an effect.

    Raises ``InvalidRequest`` unless the body is empty or ``{}``.
    """
    if request.raw_body and document(request) != {}:
        raise InvalidRequest("this call takes no body: send none", (Fault("$", "this call takes no body"),))
