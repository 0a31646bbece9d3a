"""``plans/``: posting, listing, reading, renaming and deleting plans."""

from collections.abc import Callable

from chalice.app import Authorizer, CORSConfig, Response

from chalicelib.api.caller import caller
from chalicelib.api.hal import Links
from chalicelib.api.http import JSON, ApiBlueprint, answer, document, require_no_body
from chalicelib.api.operation import FLAG, PAGES, READING, WITH_BODY, Operation, page_parameters
from chalicelib.api.pages import page_answer
from chalicelib.api.query import page_query, strict_flags
from chalicelib.api.representation import Representation
from chalicelib.domain.idempotency_key import KEY, request_key
from chalicelib.domain.model import Plan
from chalicelib.services.plan_creation import PlanCreation
from chalicelib.services.plans import PlanService


def blueprint(
    creation: Callable[[], PlanCreation],
    plans: Callable[[], PlanService],
    represent: Callable[[], Representation],
    cors: CORSConfig,
    authorizer: Authorizer | None,
) -> ApiBlueprint:
    """Return the routes of plans; each provider is called once a request."""
    api = ApiBlueprint(__name__, cors, authorizer)

    @api.route(
        "/1/plans",
        "POST",
        Operation(
            summary="Make a plan and its executors; with dry_run only show what it would be, and what it could hit now",
            answer="PlanOrDryRun",
            body="NewPlan",
            query={"dry_run": FLAG},
            header={"Idempotency-Key": KEY},
            refusals=(*WITH_BODY, 409),
            location=True,
        ),
    )
    def post_plan() -> Response:
        dry_run = strict_flags(api.current_request, {"dry_run"}).get("dry_run", False)
        body = document(api.current_request)
        given = api.current_request.headers.get("idempotency-key")
        key = None if given is None else request_key(given, body, caller(api.current_request))
        if dry_run:
            return answer(represent().dry_run(creation().dry_run(body)))
        return _made(creation().create(body, key, caller(api.current_request)))

    @api.route(
        "/1/plans",
        "GET",
        Operation(
            summary="Plans, newest first: those with something left to run, or all",
            answer="Plans",
            query=page_parameters("all"),
            refusals=PAGES,
        ),
    )
    def list_plans() -> Response:
        query = page_query(api.current_request, "plans", flag="all")
        page = plans().list(everything=query.everything, limit=query.limit, after=query.after)
        links, show = Links(api.current_request), represent()
        return page_answer("plans", page, query, links, lambda plan: show.plan(plan, links))

    @api.route(
        "/1/plans/{plan_id}",
        "GET",
        Operation(
            summary="A plan with its executors",
            answer="PlanWithExecutors",
            refusals=(*READING, 404),
        ),
    )
    def get_plan(plan_id: str) -> Response:
        plan, executors = plans().get(plan_id)
        return answer(represent().plan_with_executors(plan, executors, Links(api.current_request)))

    @api.route(
        "/1/plans/{plan_id}/clone",
        "POST",
        Operation(
            summary="Make another plan like this one, its dates drawn anew; with dry_run only show what it would be",
            answer="PlanOrDryRun",
            query={"dry_run": FLAG},
            header={"Idempotency-Key": KEY},
            refusals=(*WITH_BODY, 404, 409),
            location=True,
        ),
    )
    def clone_plan(plan_id: str) -> Response:
        dry_run = strict_flags(api.current_request, {"dry_run"}).get("dry_run", False)
        require_no_body(api.current_request)
        by, given = caller(api.current_request), api.current_request.headers.get("idempotency-key")
        key = None if given is None else request_key(given, {"clone": plan_id}, by)
        if dry_run:
            return answer(represent().dry_run(creation().dry_clone(plan_id)))
        return _made(creation().clone(plan_id, key, by))

    def _made(plan: Plan) -> Response:
        shown = represent().plan(plan, Links(api.current_request))
        return answer({"msg": "ok", **shown}, Location=shown["_links"]["self"]["href"])

    @api.route(
        "/1/plans/{plan_id}",
        "PUT",
        Operation(
            summary="Give a plan another name",
            answer="Plan",
            body="NewName",
            refusals=(*WITH_BODY, 404),
        ),
    )
    def put_plan(plan_id: str) -> Response:
        strict_flags(api.current_request)
        plan = plans().rename(plan_id, document(api.current_request))
        return answer(represent().plan(plan, Links(api.current_request)))

    @api.route(
        "/1/plans/{plan_id}",
        "DELETE",
        Operation(
            summary="Delete a plan, its executors and their schedules",
            answer="Done",
            plain=True,
            refusals=(*PAGES, 404, 409),
        ),
    )
    def delete_plan(plan_id: str) -> Response:
        strict_flags(api.current_request)
        plans().delete(plan_id, caller(api.current_request))
        return answer({"msg": f"Plan {plan_id} successfully deleted"}, kind=JSON)

    return api
