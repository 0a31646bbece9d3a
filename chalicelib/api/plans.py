"""``plans/``: posting, listing, reading, renaming and deleting plans."""

from collections.abc import Callable

from chalice.app import Authorizer, CORSConfig, Response

from chalicelib.api.caller import caller
from chalicelib.api.hal import Links
from chalicelib.api.http import JSON, ApiBlueprint, answer, document
from chalicelib.api.pages import page_answer
from chalicelib.api.query import page_query, strict_flags
from chalicelib.api.representation import Representation
from chalicelib.engine import Engine
from chalicelib.request_key import request_key


def blueprint(
    engine: Callable[[], Engine],
    represent: Callable[[], Representation],
    cors: CORSConfig,
    authorizer: Authorizer | None,
) -> ApiBlueprint:
    """The routes of plans on the engine that the provider gives."""
    api = ApiBlueprint(__name__, cors, authorizer)

    @api.route("/1/plans", methods=["POST"])
    def post_plan() -> Response:
        dry_run = strict_flags(api.current_request, {"dry_run"}).get("dry_run", False)
        body = document(api.current_request)
        given = api.current_request.headers.get("idempotency-key")
        key = None if given is None else request_key(given, body, caller(api.current_request))
        if dry_run:
            return answer(represent().dry_run(engine().dry_run(body)))
        plan = engine().create_plan(body, key, caller(api.current_request))
        shown = represent().plan(plan, Links(api.current_request))
        return answer({"msg": "ok", **shown}, Location=shown["_links"]["self"]["href"])

    @api.route("/1/plans", methods=["GET"])
    def list_plans() -> Response:
        query = page_query(api.current_request, "plans", flag="all")
        page = engine().list_plans(everything=query.everything, limit=query.limit, after=query.after)
        links, show = Links(api.current_request), represent()
        return page_answer("plans", page, query, links, lambda plan: show.plan(plan, links))

    @api.route("/1/plans/{plan_id}", methods=["GET"])
    def get_plan(plan_id: str) -> Response:
        plan, executors = engine().plan(plan_id)
        return answer(represent().plan_with_executors(plan, executors, Links(api.current_request)))

    @api.route("/1/plans/{plan_id}", methods=["PUT"])
    def put_plan(plan_id: str) -> Response:
        strict_flags(api.current_request)
        plan = engine().rename_plan(plan_id, document(api.current_request))
        return answer(represent().plan(plan, Links(api.current_request)))

    @api.route("/1/plans/{plan_id}", methods=["DELETE"])
    def delete_plan(plan_id: str) -> Response:
        strict_flags(api.current_request)
        engine().delete_plan(plan_id, caller(api.current_request))
        return answer({"msg": f"Plan {plan_id} successfully deleted"}, kind=JSON)

    return api
