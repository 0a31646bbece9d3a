"""The plugin of CONTRIBUTING.md attacks (tests/docs/test_contributing.py adds it to the repository)."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from chalicelib.plugin import Attack

GUIDE = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"


def shown_plugin() -> type[Attack]:
    code = re.search(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert code is not None
    namespace: dict[str, object] = {"__name__": "reboot_node"}
    exec(compile(code[1], str(GUIDE), "exec"), namespace)
    plugin = namespace["RebootNode"]
    assert isinstance(plugin, type) and issubclass(plugin, Attack)
    return plugin


def test_the_plugin_of_the_guide_is_as_short_as_it_says() -> None:
    code = re.search(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert code is not None and len([line for line in code[1].splitlines() if line.strip()]) <= 30


def test_the_example_of_the_guides_plugin_passes_its_schema() -> None:
    plugin = shown_plugin()
    Draft202012Validator.check_schema(plugin.schema)
    Draft202012Validator(plugin.schema).validate(plugin.example)
    assert plugin.ref == f"{plugin.__module__}:{plugin.__name__}"


def test_the_plugin_of_the_guide_resolves_and_attacks(launch: Callable[..., list[str]]) -> None:
    (id,) = launch(1, Chaos="true")
    launch(1, Chaos="true", **{"chaos:protected": "true"})
    plugin = shown_plugin()
    attack = plugin(plugin.example["args"])
    assert [target.id for target in (attack.resolve() or pytest.fail()).candidates] == [id]
    outcome = attack.run()
    assert (outcome["instance_id"], outcome["candidates"], outcome["spared"]) == (id, 1, 1)
