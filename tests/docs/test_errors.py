"""docs/reference/errors.md says what is answered."""

import json
import re
from pathlib import Path

from chalicelib.plugin import registry
from tests.api.client import Client
from tests.support.world import later, world


def test_the_refusal_that_the_page_shows_is_the_one_that_comes() -> None:
    page = Path("docs/reference/errors.md").read_text()
    shown = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    api = Client(world(attacks=registry.attacks(), planners=registry.planners()))
    attack = {"ref": "terminate_ec2_instance:TerminateEC2Instance", "args": {"filters": {"tags:Chaos": "true"}}}
    planner = {"ref": "exact_planner:ExactPlanner", "args": {"date": later(hours=1)}}
    answer = api.post("/api/1/plans/", {"name": "a", "attack": attack, "planner": planner})
    assert shown and json.loads(shown[1]) == answer.doc and answer.status == 400


def test_its_lines_are_of_a_readable_length() -> None:
    assert max(map(len, Path("docs/reference/errors.md").read_text().splitlines())) <= 120
