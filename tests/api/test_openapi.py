"""The document that describes the API, against the API."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry as Resources
from referencing import Resource
from referencing.jsonschema import DRAFT202012

from chalicelib.api.openapi import document
from chalicelib.api.operation import registered
from chalicelib.plugin import Attack, Planner, registry
from chalicelib.plugin.registry import Registry
from tests.api.client import JSON, Client, application
from tests.api.test_app import ROUTES
from tests.support.world import later, plan_document, world

METHODS = {"get", "put", "post", "delete"}
WHOLE = "urn:document"


@pytest.fixture
def shipped() -> Client:
    return Client(world(attacks=registry.attacks(), planners=registry.planners()))


def schema_of(api: Client, name: str) -> Draft202012Validator:
    """The schema of that name in the document that the API gives."""
    document = api.get("/api/1/openapi.json").doc
    resources = Resources().with_resource(WHOLE, Resource.from_contents(document, DRAFT202012))
    return Draft202012Validator({"$ref": f"{WHOLE}#/components/schemas/{name}"}, registry=resources)


def test_the_document_is_sound(shipped: Client) -> None:
    got = shipped.get("/api/1/openapi.json")
    assert got.type == JSON
    OpenAPIV31SpecValidator(got.doc).validate()


def test_so_it_is_with_plugins_of_every_kind(api: Client) -> None:
    OpenAPIV31SpecValidator(api.get("/api/1/openapi.json").doc).validate()


def test_what_is_served_is_described_and_nothing_else(shipped: Client) -> None:
    whole = shipped.get("/api/1/openapi.json").doc
    described = {
        f"/1{path}".rstrip("/"): {method.upper() for method in item if method in METHODS}
        for path, item in whole["paths"].items()
    }
    assert described == ROUTES
    for path, item in whole["paths"].items():
        assert {each["name"] for each in item.get("parameters", [])} == set(re.findall(r"{(\w+)}", path))
    names = [item[method]["operationId"] for item in whole["paths"].values() for method in item if method in METHODS]
    assert len(names) == len(set(names))


def test_each_route_declares_its_operation_where_it_is_registered_and_there_is_no_second_list() -> None:
    app = application(world())
    routes = registered(app.routes)
    assert {(route.path, route.method) for route in routes} == {
        (path.removeprefix("/1") or "/", method.lower()) for path, methods in app.routes.items() for method in methods
    }
    paths = {route.path for route in routes if route.path.count("/") > 1} | {"/plans", "/executors", "/engine"}
    sources = list(Path("chalicelib").rglob("*.py"))
    for path in paths:
        named = [f"{each}" for each in sources for _ in range(each.read_text().count(f'"{path}"'))]
        assert named == []  # only as /1/..., in the decorator of its view
        declared = sum(each.read_text().count(f'"/1{path}"') for each in sources)
        assert declared == len([route for route in routes if route.path == path])


@pytest.mark.parametrize("root", ["/api", "/chaos/monkey", ""])
def test_its_server_is_where_it_was_asked_for(root: str) -> None:
    document = Client(world(), root=root).get(f"{root}/1/openapi.json").doc
    assert document["servers"] == [{"url": f"{root}/1"}]


@pytest.mark.parametrize("signed", [True, False])
def test_it_says_whether_calls_must_be_signed(signed: bool) -> None:
    routes = registered(application(world()).routes)
    described = document(routes, registry.attacks(), registry.planners(), signed=signed)
    OpenAPIV31SpecValidator({**described, "servers": []}).validate()
    assert described["security"] == ([{"aws_iam": []}] if signed else [])


def test_it_is_made_once(shipped: Client) -> None:
    assert shipped.get("/api/1/openapi.json").text == shipped.get("/api/1/openapi.json").text


def test_each_plugins_example_is_one_that_is_described(shipped: Client) -> None:
    plan, refs = schema_of(shipped, "NewPlan"), []
    for attack in shipped.get("/api/1/attacks/")["attacks"]:
        for planner in shipped.get("/api/1/planners/")["planners"]:
            plan.validate({"name": "a plan", "attack": attack["example"], "planner": planner["example"]})
            refs.append(attack["ref"])
    assert len(refs) >= 16


def test_a_plan_is_described_as_closed_as_it_is_validated(shipped: Client) -> None:
    plan = schema_of(shipped, "NewPlan")
    (attack, *_), (planner, *_) = shipped.get("/api/1/attacks/")["attacks"], shipped.get("/api/1/planners/")["planners"]
    good = {"name": "a plan", "attack": attack["example"], "planner": planner["example"]}
    assert plan.is_valid(good)
    for bad in (
        {**good, "nam": "x"},
        {**good, "attack": {**good["attack"], "ref": "nowhere:Attack"}},
        {**good, "attack": {**good["attack"], "args": {**good["attack"]["args"], "misspelt": 1}}},
        {**good, "guards": {"probability": 2}},
    ):
        assert not plan.is_valid(bad)
        assert shipped.post("/api/1/plans", bad).status == 400


def test_a_schema_of_the_args_alone_is_described_as_such(api: Client) -> None:
    plan = schema_of(api, "NewPlan")
    assert plan.is_valid(plan_document(later(hours=1)))
    for args, valid in (({"date": later(hours=1), "times": 2}, True), ({"times": 2}, False)):
        document = {**plan_document(), "planner": {"ref": "original:OriginalPlanner", "args": args}}
        assert plan.is_valid(document) is valid
        assert (api.post("/api/1/plans", document).status == 200) is valid


PLUGIN = "from chalicelib.plugin import Attack\nclass A(Attack): ref, schema, example = '{}:A', {}, {{'ref': '{}:A'}}"
REFERRING = {"$defs": {"n": {"type": "integer"}}, "properties": {"args": {"properties": {"n": {"$ref": "#/$defs/n"}}}}}


def test_a_plugin_that_cannot_be_used_is_left_out_and_one_that_refers_to_itself_is_not(
    package: Callable[..., str],
) -> None:
    name = package(
        self=PLUGIN.format("self", REFERRING, "self"),
        odd=PLUGIN.format("odd", {"type": 5}, "odd"),
        broken="import nowhere_to_be_found",
    )
    api = Client(world(attacks=Registry("attack", name, Attack)))
    document = api.get("/api/1/openapi.json").doc
    OpenAPIV31SpecValidator(document).validate()
    assert [each for each in document["components"]["schemas"] if each.startswith("attack.")] == ["attack.self.A"]
    plan = schema_of(api, "NewPlan")
    for number, valid in ((1, True), ("x", False)):
        body = {**plan_document(later(hours=1)), "attack": {"ref": "self:A", "args": {"n": number}}}
        assert plan.is_valid(body) is valid
        assert (api.post("/api/1/plans", body).status == 200) is valid


def test_without_plugins_the_document_is_sound_too(package: Callable[..., str]) -> None:
    name = package(broken="import nowhere_to_be_found")
    api = Client(world(attacks=Registry("attack", name, Attack), planners=Registry("planner", name, Planner)))
    OpenAPIV31SpecValidator(api.get("/api/1/openapi.json").doc).validate()


def test_a_reference_is_described_where_a_marked_secret_may_stand(shipped: Client) -> None:
    attack = schema_of(shipped, "attack.api_request.ApiRequest")
    kept = {"ssm": "/chaosmonkey/test/key"}

    def request(**headers: Any) -> dict[str, Any]:
        return {
            "ref": "api_request:ApiRequest",
            "args": {"endpoint": "http://localhost/", "method": "GET", "headers": headers},
        }

    assert attack.is_valid(request(Authorization="Bearer x")) and attack.is_valid(request(Authorization=kept))
    assert not attack.is_valid(request(Authorization={"ssm": 3})) and attack.is_valid(request(**{"X-Team": kept}))
