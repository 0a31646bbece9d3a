"""``executors/``: listing, reading, moving and deleting executors."""

from collections.abc import Callable

from chalice.app import CORSConfig, Response

from chalicelib.api.hal import Links
from chalicelib.api.http import JSON, ApiBlueprint, answer, document
from chalicelib.api.pages import page_answer
from chalicelib.api.query import page_query, strict_flags
from chalicelib.api.representation import Representation
from chalicelib.engine import Engine


def blueprint(engine: Callable[[], Engine], represent: Callable[[], Representation], cors: CORSConfig) -> ApiBlueprint:
    """The routes of executors on the engine that the provider gives."""
    api = ApiBlueprint(__name__, cors)

    @api.route("/1/executors", methods=["GET"])
    def list_executors() -> Response:
        query = page_query(api.current_request, "executors", flag="executed")
        page = engine().list_executors(everything=query.everything, limit=query.limit, after=query.after)
        links, show = Links(api.current_request), represent()
        return page_answer("executors", page, query, links, lambda executor: show.executor(executor, links))

    @api.route("/1/executors/{executor_id}", methods=["GET"])
    def get_executor(executor_id: str) -> Response:
        shown = represent().executor(engine().executor(executor_id), Links(api.current_request))
        shown["_links"]["self"] = Links(api.current_request).self()
        return answer(shown)

    @api.route("/1/executors/{executor_id}", methods=["PUT"])
    def put_executor(executor_id: str) -> Response:
        strict_flags(api.current_request)
        executor = engine().move_executor(executor_id, document(api.current_request))
        return answer(represent().executor(executor, Links(api.current_request)))

    @api.route("/1/executors/{executor_id}", methods=["DELETE"])
    def delete_executor(executor_id: str) -> Response:
        strict_flags(api.current_request)
        engine().delete_executor(executor_id)
        return answer({"msg": f"Executor {executor_id} succesfully deleted"}, kind=JSON)  # spelled so since 2016

    return api
