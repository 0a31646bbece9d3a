"""Define the Chalice application, which registers the blueprints.

The module reads the settings because Chalice takes CORS and the authorizer as arguments of its decorators. So a stage
with unsafe settings is refused here, by a plain ``chalice deploy`` too.
"""

from collections.abc import Callable

from chalicelib.runtime.gc_freeze import nothing_is_garbage

with nothing_is_garbage():
    from chalice import Chalice, CORSConfig, IAMAuthorizer, Response
    from chalice.app import Request

    from chalicelib.api import catalogue, control, executors, openapi, plans
    from chalicelib.api.representation import Representation
    from chalicelib.composition import bootstrap, parts
    from chalicelib.config.settings import APP
    from chalicelib.handlers.attack import attacks
    from chalicelib.handlers.dead_letters import undelivered_deliveries
    from chalicelib.handlers.resolve import resolutions
    from chalicelib.handlers.sweep import sweeps
    from chalicelib.plugin import registry
    from chalicelib.runtime import logs
    from chalicelib.services.engine_state import EngineStateService
    from chalicelib.services.executors import ExecutorService
    from chalicelib.services.plan_creation import PlanCreation
    from chalicelib.services.plans import PlanService

settings = parts.settings()
cors = CORSConfig(
    allow_origin=settings.allowed_origin,
    allow_headers=["Idempotency-Key"],  # beside those that Chalice allows
    expose_headers=["Location", "Retry-After"],
    max_age=600,
)
authorizer = IAMAuthorizer() if settings.signed_calls else None
app = Chalice(app_name=APP, configure_logs=False)


@app.middleware("http")
def named(event: Request, get_response: Callable[[Request], Response]) -> Response:
    """Put the request's id on every line that is logged while the request is served."""
    if event.lambda_context is not None:
        logs.begin(event.lambda_context.aws_request_id)
    return get_response(event)


def function_arn() -> str:
    """Return the ARN of the function that serves the current request, which holds its account and Region."""
    return str(app.lambda_context.invoked_function_arn)


def creation() -> PlanCreation:
    """Return the use cases that create plans."""
    return bootstrap.plan_creation(function_arn())


def plan_service() -> PlanService:
    """Return the use cases of plans."""
    return bootstrap.plan_service(function_arn())


def executor_service() -> ExecutorService:
    """Return the use cases of executors."""
    return bootstrap.executor_service(function_arn())


def engine_state() -> EngineStateService:
    """Return the use cases of ``engine/``: the halt lever, freezes and their history."""
    return bootstrap.engine_state(function_arn())


def representation() -> Representation:
    """Return the renderer of plans and executors as HAL documents."""
    return Representation(settings.timezone, registry.attacks(), registry.planners())


app.register_blueprint(catalogue.blueprint(registry.attacks, registry.planners, cors, authorizer))
app.register_blueprint(openapi.blueprint(registry.attacks, registry.planners, cors, authorizer))
app.register_blueprint(plans.blueprint(creation, plan_service, representation, cors, authorizer))
app.register_blueprint(executors.blueprint(executor_service, representation, cors, authorizer))
app.register_blueprint(control.blueprint(engine_state, cors, authorizer))
app.register_blueprint(attacks)
app.register_blueprint(resolutions)
app.register_blueprint(sweeps)
app.register_blueprint(undelivered_deliveries)
