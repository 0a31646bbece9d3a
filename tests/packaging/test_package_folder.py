"""What ``make package`` hands over is whole, and what it says to call is what the templates need."""

import json
import re
from pathlib import Path

import pytest

from infra.package_folder import calls, hand_over, main
from infra.stages import stage

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
    assert {path.name for path in folder.iterdir()} == {"sam.json", "before.yaml", "after.yaml", *archives}
    environment = template["Resources"]["Attack"]["Properties"]["Environment"]["Variables"]
    assert environment["STAGE"] == "prod"
    for handed in ("before.yaml", "after.yaml"):
        assert (folder / handed).stat().st_size < LONGEST_TEMPLATE


def test_the_calls_name_the_stacks_that_the_rest_of_infra_goes_by(tmp_path: Path) -> None:
    said = calls(PROD, Path("build/prod"))
    stacks = re.findall(r"--stack-name (\S+)", said)
    assert stacks == ["chaosmonkey-prod-before"] * 2 + ["chaosmonkey-prod"] + [
        "chaosmonkey-prod-after",
        "chaosmonkey-prod",
    ]
    assert "aws cloudformation package --template-file build/prod/sam.json" in said
    assert len(re.findall("--parameter-overrides '?Stage=prod", said)) == 3
    assert "'RequestsPerSecond=50' 'RequestBurst=100'" in said
    assert "CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND" in said
    assert said.count("AttackEventAge=600") == 1 and said.index("after.yaml") < said.index("AttackEventAge=600")


def test_the_local_stage_is_not_handed_over(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["local"]) == 1
    assert "is not on AWS" in capsys.readouterr().err
