"""The application in one process: API Gateway's events in, its answers out."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from chalice import Chalice, CORSConfig

from chalicelib.api import catalogue, control, executors, openapi, plans
from chalicelib.api.representation import Representation
from tests.support.world import World

HAL, JSON = "application/hal+json", "application/json"
ORIGIN = "https://ui.example"
SENT = {"Content-Type": JSON}


class NotServed(Exception):
    """API Gateway itself answers to that, 403."""


@dataclass(frozen=True)
class Answer:
    """What came back; ``headers`` by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def doc(self) -> Any:
        return json.loads(self.text)

    def __getitem__(self, name: str) -> Any:
        return self.doc[name]

    @property
    def type(self) -> str:
        return self.headers["content-type"]


def application(world: World) -> Chalice:
    """As app.py, over that world's engine."""
    # Chalice adds its version to the environment with each application: AWS would be sent a thousand of them.
    app = Chalice("test", env={})
    cors = CORSConfig(allow_origin=ORIGIN, expose_headers=["Location", "Retry-After"])
    show = Representation(world.settings.timezone, world.attacks, world.planners)
    app.register_blueprint(catalogue.blueprint(lambda: world.attacks, lambda: world.planners, cors, None))
    app.register_blueprint(openapi.blueprint(lambda: world.attacks, lambda: world.planners, cors, None))
    app.register_blueprint(plans.blueprint(lambda: world.creation, lambda: world.plans, lambda: show, cors, None))
    app.register_blueprint(executors.blueprint(lambda: world.executors, lambda: show, cors, None))
    app.register_blueprint(control.blueprint(lambda: world.engine_state, cors, None))
    return app


class Client:
    """Sends requests to an engine's API as API Gateway does, and holds every answer to what all of them promise."""

    answered: ClassVar[int] = 0
    """By all clients of this process."""

    def __init__(self, served: World | Chalice, root: str = "/api", context: Any = None, origin: str = ORIGIN) -> None:
        self.app = served if isinstance(served, Chalice) else application(served)
        self._root, self._context, self._origin = root, context, origin
        self._caller: str | None = None

    def __call__(
        self, method: str, target: str, body: Any = None, headers: Mapping[str, str] = SENT, encoded: bool = False
    ) -> Answer:
        """``body`` is text, bytes (sent as base64) or a document."""
        parts = urlsplit(target)
        resource, parameters = self._route(method, parts.path)
        event = {
            "resource": resource,
            "headers": dict(headers),
            "multiValueQueryStringParameters": parse_qs(parts.query, keep_blank_values=True) or None,
            "pathParameters": parameters,
            "stageVariables": None,
            "isBase64Encoded": encoded or isinstance(body, bytes),
            "body": _body(body),
            "requestContext": {
                "httpMethod": method,
                "resourcePath": resource,
                "path": parts.path,
                "stage": "api",
                "identity": {"userArn": self._caller},
            },
        }
        got = self.app(event, self._context)
        answer = Answer(got["statusCode"], {name.lower(): value for name, value in got["headers"].items()}, got["body"])
        _keep_promises(answer)
        Client.answered += 1
        assert answer.headers["access-control-allow-origin"] == self._origin
        return answer

    def signed_by(self, arn: str) -> "Client":
        """The same API, as that caller calls it."""
        other = Client(self.app, self._root, self._context, self._origin)
        other._caller = arn
        return other

    def get(self, target: str) -> Answer:
        return self("GET", target, headers={})

    def post(self, target: str, body: Any) -> Answer:
        return self("POST", target, body)

    def put(self, target: str, body: Any) -> Answer:
        return self("PUT", target, body)

    def delete(self, target: str) -> Answer:
        return self("DELETE", target, headers={})

    def follow(self, document: Mapping[str, Any], link: str = "self", method: str = "GET", body: Any = None) -> Answer:
        """Where a HAL link of a document leads."""
        return self(method, document["_links"][link]["href"], body)

    def pages(self, target: str) -> list[Answer]:
        """The list from this page to its last."""
        pages = [self.get(target)]
        while "next" in pages[-1]["_links"]:
            pages.append(self.follow(pages[-1].doc, "next"))
        return pages

    def _route(self, method: str, path: str) -> tuple[str, dict[str, str] | None]:
        """The resource that API Gateway matches: it drops the stage and a trailing slash."""
        assert path.startswith(self._root), path
        asked = path[len(self._root) :].rstrip("/")
        for resource, methods in self.app.routes.items():
            match = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", resource), asked)
            if match and method in methods:
                found = {name: unquote(value, errors="replace") for name, value in match.groupdict().items()}
                return resource, found or None
        raise NotServed(f"{method} {path}")


def _body(body: Any) -> str | None:
    if body is None or isinstance(body, str):
        return body
    return base64.b64encode(body).decode() if isinstance(body, bytes) else json.dumps(body)


def _keep_promises(answer: Answer) -> None:
    needs_operator = answer.status == 500 and "make doctor STAGE=" in answer["msg"]
    assert answer.status in (200, 202, 400, 404, 409, 413, 415, 429, 503) or needs_operator, answer
    assert answer.headers["access-control-expose-headers"] == "Location,Retry-After"
    assert all(isinstance(value, str) for value in answer.headers.values())
    assert "Traceback (most recent" not in answer.text and 'File "' not in answer.text
    if answer.status >= 400:
        assert answer.type == JSON and isinstance(answer["msg"], str) and answer["msg"]
        assert set(answer.doc) <= {"msg", "errors", "team"}
    later = answer.status == 409 and "is still being made" in answer["msg"]
    assert ("retry-after" in answer.headers) is (answer.status in (429, 503) or later)
    assert len(answer.text.encode()) < 6_000_000
