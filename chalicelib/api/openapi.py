"""Describe the API in OpenAPI 3.1 (``openapi.json``), by the schemas that validate its requests.

The installed plugins decide what a plan may contain; one that cannot be loaded is left out.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from chalice.app import Authorizer, CORSConfig, Response

from chalicelib.api import answers
from chalicelib.api.bodies import bodies
from chalicelib.api.hal import Links
from chalicelib.api.http import HAL, JSON, ApiBlueprint, answer
from chalicelib.api.operation import Operation, Route, registered
from chalicelib.domain.json_schema import Schema
from chalicelib.plugin import Attack, Planner
from chalicelib.plugin.registry import Registry

_REFUSALS: Mapping[int, str] = {
    400: "What was sent cannot be understood or is not allowed; the sentence says what would be",
    403: "API Gateway: the call is not signed, or its signer may not make it, or there is no such path",
    404: "No such thing, or no longer",
    409: "The state of the thing forbids what was asked",
    413: "The body is larger than 256 KB, or what it makes does not fit into one record",
    415: f"The body is neither {JSON} nor {HAL}",
    429: "Too many calls: ask less often",
    500: "AWS refuses until an operator has fixed the stage; nothing was left half made",
    503: "AWS throttles or fails; nothing was left half made, so the same call may be sent again",
}
_OF_ANY_CALL = (403, 429)
_OF_THE_GATEWAY_TOO = (413, 429, 503)
_DESCRIPTION = """Plans of attacks on machines, and the executors that carry them out.

A trailing slash is optional everywhere. On POST, PUT and DELETE an unknown query parameter is refused. A planner that
you have added yourself may answer `POST plans` with a status of its own choice. API Gateway answers by itself to
unknown paths and methods, to what is not signed and to what is throttled (`message` instead of `msg`)."""


def blueprint(
    attacks: Callable[[], Registry[Attack]],
    planners: Callable[[], Registry[Planner]],
    cors: CORSConfig,
    authorizer: Authorizer | None,
) -> ApiBlueprint:
    """Return the route of the document, which is made once in a process, at the first request for it."""
    api = ApiBlueprint(__name__, cors, authorizer)

    @cache
    def described() -> dict[str, Any]:
        routes = registered(api.current_app.routes)
        return document(routes, attacks(), planners(), signed=authorizer is not None)

    @api.route(
        "/1/openapi.json",
        "GET",
        Operation(
            summary="This document",
            answer="Description",
            plain=True,
        ),
    )
    def get_description() -> Response:
        return answer({**described(), "servers": [{"url": Links(api.current_request).root()}]}, kind=JSON)

    return api


def document(
    routes: Iterable[Route], attacks: Registry[Any], planners: Registry[Any], *, signed: bool
) -> dict[str, Any]:
    """Return the document without its servers, which depend on the request's URL; ``signed`` says whether calls must
    be."""
    paths: dict[str, Any] = {}
    for route in routes:
        item = paths.setdefault(route.path, {})
        names = re.findall(r"{(\w+)}", route.path)
        if names:
            item["parameters"] = [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
                for name in names
            ]
        item[route.method] = _described(route.name, route.operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chaos Monkey Engine", "version": "1", "description": _DESCRIPTION},
        "security": [{"aws_iam": []}] if signed else [],
        "paths": paths,
        "components": {
            "schemas": {**answers.SCHEMAS, **bodies(attacks, planners)},
            "responses": {str(status): _refusal(status) for status in _REFUSALS},
            "securitySchemes": {
                "aws_iam": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4, of the service execute-api",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            },
        },
    }


def _described(name: str, operation: Operation) -> dict[str, Any]:
    located: dict[str, Any] = {"Location": {"schema": {"type": "string"}, "description": "where the new thing is"}}
    given: dict[str, Any] = {
        "description": operation.summary,
        "content": _content([JSON if operation.plain else HAL], operation.answer),
        **({"headers": located} if operation.location else {}),
    }
    refusals = sorted({*_OF_ANY_CALL, *operation.refusals})
    return {
        "operationId": name,
        "summary": operation.summary,
        **({"parameters": operation.parameters} if operation.parameters else {}),
        **(
            {"requestBody": {"required": True, "content": _content([JSON, HAL], operation.body)}}
            if operation.body
            else {}
        ),
        "responses": {
            str(operation.status): given,
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in refusals},
        },
    }


def _content(kinds: Iterable[str], schema: str) -> dict[str, Any]:
    return {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}} for kind in kinds}


def _refusal(status: int) -> dict[str, Any]:
    ours, gateways = ({"$ref": f"#/components/schemas/{name}"} for name in ("Refusal", "GatewayRefusal"))
    schema: Schema = (
        gateways if status == 403 else {"anyOf": [ours, gateways]} if status in _OF_THE_GATEWAY_TOO else ours
    )
    later = {"Retry-After": {"schema": {"type": "string"}, "description": "seconds; not on API Gateway's own answers"}}
    return {
        "description": _REFUSALS[status],
        "content": {JSON: {"schema": schema}},
        **({"headers": later} if status in (409, 429, 503) else {}),
    }
