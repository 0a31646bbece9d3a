"""``executors/``: listing, reading, moving, running and deleting executors."""

from collections.abc import Callable

from chalice.app import Authorizer, CORSConfig, Response

from chalicelib.api.caller import caller
from chalicelib.api.executor_query import executor_query
from chalicelib.api.hal import Links
from chalicelib.api.http import JSON, ApiBlueprint, answer, document, require_no_body
from chalicelib.api.operation import PAGES, READING, WITH_BODY, Operation, page_parameters
from chalicelib.api.pages import page_answer
from chalicelib.api.query import strict_flags
from chalicelib.api.representation import Representation
from chalicelib.domain.executor_filter import STATUSES
from chalicelib.domain.json_schema import Schema
from chalicelib.services.executors import ExecutorService

STATUS_NAMES: Schema = {"enum": [str(status) for status in STATUSES]}
DATE: Schema = {"type": "string", "description": "ISO 8601; without an offset in the engine's time zone"}


def blueprint(
    executors: Callable[[], ExecutorService],
    represent: Callable[[], Representation],
    cors: CORSConfig,
    authorizer: Authorizer | None,
) -> ApiBlueprint:
    """Return the routes of executors; each provider is called once a request."""
    api = ApiBlueprint(__name__, cors, authorizer)

    @api.route(
        "/1/executors",
        "GET",
        Operation(
            summary="Executors in the order of their dates: those left to run, or with executed all",
            answer="Executors",
            query=page_parameters("executed", status=STATUS_NAMES, plan={"type": "string"}, since=DATE, until=DATE),
            refusals=(*PAGES, 404),
        ),
    )
    def list_executors() -> Response:
        query, only = executor_query(api.current_request, executors().zone)
        page = executors().list(everything=query.everything, limit=query.limit, after=query.after, only=only)
        links, show = Links(api.current_request), represent()
        return page_answer("executors", page, query, links, lambda executor: show.executor(executor, links))

    @api.route(
        "/1/executors/{executor_id}",
        "GET",
        Operation(
            summary="An executor and its record",
            answer="Executor",
            refusals=(*READING, 404),
        ),
    )
    def get_executor(executor_id: str) -> Response:
        shown = represent().executor(executors().get(executor_id), Links(api.current_request))
        shown["_links"]["self"] = Links(api.current_request).self()
        return answer(shown)

    @api.route(
        "/1/executors/{executor_id}",
        "PUT",
        Operation(
            summary="Move an executor to the next date of a trigger",
            answer="Executor",
            body="Trigger",
            refusals=(*WITH_BODY, 404, 409),
        ),
    )
    def put_executor(executor_id: str) -> Response:
        strict_flags(api.current_request)
        executor = executors().move(executor_id, document(api.current_request), caller(api.current_request))
        return answer(represent().executor(executor, Links(api.current_request)))

    @api.route(
        "/1/executors/{executor_id}/run",
        "POST",
        Operation(
            summary="Run an executor now instead of at its date",
            answer="Executor",
            status=202,
            refusals=(*WITH_BODY, 404, 409),
        ),
    )
    def run_executor(executor_id: str) -> Response:
        strict_flags(api.current_request)
        require_no_body(api.current_request)
        executor = executors().run(executor_id, caller(api.current_request))
        return answer(represent().executor(executor, Links(api.current_request)), status=202)

    @api.route(
        "/1/executors/{executor_id}/revert",
        "POST",
        Operation(
            summary="Undo now what an executor did",
            answer="Executor",
            status=202,
            refusals=(*WITH_BODY, 404, 409),
        ),
    )
    def revert_executor(executor_id: str) -> Response:
        strict_flags(api.current_request)
        require_no_body(api.current_request)
        undo = executors().revert(executor_id, caller(api.current_request))
        return answer(represent().executor(undo, Links(api.current_request)), status=202)

    @api.route(
        "/1/executors/{executor_id}",
        "DELETE",
        Operation(
            summary="Delete an executor and its schedule",
            answer="Done",
            plain=True,
            refusals=(*PAGES, 404, 409),
        ),
    )
    def delete_executor(executor_id: str) -> Response:
        strict_flags(api.current_request)
        executors().delete(executor_id, caller(api.current_request))
        return answer({"msg": f"Executor {executor_id} succesfully deleted"}, kind=JSON)  # spelled so since 2016

    return api
