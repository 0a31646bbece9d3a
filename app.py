"""The Chalice application: the blueprints, registered. The settings are read here because Chalice takes CORS as an
argument of its decorators; a stage with unsafe settings is refused here, by a plain ``chalice deploy`` too."""

import os

from chalice import Chalice, CORSConfig

from chalicelib import bootstrap
from chalicelib.api import catalogue, executors, plans
from chalicelib.api.representation import Representation
from chalicelib.attack_handler import attacks
from chalicelib.engine import Engine
from chalicelib.settings import APP, from_environment
from chalicelib.sweep_handler import sweeps

settings = from_environment(os.environ)
cors = CORSConfig(allow_origin=settings.allowed_origin, expose_headers=["Location", "Retry-After"], max_age=600)
app = Chalice(app_name=APP)


def engine() -> Engine:
    """The engine of the account and Region that the current request is served in."""
    return bootstrap.engine(app.lambda_context.invoked_function_arn)


def representation() -> Representation:
    """How the engine's things are shown."""
    return Representation(settings.timezone, engine().attacks, engine().planners)


app.register_blueprint(catalogue.blueprint(engine, cors))
app.register_blueprint(plans.blueprint(engine, representation, cors))
app.register_blueprint(executors.blueprint(engine, representation, cors))
app.register_blueprint(attacks)
app.register_blueprint(sweeps)
