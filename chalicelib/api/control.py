"""``engine/``: the halt lever, freezes, and who used them."""

from collections.abc import Callable
from typing import Any

from chalice.app import Authorizer, CORSConfig, Request, Response

from chalicelib.api.caller import caller
from chalicelib.api.hal import Links
from chalicelib.api.http import JSON, ApiBlueprint, answer, document
from chalicelib.api.operation import PAGES, READING, WITH_BODY, Operation, page_parameters
from chalicelib.api.pages import page_answer
from chalicelib.api.query import page_query, strict_flags
from chalicelib.domain.dates import show
from chalicelib.domain.engine_state import AuditEntry, Control, Freeze
from chalicelib.services.engine_state import EngineStateService


def blueprint(
    engine_state: Callable[[], EngineStateService], cors: CORSConfig, authorizer: Authorizer | None
) -> ApiBlueprint:
    """Return the routes of the whole engine's state; the provider is called once a request."""
    api = ApiBlueprint(__name__, cors, authorizer)

    @api.route(
        "/1/engine",
        "GET",
        Operation(
            summary="Whether the engine is halted, and what limits it",
            answer="Engine",
            refusals=READING,
        ),
    )
    def get_engine() -> Response:
        return answer(_engine(engine_state(), engine_state().control(), api.current_request))

    @api.route(
        "/1/engine",
        "PUT",
        Operation(
            summary="Halt the engine, or let it go on",
            answer="Engine",
            body="Lever",
            refusals=WITH_BODY,
        ),
    )
    def put_engine() -> Response:
        strict_flags(api.current_request)
        control = engine_state().pull(document(api.current_request), caller(api.current_request))
        return answer(_engine(engine_state(), control, api.current_request))

    @api.route(
        "/1/engine/history",
        "GET",
        Operation(
            summary="Who halted and froze, newest first",
            answer="History",
            query=page_parameters(None),
            refusals=PAGES,
        ),
    )
    def get_history() -> Response:
        query = page_query(api.current_request, "history", flag="all")
        page = engine_state().history(limit=query.limit, after=query.after)
        engine = engine_state()
        return page_answer("history", page, query, Links(api.current_request), lambda act: _act(engine, act))

    @api.route(
        "/1/engine/freezes",
        "GET",
        Operation(
            summary="Spans of time in which nothing is attacked",
            answer="Freezes",
            refusals=READING,
        ),
    )
    def list_freezes() -> Response:
        links = Links(api.current_request)
        freezes = [_freeze(engine_state(), each, links) for each in engine_state().control().freezes]
        return answer({"freezes": freezes, "_links": {"self": links.self()}})

    @api.route(
        "/1/engine/freezes",
        "POST",
        Operation(
            summary="Freeze a span of time",
            answer="MadeFreeze",
            body="NewFreeze",
            refusals=WITH_BODY,
            location=True,
        ),
    )
    def post_freeze() -> Response:
        strict_flags(api.current_request)
        freeze = engine_state().freeze(document(api.current_request), caller(api.current_request))
        shown = _freeze(engine_state(), freeze, Links(api.current_request))
        return answer({"msg": "ok", **shown}, Location=shown["_links"]["delete"]["href"])

    @api.route(
        "/1/engine/freezes/{freeze_id}",
        "DELETE",
        Operation(
            summary="Take a freeze back",
            answer="Done",
            plain=True,
            refusals=(*PAGES, 404),
        ),
    )
    def delete_freeze(freeze_id: str) -> Response:
        strict_flags(api.current_request)
        engine_state().thaw(freeze_id, caller(api.current_request))
        return answer({"msg": f"Freeze {freeze_id} successfully deleted"}, kind=JSON)

    return api


def _engine(engine: EngineStateService, control: Control, request: Request) -> dict[str, Any]:
    settings, links = engine.settings, Links(request)
    itself = links.collection("engine")
    return {
        "halted": control.halted,
        "reason": control.reason,
        "refuse_plans": control.refuse_plans,
        "by": control.by,
        "at": control.at and show(control.at, settings.timezone),
        "leashed": settings.leashed,
        "freezes": [_freeze(engine, each, links) for each in control.freezes],
        "limits": [
            {
                "ref": limit.ref,
                "max_attacks_per_day": limit.per_day,
                "min_gap_minutes": limit.gap and limit.gap.total_seconds() / 60,
            }
            for limit in settings.limits
        ],
        "protected_tags": [str(tag) for tag in settings.protected_tags],
        "required_tags": [str(tag) for tag in settings.required_tags],
        "_links": {
            "self": links.self(),
            "update": itself,
            "freezes": links.collection("engine/freezes"),
            "history": links.collection("engine/history"),
        },
    }


def _freeze(engine: EngineStateService, freeze: Freeze, links: Links) -> dict[str, Any]:
    zone = engine.settings.timezone
    return {
        "id": freeze.id,
        "name": freeze.name,
        "start": show(freeze.start, zone),
        "end": show(freeze.end, zone),
        "reason": freeze.reason,
        "_links": {"delete": links.item("engine/freezes", freeze.id)},
    }


def _act(engine: EngineStateService, act: AuditEntry) -> dict[str, Any]:
    return {
        "at": act.at.astimezone(engine.settings.timezone).isoformat(timespec="milliseconds"),
        "by": act.by,
        "action": act.action,
        "details": act.details,
    }
