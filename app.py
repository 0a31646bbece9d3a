"""The Chalice application: the blueprints, registered. The settings are read here because Chalice takes CORS and the
authorizer as arguments of its decorators; a stage with unsafe settings is refused here, by a plain ``chalice deploy``
too."""

import os
from collections.abc import Callable

from chalice import Chalice, CORSConfig, IAMAuthorizer, Response
from chalice.app import Request

from chalicelib import bootstrap, logs
from chalicelib.api import catalogue, control, executors, openapi, plans
from chalicelib.api.representation import Representation
from chalicelib.attack_handler import attacks
from chalicelib.engine import Engine
from chalicelib.resolve_handler import resolutions
from chalicelib.settings import APP, from_environment
from chalicelib.steering import Steering
from chalicelib.sweep_handler import sweeps
from chalicelib.undelivered_handler import undelivered_deliveries

settings = from_environment(os.environ)
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
    """What is logged of a request names it."""
    if event.lambda_context is not None:
        logs.begin(event.lambda_context.aws_request_id)
    return get_response(event)


def engine() -> Engine:
    """The engine of the account and Region that the current request is served in."""
    return bootstrap.engine(app.lambda_context.invoked_function_arn)


def steering() -> Steering:
    """What people steer that engine by."""
    return bootstrap.steering(app.lambda_context.invoked_function_arn)


def representation() -> Representation:
    """How the engine's things are shown."""
    return Representation(settings.timezone, engine().attacks, engine().planners)


app.register_blueprint(catalogue.blueprint(engine, cors, authorizer))
app.register_blueprint(openapi.blueprint(engine, cors, authorizer))
app.register_blueprint(plans.blueprint(engine, representation, cors, authorizer))
app.register_blueprint(executors.blueprint(engine, representation, cors, authorizer))
app.register_blueprint(control.blueprint(steering, cors, authorizer))
app.register_blueprint(attacks)
app.register_blueprint(resolutions)
app.register_blueprint(sweeps)
app.register_blueprint(undelivered_deliveries)
