"""HTTP in both directions: a request read with care, an error told with its status.

``ApiBlueprint`` wraps every view, so that no view handles errors: an ``EngineError`` becomes the answer that the table
names, looked up along the error's classes. (In Chalice a plain exception is a 500 already when a middleware sees it.)
"""

import json
import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from chalice.app import Blueprint, CORSConfig, Request, Response

from chalicelib import payload
from chalicelib.errors import (
    APIError,
    Conflict,
    EngineError,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    Unavailable,
)

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
    """A blueprint whose views may raise any ``EngineError`` and whose routes share one CORS policy."""

    def __init__(self, import_name: str, cors: CORSConfig) -> None:
        super().__init__(import_name)
        self._cors = cors

    def route(self, path: str, **options: Any) -> Callable[..., Any]:
        """As Chalice's, with CORS, any content type (``document`` judges it) and errors told."""
        register = super().route(path, cors=self._cors, content_types=["*/*"], **options)

        def decorate(view: Callable[..., Response]) -> Any:
            @wraps(view)
            def told(**parameters: str) -> Response:
                try:
                    return view(**parameters)
                except EngineError as error:
                    return answer_to(error)

            return register(told)

        return decorate


def answer(body: Mapping[str, Any], *, status: int = 200, kind: str = HAL, **headers: str) -> Response:
    """A JSON answer. Header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        body=json.dumps(body, separators=(",", ":")), status_code=status, headers={"Content-Type": kind, **named}
    )


def answer_to(error: EngineError) -> Response:
    """The answer that an error stands for: ``{"msg"}`` and, where a body has several faults, ``errors``."""
    if isinstance(error, APIError):
        told = json.loads(json.dumps(error.to_dict(), default=str))  # a plugin's payload may hold what JSON cannot
        return answer(told, status=error.status_code, kind=JSON)
    if isinstance(error, Unavailable):
        log.warning("%s (%s)", error, error.__cause__ or "no cause given")  # the client is not told of AWS's reason
        status = 429 if error.throttled else 503
        return answer({"msg": str(error)}, status=status, kind=JSON, Retry_After=str(error.retry_after))
    body: dict[str, Any] = {"msg": str(error)}
    if isinstance(error, InvalidRequest) and len(error.faults) > 1:
        body["errors"] = [fault._asdict() for fault in error.faults]
    status = next(STATUS[each] for each in type(error).__mro__ if each in STATUS)
    return answer(body, status=status, kind=JSON)


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
