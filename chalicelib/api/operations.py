"""Every call of the API, by its path below the version and its method: what it takes, and what it may answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.api.query import DEFAULT_LIMIT, LARGEST_LIMIT
from chalicelib.executor_filter import STATUSES
from chalicelib.request_key import KEY
from chalicelib.schema import Schema

_FLAG: Schema = {"type": "boolean", "default": False}
_DATE: Schema = {"type": "string", "description": "ISO 8601; without an offset in the engine's time zone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """``answer`` and ``body`` are names of schemas in the document; ``refusals`` are statuses beside the answer's own
    and those that any call may get."""

    name: str
    summary: str
    answer: str
    status: int = 200
    plain: bool = False
    """Whether the answer is ``application/json``, not HAL."""
    body: str | None = None
    query: Mapping[str, Schema] | None = None
    header: Mapping[str, Schema] | None = None
    refusals: tuple[int, ...] = ()
    location: bool = False
    """Whether the answer bears a ``Location``."""

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "in": place, "required": False, "schema": schema}
            for place, given in (("query", self.query), ("header", self.header))
            for name, schema in (given or {}).items()
        ]


def _page(flag: str | None, **filters: Schema) -> dict[str, Schema]:
    limit: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
    cursor: Schema = {"type": "string", "description": "as it stands in _links.next"}
    return {**({flag: _FLAG} if flag else {}), "limit": limit, "cursor": cursor, **filters}


_READING = (503,)
_PAGES = (400, 503)
_WITH_BODY = (400, 413, 415, 503)
_STATUSES: Schema = {"enum": [str(status) for status in STATUSES]}

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("/", "get"): Operation(name="get_root", summary="Where everything is", answer="Root"),
    ("/openapi.json", "get"): Operation(
        name="get_description", summary="This document", answer="Description", plain=True
    ),
    ("/attacks", "get"): Operation(name="list_attacks", summary="The attacks there are", answer="Attacks"),
    ("/planners", "get"): Operation(name="list_planners", summary="The planners there are", answer="Planners"),
    ("/plans", "post"): Operation(
        name="post_plan",
        summary="Make a plan and its executors; with dry_run only show what it would be, and what it could hit now",
        answer="PlanOrDryRun",
        body="NewPlan",
        query={"dry_run": _FLAG},
        header={"Idempotency-Key": KEY},
        refusals=(*_WITH_BODY, 409),
        location=True,
    ),
    ("/plans", "get"): Operation(
        name="list_plans",
        summary="Plans, newest first: those with something left to run, or all",
        answer="Plans",
        query=_page("all"),
        refusals=_PAGES,
    ),
    ("/plans/{plan_id}", "get"): Operation(
        name="get_plan",
        summary="A plan with its executors",
        answer="PlanWithExecutors",
        refusals=(*_READING, 404),
    ),
    ("/plans/{plan_id}", "put"): Operation(
        name="put_plan",
        summary="Give a plan another name",
        answer="Plan",
        body="NewName",
        refusals=(*_WITH_BODY, 404),
    ),
    ("/plans/{plan_id}", "delete"): Operation(
        name="delete_plan",
        summary="Delete a plan, its executors and their schedules",
        answer="Done",
        plain=True,
        refusals=(*_PAGES, 404, 409),
    ),
    ("/executors", "get"): Operation(
        name="list_executors",
        summary="Executors in the order of their dates: those left to run, or with executed all",
        answer="Executors",
        query=_page("executed", status=_STATUSES, plan={"type": "string"}, since=_DATE, until=_DATE),
        refusals=(*_PAGES, 404),
    ),
    ("/executors/{executor_id}", "get"): Operation(
        name="get_executor", summary="An executor and its record", answer="Executor", refusals=(*_READING, 404)
    ),
    ("/executors/{executor_id}", "put"): Operation(
        name="put_executor",
        summary="Move an executor to another date",
        answer="Executor",
        body="Trigger",
        refusals=(*_WITH_BODY, 404, 409),
    ),
    ("/executors/{executor_id}", "delete"): Operation(
        name="delete_executor",
        summary="Delete an executor and its schedule",
        answer="Done",
        plain=True,
        refusals=(*_PAGES, 404, 409),
    ),
    ("/executors/{executor_id}/run", "post"): Operation(
        name="run_executor",
        summary="Run an executor now instead of at its date",
        answer="Executor",
        status=202,
        refusals=(*_WITH_BODY, 404, 409),
    ),
    ("/executors/{executor_id}/revert", "post"): Operation(
        name="revert_executor",
        summary="Undo now what an executor did",
        answer="Executor",
        status=202,
        refusals=(*_WITH_BODY, 404, 409),
    ),
    ("/engine", "get"): Operation(
        name="get_engine",
        summary="Whether the engine is halted, and what limits it",
        answer="Engine",
        refusals=_READING,
    ),
    ("/engine", "put"): Operation(
        name="put_engine",
        summary="Halt the engine, or let it go on",
        answer="Engine",
        body="Lever",
        refusals=_WITH_BODY,
    ),
    ("/engine/history", "get"): Operation(
        name="get_history",
        summary="Who halted and froze, newest first",
        answer="History",
        query=_page(None),
        refusals=_PAGES,
    ),
    ("/engine/freezes", "get"): Operation(
        name="list_freezes", summary="Spans of time in which nothing is attacked", answer="Freezes", refusals=_READING
    ),
    ("/engine/freezes", "post"): Operation(
        name="post_freeze",
        summary="Freeze a span of time",
        answer="MadeFreeze",
        body="NewFreeze",
        refusals=_WITH_BODY,
        location=True,
    ),
    ("/engine/freezes/{freeze_id}", "delete"): Operation(
        name="delete_freeze",
        summary="Take a freeze back",
        answer="Done",
        plain=True,
        refusals=(*_PAGES, 404),
    ),
}
