"""Each plan of examples/ is one that the engine takes, and its page lists them all."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.plugin import Attack, Planner
from chalicelib.plugin.registry import Registry
from tests.api.client import Client
from tests.support.world import world

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*.json"))


@pytest.fixture(scope="module")
def api() -> Client:
    attacks, planners = Registry("attack", "plugins.attacks", Attack), Registry("planner", "plugins.planners", Planner)
    return Client(world(stage="dev", attacks=attacks, planners=planners))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_example_is_a_plan_whose_dry_run_draws_executors(file: Path, api: Client) -> None:
    document: Any = json.loads(file.read_text())
    answered = api.post("/api/1/plans/?dry_run=true", document)
    assert answered.status == 200, answered.text
    assert answered["name"] == document["name"] and answered["_embedded"]["executors"]


def test_the_page_lists_every_example() -> None:
    listed = re.findall(r"^\| `(.+?\.json)` \|", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == [file.name for file in FILES]
