"""From a ref to a class, and the catalogue."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import PluginBroken, PluginNotFound
from chalicelib.plugin import Attack, Planner, registry
from chalicelib.plugin.registry import Registry
from tests.support.world import ATTACKS, PLANNERS
from tests.unit.samples.attacks.note import Note
from tests.unit.samples.planners.at import At

GOOD = """
from chalicelib.plugin import Attack
class Good(Attack):
    ref, schema, example = "good:Good", {}, {}
"""
COMPLETE = "schema, example = {}, {}"


def test_a_ref_names_a_module_and_a_class() -> None:
    assert ATTACKS.get("note:Note") is Note
    assert PLANNERS.get("at:At") is At


def test_a_dot_stands_for_the_colon_as_in_the_documentation() -> None:
    assert ATTACKS.get("note.Note") is Note


def test_a_class_can_be_reached_where_it_is_imported() -> None:
    assert ATTACKS.get("alias:Note") is Note


@pytest.mark.parametrize(
    "ref",
    [
        *("nope:Nope", "note:Nope", "note", "note:", ":Note", "", ":", "note:Note:x", "note::Note", " note:Note"),
        *("note:Attack", "note:plugin_schema", "note:TEXT", "note:Any", "note:__name__", "note:__class__", "at:At"),
        *(
            "os:system",
            "os.path:join",
            "..note:Note",
            "chalicelib.services.plans:PlanService",
            "samples.note:Note",
            "note:Note\n",
        ),
        *("nöte:Note", "note:Nöte", "note:Note.ref", "__init__:Note", "x" * 5000 + ":Y", "note:run", "Note:Note"),
    ],
)
def test_anything_else_is_not_found_and_the_message_says_what_was_sought(ref: str) -> None:
    with pytest.raises(PluginNotFound) as raised:
        ATTACKS.get(ref)
    assert f"attack {ref} not found" in str(raised.value)


@given(st.text())
def test_no_text_is_more_than_not_found(ref: str) -> None:
    with pytest.raises(PluginNotFound):
        ATTACKS.get(ref)


def test_resolving_a_ref_imports_no_other_module(package: Callable[..., str]) -> None:
    plugins = Registry("attack", package(good=GOOD, bomb="raise RuntimeError('imported')"), Attack)
    assert plugins.get("good:Good").ref == "good:Good"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import nowhere_to_be_found", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("raise RuntimeError('at import')", "RuntimeError: at import"),
        ("class (", "SyntaxError: "),
        ("import sys; sys.exit('no license')", "SystemExit: no license"),
    ],
)
def test_a_broken_module_is_distinguished_from_one_that_is_not_there(
    source: str, reason: str, package: Callable[..., str]
) -> None:
    plugins = Registry("attack", package(good=GOOD, broken=source), Attack)
    with pytest.raises(PluginBroken) as raised:
        plugins.get("broken:Any")
    assert str(raised.value).startswith(f"attack broken:Any cannot be loaded: {reason}")
    found, broken = plugins.catalogue()
    assert [plugin.ref for plugin in found] == ["good:Good"]
    assert [each.module for each in broken] == ["broken"] and reason in broken[0].reason


@pytest.mark.parametrize(
    "lacking",
    [
        "schema = {}",
        "example = {}",
        "schema, example = None, {}",
        "schema, example = {'type': {1}}, {}",
        "schema, example = {}, {'date': object()}",
        "schema, example = {}, {'number': float('nan')}",
    ],
)
def test_a_plugin_that_cannot_be_shown_is_broken_and_its_neighbour_is_not(
    lacking: str, package: Callable[..., str]
) -> None:
    source = f"from chalicelib.plugin import Attack\nclass Bad(Attack):\n    ref = 'a:Bad'\n    {lacking}\n{GOOD}"
    plugins = Registry("attack", package(a=source), Attack)
    found, broken = plugins.catalogue()
    assert [plugin.ref for plugin in found] == ["good:Good"]
    assert [each.module for each in broken] == ["a:Bad"]
    with pytest.raises(PluginBroken, match="^attack a:Bad cannot be loaded: "):
        plugins.get("a:Bad")


def test_a_class_without_a_ref_is_no_plugin_but_what_others_build_on(package: Callable[..., str]) -> None:
    source = f"from chalicelib.plugin import Attack\nclass Base(Attack):\n    {COMPLETE}\nclass A(Base): ref = 'a:A'"
    plugins = Registry("attack", package(a=source), Attack)
    assert [plugin.ref for plugin in plugins.catalogue()[0]] == ["a:A"]
    with pytest.raises(PluginNotFound):
        plugins.get("a:Base")


def test_the_catalogue_lists_each_plugin_once_by_its_ref() -> None:
    found, broken = ATTACKS.catalogue()
    assert [plugin.ref for plugin in found] == [
        *(
            "crowd:Crowd",
            "documented:MyAttack",
            "herd:Herd",
            "misbehaving:Misbehaving",
            "note:Note",
            "seeker:Seeker",
            "slow:Slow",
            "slow:SlowAndUndone",
            "valve:Valve",
        ),
    ]
    assert not broken


def test_the_shipped_registries_are_of_their_kind() -> None:
    assert registry.attacks().kind == "attack" and registry.planners().kind == "planner"


@pytest.mark.parametrize(("plugins", "base"), [(registry.attacks(), Attack), (registry.planners(), Planner)])
def test_every_shipped_plugin_is_found_by_its_own_ref(plugins: Registry, base: type) -> None:
    found, broken = plugins.catalogue()
    assert found and not broken
    for plugin in found:
        assert plugins.get(plugin.ref) is plugin and issubclass(plugin, base)
