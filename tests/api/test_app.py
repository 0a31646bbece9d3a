"""The application as it is deployed: its routes and its functions."""

import importlib

import pytest

ROUTES = {
    "/1": {"GET"},
    "/1/openapi.json": {"GET"},
    "/1/attacks": {"GET"},
    "/1/planners": {"GET"},
    "/1/plans": {"GET", "POST"},
    "/1/plans/{plan_id}": {"GET", "PUT", "DELETE"},
    "/1/plans/{plan_id}/clone": {"POST"},
    "/1/executors": {"GET"},
    "/1/executors/{executor_id}": {"GET", "PUT", "DELETE"},
    "/1/executors/{executor_id}/run": {"POST"},
    "/1/executors/{executor_id}/revert": {"POST"},
    "/1/engine": {"GET", "PUT"},
    "/1/engine/history": {"GET"},
    "/1/engine/freezes": {"GET", "POST"},
    "/1/engine/freezes/{freeze_id}": {"DELETE"},
}


@pytest.fixture(scope="module")
def app() -> object:
    return importlib.import_module("app").app


def test_the_routes_are_those_of_the_contract_and_none_ends_with_a_slash(app: object) -> None:
    assert {path: set(methods) for path, methods in app.routes.items()} == ROUTES  # type: ignore[attr-defined]


def test_every_route_has_cors_and_judges_the_content_type_itself(app: object) -> None:
    for methods in app.routes.values():  # type: ignore[attr-defined]
        for entry in methods.values():
            assert entry.cors.allow_origin and entry.content_types == ["*/*"]


def test_the_functions_beside_the_api_are_these(app: object) -> None:
    assert {each.name for each in app.pure_lambda_functions} == {"attack", "resolve"}  # type: ignore[attr-defined]
    assert {each.name for each in app.event_sources} == {"sweep", "undelivered"}  # type: ignore[attr-defined]
