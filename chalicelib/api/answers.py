"""Hold the JSON Schemas of the API's answers: closed, so that a test fails on a property that is not described.

The schemas that validate requests describe what the API accepts: ``chalicelib/planning/validation.py`` and others.
"""

from typing import Any

from chalicelib.domain.broken import Kind
from chalicelib.domain.executor_filter import STATUSES
from chalicelib.domain.json_schema import Schema, closed
from chalicelib.domain.model import Mode
from chalicelib.guards.spec import GUARDS

_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_OBJECT: Schema = {"type": "object"}
_DATE: Schema = {"type": "string", "format": "date-time", "description": "with the offset of the engine's time zone"}
_LINK: Schema = closed(["href"], href={"type": "string", "format": "uri-reference"})
_KIND: Schema = {"enum": ["attack", "undo"]}


def _named(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _whole(**properties: Schema) -> dict[str, Any]:
    """Return the schema of a closed object that has all of its properties."""
    return closed(properties, **properties)


def _but(schema: Schema, *optional: str) -> dict[str, Any]:
    """Return the same schema with these properties optional."""
    return {**schema, "required": [name for name in schema["required"] if name not in optional]}


def _with(schema: Schema, **more: Schema) -> dict[str, Any]:
    """Return the schema of a closed object with more properties, all of them required."""
    return closed([*schema["required"], *more], **schema["properties"], **more)


def _links(*names: str, optional: tuple[str, ...] = ()) -> Schema:
    return closed(names, **dict.fromkeys((*names, *optional), _LINK))


def _page(name: str, items: Schema) -> Schema:
    page = _whole(**{name: _list(items), "broken": _BROKEN, "_links": _links("self", optional=("next",))})
    return _but(page, "broken")


_BROKEN: Schema = {
    **_list(_whole(kind={"enum": [*Kind]}, id=_TEXT, message=_TEXT)),
    "description": "stored rows that this version of the engine cannot read, and what removes them",
}


def _catalogue(name: str) -> Schema:
    entry = _whole(ref=_TEXT, schema=_OBJECT, example=_OBJECT, description=_TEXT)
    broken = _list(_whole(module=_TEXT, reason=_TEXT))
    return _but(_whole(**{name: _list(entry), "broken": broken, "_links": _links("self")}), "broken")


_PART = {
    "type": "object",
    "properties": {"ref": _TEXT, "args": _OBJECT},
    "required": ["ref", "args"],
    "description": "as it was posted, its secrets masked",
}
_DRAWN_PLAN = _but(
    _whole(
        name=_TEXT,
        created=_DATE,
        executors_count={**_COUNT, "description": "still to run"},
        executors_total=_COUNT,
        next_execution=_or_null(_DATE),
        executed={**_FLAG, "description": "nothing is left to run"},
        attack=_PART,
        planner=_PART,
        mode={"enum": [mode.value for mode in Mode]},
        guards=GUARDS,
        warnings=_list(_TEXT),
    ),
    "warnings",
)
_PLAN = _with(_DRAWN_PLAN, id=_TEXT, created_by=_or_null(_TEXT), _links=_links("self", "update", "delete"))
_TARGETS: Schema = {
    "anyOf": [
        _whole(error=_TEXT),
        _whole(unknown=_TEXT),
        _whole(
            candidates=_COUNT,
            takes=_COUNT,
            instances=_list(_whole(id=_TEXT, name=_or_null(_TEXT))),
            spared={"type": "object", "additionalProperties": _TEXT},
            spared_count=_COUNT,
            known=_OBJECT,
        ),
    ]
}
_DRAWN_EXECUTOR = _but(
    _whole(
        name=_TEXT,
        kind=_KIND,
        next_run_time=_DATE,
        held=_or_null(_whole(guard=_TEXT, reason=_TEXT)),
        probability={"type": "number"},
    ),
    "probability",
)
_EXECUTOR = _but(
    _whole(
        id=_TEXT,
        plan_id=_TEXT,
        name=_TEXT,
        kind=_KIND,
        next_run_time=_DATE,
        executed={**_FLAG, "description": "it can no longer run"},
        status={"enum": [str(status) for status in STATUSES]},
        delivered_at=_or_null(_DATE),
        deliveries=_COUNT,
        started_at=_or_null(_DATE),
        finished_at=_or_null(_DATE),
        outcome=_or_null(_OBJECT),
        error=_or_null(_whole(type=_TEXT, message=_TEXT)),
        seed=_or_null({"type": "integer"}),
        request_id=_or_null(_TEXT),
        changed_by=_or_null(_TEXT),
        warnings=_list(_TEXT),
        _links=_links("self", "plan", "update", "delete", optional=("undo", "undoes")),
    ),
    "warnings",
)
_FREEZE = _whole(id=_TEXT, name=_TEXT, start=_DATE, end=_DATE, reason=_TEXT, _links=_links("delete"))
_ENGINE = _whole(
    halted=_FLAG,
    reason=_or_null(_TEXT),
    refuse_plans=_FLAG,
    by=_or_null(_TEXT),
    at=_or_null(_DATE),
    leashed=_FLAG,
    freezes=_list(_named("Freeze")),
    limits=_list(
        _whole(
            ref=_or_null(_TEXT),
            max_attacks_per_day=_or_null(_COUNT),
            min_gap_minutes=_or_null({"type": "number"}),
        )
    ),
    protected_tags=_list(_TEXT),
    required_tags=_list(_TEXT),
    _links=_links("self", "update", "freezes", "history"),
)

SCHEMAS: dict[str, Schema] = {
    "Root": _whole(_links=_links("self", "attacks", "planners", "plans", "executors", "engine", "openapi")),
    "Description": {"type": "object", "required": ["openapi", "paths"], "description": "this document"},
    "Attacks": _catalogue("attacks"),
    "Planners": _catalogue("planners"),
    "Plan": _PLAN,
    "MadePlan": _with(_PLAN, msg={"const": "ok"}),
    "DryRun": _with(_DRAWN_PLAN, targets=_TARGETS, _embedded=_whole(executors=_list(_DRAWN_EXECUTOR))),
    "PlanOrDryRun": {"anyOf": [_named("MadePlan"), _named("DryRun")]},
    "PlanWithExecutors": _but(
        _with(_PLAN, broken=_BROKEN, _embedded=_whole(executors=_list(_named("Executor")))), "broken"
    ),
    "Plans": _page("plans", _named("Plan")),
    "Executor": _EXECUTOR,
    "Executors": _page("executors", _named("Executor")),
    "Engine": _ENGINE,
    "Freeze": _FREEZE,
    "MadeFreeze": _with(_FREEZE, msg={"const": "ok"}),
    "Freezes": _whole(freezes=_list(_named("Freeze")), _links=_links("self")),
    "History": _page("history", _whole(at=_DATE, by=_TEXT, action=_TEXT, details=_OBJECT)),
    "Done": _whole(msg=_TEXT),
    "Refusal": _but(
        _whole(
            msg={**_TEXT, "description": "one sentence that says what to do"},
            errors=_list(_whole(path=_TEXT, message=_TEXT)),
        ),
        "errors",
    ),
    "GatewayRefusal": {**_whole(message=_or_null(_TEXT)), "description": "API Gateway's own words"},
}
"""By the names that ``chalicelib/api/openapi.py`` gives them in the document."""
