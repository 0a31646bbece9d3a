"""HTTP in both directions: a request read with care, an error told with its status.

``ApiBlueprint`` wraps every view, so that no view handles errors: an ``EngineError`` becomes the answer that the table
names, looked up along the error's classes. (In Chalice a plain exception is a 500 already when a middleware sees it.)
"""

import json
import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from chalice.app import Authorizer, Blueprint, CORSConfig, Request, Response

from chalicelib import payload
from chalicelib.api.caller import caller
from chalicelib.budget import within
from chalicelib.engine_parts import POSTING
from chalicelib.errors import (
    APIError,
    Conflict,
    EngineError,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    PlanIsBeingMade,
    Unavailable,
)
from chalicelib.logs import emit

log = logging.getLogger(__name__)

HAL = "application/hal+json"
JSON = "application/json"
LARGEST_ANSWER = 4_000_000


class UnsupportedMediaType(InvalidRequest):
    def __init__(self, given: str) -> None:
        super().__init__(f"the content type {given[:100] or '(none)'} is not supported: send {JSON} or {HAL}")


STATUS: Mapping[type[EngineError], int] = {
    EngineError: 500,
    InvalidRequest: 400,
    NotFound: 404,
    Conflict: 409,
    PayloadTooLarge: 413,
    UnsupportedMediaType: 415,
    Unavailable: 503,
}


class ApiBlueprint(Blueprint):
    """A blueprint whose views may raise any ``EngineError``, and whose routes share one CORS policy and one authorizer.

    Without an authorizer anyone may call. A browser's OPTIONS, which it cannot sign, is Chalice's own and stays open.
    """

    def __init__(self, import_name: str, cors: CORSConfig, authorizer: Authorizer | None) -> None:
        super().__init__(import_name)
        self._cors, self._authorizer = cors, authorizer

    def route(self, path: str, **options: Any) -> Callable[..., Any]:
        """As Chalice's, with CORS, the authorizer, any content type (``document`` judges it) and errors told."""
        register = super().route(path, cors=self._cors, authorizer=self._authorizer, content_types=["*/*"], **options)

        reading = options.get("methods") == ["GET"]

        def decorate(view: Callable[..., Response]) -> Any:
            @wraps(view)
            def told(**parameters: str) -> Response:
                try:
                    with within(POSTING):  # the longest that anything may take; most use cases allow themselves less
                        answered = view(**parameters)
                except EngineError as error:
                    answered = answer_to(error, reading=reading)
                if not reading:
                    _log_change(self.current_request, answered)
                return answered

            return register(told)

        return decorate


def _log_change(request: Request, answered: Response) -> None:
    """Who asked for a change, and whether it was made."""
    path = str(request.context.get("path"))
    emit("change asked", method=request.method, path=path, status=answered.status_code, by=caller(request))


def answer(body: Mapping[str, Any], *, status: int = 200, kind: str = HAL, **headers: str) -> Response:
    """A JSON answer. Header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        body=json.dumps(body, separators=(",", ":")), status_code=status, headers={"Content-Type": kind, **named}
    )


def answer_to(error: EngineError, *, reading: bool) -> Response:
    """The answer that an error stands for: ``{"msg"}`` and, where a body has several faults, ``errors``.

    Where AWS throttles, who only reads is told to ask less often (429); who wanted something changed is told that it
    was not (503), as where AWS fails.
    """
    if isinstance(error, APIError):
        told = json.loads(json.dumps(error.to_dict(), default=str))  # a plugin's payload may hold what JSON cannot
        return answer(told, status=error.status_code, kind=JSON)
    if isinstance(error, Unavailable):
        log.warning("%s (%s)", error, error.__cause__ or "no cause given")  # the client is not told of AWS's reason
        status = 429 if error.throttled and reading else 503
        return answer({"msg": str(error)}, status=status, kind=JSON, Retry_After=str(error.retry_after))
    body: dict[str, Any] = {"msg": str(error)}
    if isinstance(error, InvalidRequest) and len(error.faults) > 1:
        body["errors"] = [fault._asdict() for fault in error.faults]
    status = next(STATUS[each] for each in type(error).__mro__ if each in STATUS)
    later = {"Retry_After": str(error.retry_after)} if isinstance(error, PlanIsBeingMade) else {}
    return answer(body, status=status, kind=JSON, **later)


def document(request: Request) -> Any:
    """The JSON document in a request's body.

    Raises ``UnsupportedMediaType``, ``PayloadTooLarge`` and ``InvalidRequest``.
    """
    given = request.headers.get("content-type", "")
    if given.split(";")[0].strip().lower() not in (JSON, HAL):
        raise UnsupportedMediaType(given)
    try:
        body = request.raw_body
    except ValueError:  # text that has no UTF-8 form, or base64 that is none
        raise InvalidRequest("payload must be a valid json") from None
    return payload.parse(body if isinstance(body, bytes) else body.encode())


def require_no_body(request: Request) -> None:
    """For a call that takes none: what a client wrote there it wanted, so it is not passed over.

    Raises ``InvalidRequest`` unless the body is empty or ``{}``.
    """
    if request.raw_body and document(request) != {}:
        raise InvalidRequest("this call takes no body: send none")
