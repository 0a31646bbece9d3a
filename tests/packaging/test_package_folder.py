"""What ``make package`` hands over is whole, and what it says to call is what the templates need."""

import json
import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from infra.packaging.package_folder import calls, hand_over, main
from infra.stage.stages import stage
from tests.infra.test_templates import load

PROD = stage("prod")
LONGEST_TEMPLATE = 51_200
"""Bytes that CloudFormation takes in a request; a larger template has to lie in a bucket."""


def test_the_folder_holds_the_templates_and_every_archive_they_name(tmp_path: Path) -> None:
    folder = tmp_path / "prod"
    folder.mkdir()
    (folder / "of-the-last-time.zip").write_text("")
    hand_over(PROD, folder)
    template = json.loads((folder / "sam.json").read_text())
    properties = [resource["Properties"] for resource in template["Resources"].values()]
    archives = {Path(each[key]).name for each in properties for key in ("CodeUri", "ContentUri") if key in each}
    templates = {"sam.json", "gateway_logs.yaml", "before.yaml", "after.yaml"}
    assert {path.name for path in folder.iterdir()} == {*templates, *archives}
    environment = template["Resources"]["Attack"]["Properties"]["Environment"]["Variables"]
    assert environment["STAGE"] == "prod"
    for handed in ("gateway_logs.yaml", "before.yaml", "after.yaml"):
        assert (folder / handed).stat().st_size < LONGEST_TEMPLATE


def test_the_calls_name_the_stacks_that_the_rest_of_infra_goes_by(tmp_path: Path) -> None:
    said = calls(PROD, Path("build/prod"))
    stacks = re.findall(r"--stack-name (\S+)", said)
    assert stacks == ["api-gateway-logs"] + ["chaosmonkey-prod-before"] * 2 + ["chaosmonkey-prod"] + [
        "chaosmonkey-prod-after",
        "chaosmonkey-prod",
    ]
    assert "aws cloudformation package --template-file build/prod/sam.json" in said
    assert len(re.findall("--parameter-overrides '?Stage=prod", said)) == 3
    assert "'RequestsPerSecond=50' 'RequestBurst=100'" in said
    assert "--parameter-overrides Stage=prod Notifications=off LogDays=365" in said
    assert "CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND" in said
    assert said.count("AttackEventAge=600") == 1 and said.index("after.yaml") < said.index("AttackEventAge=600")


def test_the_calls_begin_with_a_look_for_the_stage_in_another_region() -> None:
    said = calls(PROD, Path("build/prod"))
    query = re.search(r"get-role --role-name chaosmonkey-prod-scheduler --output text --query \\\n +'(.*)'", said)
    assert query is not None and said.index("get-role") < said.index("before.yaml")
    policy = load("before")["Resources"]["SchedulerRole"]["Properties"]["AssumeRolePolicyDocument"]
    found: Any = {"Role": {"AssumeRolePolicyDocument": policy}}
    for quoted, index, name in re.findall(r'"([^"]+)"|\[(\d+)\]|(\w+)', query[1]):
        found = found[int(index) if index else quoted or name]
    assert ":scheduler:${AWS::Region}:" in str(found)


def test_a_second_region_makes_nothing_that_lasts_before_its_role_is_refused() -> None:
    resources = load("before")["Resources"]
    lasting = [name for name, each in resources.items() if each.get("DeletionPolicy", "Delete") != "Delete"]
    assert lasting
    for name in lasting:
        assert "SchedulerRole" in needed(resources, name), name


def needed(resources: dict[str, Any], name: str) -> set[str]:
    """Return the resources that CloudFormation makes before this one because its ``DependsOn`` names them."""
    names = resources[name].get("DependsOn", ())
    named = {names} if isinstance(names, str) else set(names)
    return named.union(*(needed(resources, each) for each in named))


def test_the_local_stage_is_not_handed_over() -> None:
    done = CliRunner().invoke(main, ["local"])
    assert done.exit_code == 2 and "is not on AWS" in done.stderr
