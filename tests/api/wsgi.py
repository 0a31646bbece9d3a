"""The application as a WSGI server has it, for tools that speak HTTP: API Gateway's part is the test client's."""

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.api.client import Client, NotServed


class Served:
    """Answers each request from the client that ``make`` gives: the same one, or one of a new world."""

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = make

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        query = request.query_string.decode()
        target = environ["REQUEST_URI"].partition("?")[0] + (f"?{query}" if query else "")
        try:
            got = self._make()(str(request.method), target, request.get_data() or None, dict(request.headers))
            made = Response(got.text, got.status, dict(got.headers))
        except NotServed:
            made = Response('{"message": "Missing Authentication Token"}', 403, content_type="application/json")
        return made(environ, start_response)
