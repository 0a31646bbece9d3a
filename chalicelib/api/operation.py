"""Describe one call of the API: its parameters, its body and its answers.

Each route declares its own operation where it is registered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.api.query import DEFAULT_LIMIT, LARGEST_LIMIT
from chalicelib.domain.json_schema import Schema

FLAG: Schema = {"type": "boolean", "default": False}

READING = (500, 503)
PAGES = (400, 500, 503)
WITH_BODY = (400, 413, 415, 500, 503)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The parameters, the body and the answers of one call.

    ``answer`` and ``body`` are names of schemas in openapi.json. ``refusals`` are the statuses of this call's errors;
    those that any call may get are left out.
    """

    summary: str
    answer: str
    status: int = 200
    plain: bool = False
    """True where the answer is ``application/json``, not HAL."""
    body: str | None = None
    query: Mapping[str, Schema] | None = None
    header: Mapping[str, Schema] | None = None
    refusals: tuple[int, ...] = ()
    location: bool = False
    """True where the answer has a ``Location`` header."""

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "in": place, "required": False, "schema": schema}
            for place, given in (("query", self.query), ("header", self.header))
            for name, schema in (given or {}).items()
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An operation as it is registered: its path below the version, its method, and the name of its view."""

    path: str
    method: str
    name: str
    operation: Operation


def page_parameters(flag: str | None, **filters: Schema) -> dict[str, Schema]:
    """Return the query parameters of a list; ``flag`` is the one that shows everything."""
    limit: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
    cursor: Schema = {"type": "string", "description": "as it stands in _links.next"}
    return {**({flag: FLAG} if flag else {}), "limit": limit, "cursor": cursor, **filters}


def registered(routes: Mapping[str, Mapping[str, Any]]) -> list[Route]:
    """Return what a Chalice application serves, by its ``routes``."""
    return [
        Route(
            path=path.removeprefix("/1") or "/",
            method=method.lower(),
            name=entry.view_function.__name__,
            operation=entry.view_function.operation,
        )
        for path, methods in routes.items()
        for method, entry in methods.items()
    ]
