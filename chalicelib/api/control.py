"""``engine/``: the halt lever, freezes, and who used them."""

from collections.abc import Callable
from typing import Any

from chalice.app import Authorizer, CORSConfig, Request, Response

from chalicelib.api.caller import caller
from chalicelib.api.hal import Links
from chalicelib.api.http import JSON, ApiBlueprint, answer, document
from chalicelib.api.pages import page_answer
from chalicelib.api.query import page_query, strict_flags
from chalicelib.control import Act, Control, Freeze
from chalicelib.dates import show
from chalicelib.steering import Steering


def blueprint(steering: Callable[[], Steering], cors: CORSConfig, authorizer: Authorizer | None) -> ApiBlueprint:
    """The routes of the whole engine's state, of the steering that the provider gives."""
    api = ApiBlueprint(__name__, cors, authorizer)

    @api.route("/1/engine", methods=["GET"])
    def get_engine() -> Response:
        return answer(_engine(steering(), steering().control(), api.current_request))

    @api.route("/1/engine", methods=["PUT"])
    def put_engine() -> Response:
        strict_flags(api.current_request)
        control = steering().pull(document(api.current_request), caller(api.current_request))
        return answer(_engine(steering(), control, api.current_request))

    @api.route("/1/engine/history", methods=["GET"])
    def get_history() -> Response:
        query = page_query(api.current_request, "history", flag="all")
        page = steering().history(limit=query.limit, after=query.after)
        engine = steering()
        return page_answer("history", page, query, Links(api.current_request), lambda act: _act(engine, act))

    @api.route("/1/engine/freezes", methods=["GET"])
    def list_freezes() -> Response:
        links = Links(api.current_request)
        freezes = [_freeze(steering(), each, links) for each in steering().control().freezes]
        return answer({"freezes": freezes, "_links": {"self": links.self()}})

    @api.route("/1/engine/freezes", methods=["POST"])
    def post_freeze() -> Response:
        strict_flags(api.current_request)
        freeze = steering().freeze(document(api.current_request), caller(api.current_request))
        shown = _freeze(steering(), freeze, Links(api.current_request))
        return answer({"msg": "ok", **shown}, Location=shown["_links"]["delete"]["href"])

    @api.route("/1/engine/freezes/{freeze_id}", methods=["DELETE"])
    def delete_freeze(freeze_id: str) -> Response:
        strict_flags(api.current_request)
        steering().thaw(freeze_id, caller(api.current_request))
        return answer({"msg": f"Freeze {freeze_id} successfully deleted"}, kind=JSON)

    return api


def _engine(engine: Steering, control: Control, request: Request) -> dict[str, Any]:
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


def _freeze(engine: Steering, freeze: Freeze, links: Links) -> dict[str, Any]:
    zone = engine.settings.timezone
    return {
        "id": freeze.id,
        "name": freeze.name,
        "start": show(freeze.start, zone),
        "end": show(freeze.end, zone),
        "reason": freeze.reason,
        "_links": {"delete": links.item("engine/freezes", freeze.id)},
    }


def _act(engine: Steering, act: Act) -> dict[str, Any]:
    return {
        "at": act.at.astimezone(engine.settings.timezone).isoformat(timespec="milliseconds"),
        "by": act.by,
        "action": act.action,
        "details": act.details,
    }
