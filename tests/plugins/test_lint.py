"""What every shipped plugin must be. A new one is found and judged here without being named."""

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from chalicelib.plugin import Attack, Planner, Plugin, registry

ATTACKS, BROKEN_ATTACKS = registry.attacks().catalogue()
PLANNERS, BROKEN_PLANNERS = registry.planners().catalogue()
PLUGINS: list[type[Plugin]] = [*ATTACKS, *PLANNERS]

each_plugin = pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.ref)
each_attack = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.ref)


def objects(schema: Any, path: str = "$") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every part of a schema that names properties, and where it stands."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("properties"), Mapping):
            yield path, schema
        for key, value in schema.items():
            yield from objects(value, f"{path}.{key}")
    elif isinstance(schema, list | tuple):
        for number, value in enumerate(schema):
            yield from objects(value, f"{path}[{number}]")


def test_nothing_that_is_shipped_is_broken() -> None:
    assert (BROKEN_ATTACKS, BROKEN_PLANNERS) == ([], [])


def test_the_documented_plugins_are_there() -> None:
    assert {plugin.ref for plugin in PLUGINS} >= {
        "api_request:ApiRequest",
        "block_network:BlockNetwork",
        "libcloud_node:DestroyNode",
        "libcloud_node:RebootNode",
        "reboot_ec2_instance:RebootEC2Instance",
        "run_script:RunScript",
        "stop_ec2_instance:StopEC2Instance",
        "terminate_ec2_instance:TerminateEC2Instance",
        "terminate_ec2_instance:TerminateEC2InstanceNotExcluded",
        "exact_planner:ExactPlanner",
        "simple_planner:SimplePlanner",
    }


@pytest.mark.parametrize(
    "ref",
    [
        *(attack.ref for attack in ATTACKS),
        "api_request.ApiRequest",
        "terminate_ec2_instance_not_excluded:TerminateEC2InstanceNotExcluded",
    ],
)
def test_every_attack_is_found_under_each_of_its_names(ref: str) -> None:
    assert registry.attacks().get(ref).__name__ == re.split("[:.]", ref)[1]


@each_plugin
def test_its_schema_is_valid_and_json(plugin: type[Plugin]) -> None:
    Draft202012Validator.check_schema(plugin.schema)
    assert json.loads(json.dumps(plugin.schema)) == plugin.schema


@each_plugin
def test_its_schema_is_closed_at_every_level(plugin: type[Plugin]) -> None:
    named = dict(objects(plugin.schema))
    assert {"$", "$.properties.args"} <= named.keys()
    for path, part in named.items():
        if path.endswith(".headers"):  # any header, but of a bounded form
            assert part["additionalProperties"]["type"] == "string"
        else:
            assert part["additionalProperties"] is False, path


@each_plugin
def test_its_example_passes_its_schema_and_a_misspelt_argument_does_not(plugin: type[Plugin]) -> None:
    validator = Draft202012Validator(plugin.schema)
    validator.validate(plugin.example)
    assert not validator.is_valid({**plugin.example, "args": {**plugin.example["args"], "misspelt": "x"}})
    assert not validator.is_valid({**plugin.example, "misspelt": "x"})
    assert plugin.example["ref"] == plugin.ref


@each_plugin
def test_its_ref_is_its_own_place(plugin: type[Plugin]) -> None:
    module, name = plugin.ref.split(":")
    folder = "attacks" if issubclass(plugin, Attack) else "planners"
    assert getattr(importlib.import_module(f"plugins.{folder}.{module}"), name) is plugin
    assert plugin.__module__ == f"plugins.{folder}.{module}"


@each_plugin
def test_its_docstring_says_what_it_does(plugin: type[Plugin]) -> None:
    text = plugin.__doc__ or ""
    assert len(text) > 40
    assert text[0].isupper()
    assert text.rstrip().endswith(".")
    assert text not in ((Attack.__doc__ or ""), (Planner.__doc__ or ""))


@each_attack
def test_its_docstring_names_its_iam_actions(attack: type[Attack]) -> None:
    named = re.search(r"IAM:\s+([^.]+)\.", attack.__doc__ or "")
    assert named, "end the docstring with 'IAM: <actions>.' or 'IAM: none.'"
    assert re.split(r",\s+", named[1]) == list(attack.iam_actions or ["none"])
    assert all(re.fullmatch("[a-z0-9]+:[A-Z][A-Za-z]+", action) for action in attack.iam_actions)


@each_attack
def test_it_declares_its_iam_actions_itself(attack: type[Attack]) -> None:
    """None are declared as none: what is left out may have been forgotten."""
    declared = [vars(base)["iam_actions"] for base in attack.__mro__ if "iam_actions" in vars(base)]
    assert declared[:-1], "say iam_actions = () where there are none"
    assert declared[-1] is Attack.iam_actions


@each_plugin
def test_it_describes_itself(plugin: Any) -> None:
    assert plugin.to_dict() == {"ref": plugin.ref, "schema": plugin.schema, "example": plugin.example}


@each_attack
def test_one_that_can_be_undone_has_a_duration_and_prepares(attack: type[Attack]) -> None:
    args = attack.schema["properties"]["args"]
    assert attack.can_be_undone() == ("duration" in args["properties"]) == ("duration" in args["required"])
    assert attack.can_be_undone() == (attack.prepare is not Attack.prepare)


@each_attack
def test_it_says_what_it_could_hit(attack: type[Attack]) -> None:
    assert attack.resolve is not Attack.resolve
    assert attack(attack.example["args"]).takes == 1


@each_attack
def test_it_can_be_made_from_its_example(attack: type[Attack]) -> None:
    made = attack(attack.example["args"])
    assert made.attack_config == attack.example["args"]
    assert type(made).run is not Attack.run
    assert 0 <= made.rng.random() < 1


@pytest.mark.parametrize("planner", PLANNERS, ids=lambda planner: planner.ref)
def test_a_planner_plans(planner: type[Planner]) -> None:
    made = planner("a plan")
    assert made.name == "a plan"
    assert type(made).plan is not Planner.plan


def test_plugins_and_drivers_are_light_to_import() -> None:
    """A cold start pays for every import: heavy libraries are imported where they are used."""
    light = ("ec2.factory", "ec2.fleet", "ec2.interfaces", "ec2.empty_group", "cloud.nodes")
    drivers = [f"chalicelib.drivers.{name}" for name in light]
    modules = [plugin.__module__ for plugin in PLUGINS] + drivers
    heavy = ("libcloud", "requests", "urllib3", "boto3", "botocore", "cryptography", "paramiko", "jsonschema")
    code = f"import sys\nfor name in {modules}: __import__(name)\nprint([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_bases_only_say_what_is_missing() -> None:
    with pytest.raises(NotImplementedError, match="Attack must implement run"):
        Attack({}).run()
    with pytest.raises(NotImplementedError, match="Planner must implement plan"):
        Planner("a plan").plan({}, {})
    Attack.check({"anything": "is accepted"})
