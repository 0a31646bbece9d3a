"""The root of the API, and what attacks and planners there are."""

import inspect
import logging
from collections.abc import Callable
from typing import Any

from chalice.app import Authorizer, CORSConfig, Response

from chalicelib.api.hal import Links
from chalicelib.api.http import ApiBlueprint, answer
from chalicelib.api.operation import Operation
from chalicelib.plugin import Attack, Planner, Plugin
from chalicelib.plugin.registry import Registry

log = logging.getLogger(__name__)


def blueprint(
    attacks: Callable[[], Registry[Attack]],
    planners: Callable[[], Registry[Planner]],
    cors: CORSConfig,
    authorizer: Authorizer | None,
) -> ApiBlueprint:
    """Return the routes of the root and the two catalogues."""
    api = ApiBlueprint(__name__, cors, authorizer)

    @api.route(
        "/1",
        "GET",
        Operation(
            summary="Where everything is",
            answer="Root",
        ),
    )
    def get_root() -> Response:
        links = Links(api.current_request)
        collections = {name: links.collection(name) for name in ("attacks", "planners", "plans", "executors", "engine")}
        return answer({"_links": {"self": links.self(), **collections, "openapi": links.description()}})

    @api.route(
        "/1/attacks",
        "GET",
        Operation(
            summary="The attacks there are",
            answer="Attacks",
        ),
    )
    def list_attacks() -> Response:
        return _catalogue("attacks", attacks(), Links(api.current_request))

    @api.route(
        "/1/planners",
        "GET",
        Operation(
            summary="The planners there are",
            answer="Planners",
        ),
    )
    def list_planners() -> Response:
        return _catalogue("planners", planners(), Links(api.current_request))

    return api


def _catalogue(name: str, registry: Registry[Any], links: Links) -> Response:
    plugins, broken = registry.catalogue()
    for each in broken:
        log.warning("plugin module %s is left out: %s", each.module, each.reason)
    body: dict[str, Any] = {name: [_entry(each) for each in plugins], "_links": {"self": links.self()}}
    if broken:
        body["broken"] = [{"module": each.module, "reason": each.reason} for each in broken]
    return answer(body)


def _entry(plugin: type[Plugin]) -> dict[str, Any]:
    return {
        "ref": plugin.ref,
        "schema": plugin.schema,
        "example": plugin.example,
        "description": inspect.getdoc(plugin) or "",
    }
