"""The page on other clouds lists what the engine accepts, and its plan is one that it takes."""

import json
import re
from pathlib import Path

from chalicelib.drivers.cloud.nodes import Cloud
from chalicelib.drivers.cloud.plan_arguments import check
from chalicelib.drivers.cloud.providers import OPTIONS, PROVIDERS

PAGE = (Path(__file__).parents[2] / "docs/how-to/attack-other-clouds.md").read_text()
ROWS = {
    name: (set(re.findall("`(.+?)`", driver)), set(re.findall("`(.+?)`", options)))
    for name, driver, options in re.findall(r"^\| `(\w+)` \|(.*)\|(.*)\|$", PAGE, re.MULTILINE)
}


def test_the_providers_and_their_arguments_are_those_that_are_accepted() -> None:
    assert ROWS.keys() == PROVIDERS.keys() and f"of {len(PROVIDERS)} providers" in PAGE
    for name, (driver, options) in ROWS.items():
        begun = {option for option in OPTIONS for begin in options if begin.endswith("_") and option.startswith(begin)}
        assert driver | begun | {each for each in options if not each.endswith("_")} == PROVIDERS[name], name
        assert not driver & OPTIONS.keys(), name


def test_the_plan_that_is_shown_finds_the_machines_that_are_shown() -> None:
    shown = re.search(r"<<'END'\n(.*?)END", PAGE, re.DOTALL)
    listed = re.search(r'"targets": (\{.*\})', PAGE)
    assert shown and listed
    args = json.loads(shown[1])["attack"]["args"]
    check(args["driver"])
    found = Cloud.of(args["driver"]).find(args["filters"])
    names = [each["name"] for each in json.loads(listed[1])["instances"]]
    assert [node.name for node in found.nodes] == names


def test_its_lines_are_of_a_readable_length() -> None:
    assert all(len(line) <= 120 for line in PAGE.splitlines())
