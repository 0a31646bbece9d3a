"""The root of the API, and what attacks and planners there are."""

import inspect
import logging
from collections.abc import Callable
from typing import Any

from chalice.app import Authorizer, CORSConfig, Response

from chalicelib.api.hal import Links
from chalicelib.api.http import ApiBlueprint, answer
from chalicelib.engine import Engine
from chalicelib.plugin import Plugin
from chalicelib.registry import Registry

log = logging.getLogger(__name__)


def blueprint(engine: Callable[[], Engine], cors: CORSConfig, authorizer: Authorizer | None) -> ApiBlueprint:
    """The routes that say what there is."""
    api = ApiBlueprint(__name__, cors, authorizer)

    @api.route("/1", methods=["GET"])
    def get_root() -> Response:
        links = Links(api.current_request)
        collections = {name: links.collection(name) for name in ("attacks", "planners", "plans", "executors", "engine")}
        return answer({"_links": {"self": links.self(), **collections, "openapi": links.description()}})

    @api.route("/1/attacks", methods=["GET"])
    def list_attacks() -> Response:
        return _catalogue("attacks", engine().attacks, Links(api.current_request))

    @api.route("/1/planners", methods=["GET"])
    def list_planners() -> Response:
        return _catalogue("planners", engine().planners, Links(api.current_request))

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
