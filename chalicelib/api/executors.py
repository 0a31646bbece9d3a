"""``executors/``: listing, reading, moving, running and deleting executors."""

from collections.abc import Callable

from chalice.app import Authorizer, CORSConfig, Response

from chalicelib.api.caller import caller
from chalicelib.api.executor_query import executor_query
from chalicelib.api.hal import Links
from chalicelib.api.http import JSON, ApiBlueprint, answer, document, require_no_body
from chalicelib.api.pages import page_answer
from chalicelib.api.query import strict_flags
from chalicelib.api.representation import Representation
from chalicelib.engine import Engine


def blueprint(
    engine: Callable[[], Engine],
    represent: Callable[[], Representation],
    cors: CORSConfig,
    authorizer: Authorizer | None,
) -> ApiBlueprint:
    """The routes of executors on the engine that the provider gives."""
    api = ApiBlueprint(__name__, cors, authorizer)

    @api.route("/1/executors", methods=["GET"])
    def list_executors() -> Response:
        query, only = executor_query(api.current_request, engine().settings.timezone)
        page = engine().list_executors(everything=query.everything, limit=query.limit, after=query.after, only=only)
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
        executor = engine().move_executor(executor_id, document(api.current_request), caller(api.current_request))
        return answer(represent().executor(executor, Links(api.current_request)))

    @api.route("/1/executors/{executor_id}/run", methods=["POST"])
    def run_executor(executor_id: str) -> Response:
        strict_flags(api.current_request)
        require_no_body(api.current_request)
        executor = engine().run_executor(executor_id, caller(api.current_request))
        return answer(represent().executor(executor, Links(api.current_request)), status=202)

    @api.route("/1/executors/{executor_id}/revert", methods=["POST"])
    def revert_executor(executor_id: str) -> Response:
        strict_flags(api.current_request)
        require_no_body(api.current_request)
        undo = engine().revert_executor(executor_id, caller(api.current_request))
        return answer(represent().executor(undo, Links(api.current_request)), status=202)

    @api.route("/1/executors/{executor_id}", methods=["DELETE"])
    def delete_executor(executor_id: str) -> Response:
        strict_flags(api.current_request)
        engine().delete_executor(executor_id, caller(api.current_request))
        return answer({"msg": f"Executor {executor_id} succesfully deleted"}, kind=JSON)  # spelled so since 2016

    return api
