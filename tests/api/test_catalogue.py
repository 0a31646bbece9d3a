"""The root, and what attacks and planners there are."""

from collections.abc import Callable

import pytest

from chalicelib.plugin import Attack, registry
from chalicelib.plugin.registry import Registry
from tests.api.client import HAL, Client
from tests.support.world import world


def test_the_root_leads_to_everything(api: Client) -> None:
    root = api.get("/api/1")
    collections = {"attacks", "planners", "plans", "executors", "engine"}
    assert root.type == HAL and set(root["_links"]) == {"self", *collections, "openapi"}
    for name in root["_links"]:
        assert api.follow(root.doc, name).status == 200


@pytest.mark.parametrize("path", ["/api/1", "/api/1/", "/api/1/?x=1&y=a%20b&x=2"])
def test_the_self_link_is_what_was_asked_for(path: str, api: Client) -> None:
    assert api.get(path)["_links"]["self"]["href"] == path.replace("%20", "+").replace("&y=a+b&x=2", "&x=2&y=a+b")


def test_behind_a_custom_domain_links_stay_behind_it() -> None:
    root = Client(world(), root="/chaos/monkey").get("/chaos/monkey/1")
    assert root["_links"]["plans"]["href"] == "/chaos/monkey/1/plans/"


@pytest.mark.parametrize("name", ["attacks", "planners"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_catalogue_describes_each_plugin(name: str, slash: str, api: Client) -> None:
    listed = api.get(f"/api/1/{name}{slash}")
    assert listed.type == HAL and set(listed.doc) == {name, "_links"} and set(listed["_links"]) == {"self"}
    for entry in listed[name]:
        assert set(entry) == {"ref", "schema", "example", "description"} and entry["example"]["ref"] == entry["ref"]
    assert [entry["ref"] for entry in listed[name]] == sorted(entry["ref"] for entry in listed[name])


def test_a_description_is_what_the_author_wrote(api: Client) -> None:
    described = {entry["ref"]: entry["description"] for entry in api.get("/api/1/attacks/")["attacks"]}
    assert described["note:Note"] == "Say what would have been attacked."


def test_a_plugin_that_is_broken_is_reported_and_breaks_nothing_else(package: Callable[..., str]) -> None:
    good = "from chalicelib.plugin import Attack\nclass Good(Attack): ref, schema, example = 'good:Good', {}, {}"
    name = package(good=good, broken="import nowhere_to_be_found", half=good.replace(", schema", ", scheme"))
    listed = Client(world(attacks=Registry("attack", name, Attack))).get("/api/1/attacks/")
    assert [entry["ref"] for entry in listed["attacks"]] == ["good:Good"]
    assert [each["module"] for each in listed["broken"]] == ["broken", "half:Good"]
    assert "nowhere_to_be_found" in listed["broken"][0]["reason"]


def test_what_is_shipped_can_be_shown_and_more_may_be_added() -> None:
    shipped = Client(world(attacks=registry.attacks(), planners=registry.planners()))
    assert {entry["ref"] for entry in shipped.get("/api/1/planners/")["planners"]} >= {
        "exact_planner:ExactPlanner",
        "simple_planner:SimplePlanner",
    }
    assert {entry["ref"] for entry in shipped.get("/api/1/attacks/")["attacks"]} >= {
        "api_request:ApiRequest",
        "libcloud_node:DestroyNode",
        "libcloud_node:RebootNode",
        "block_network:BlockNetwork",
        "reboot_ec2_instance:RebootEC2Instance",
        "run_script:RunScript",
        "stop_ec2_instance:StopEC2Instance",
        "terminate_ec2_instance:TerminateEC2Instance",
        "terminate_ec2_instance:TerminateEC2InstanceNotExcluded",
    }
