"""Every ARN of a policy or a template names the partition that the stage is deployed to."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import UnknownRegionError

from infra.packaging.package import ROOT
from infra.stage.generate import FOLDER
from infra.stage.partitions import partition_of, use_variable
from infra.stage.policies import policies
from infra.stage.stages import STAGES, Stage, stage

PARTITION = re.compile(r"arn:(\$\{AWS::Partition\}|[^:\s\"{]*):")


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("eu-west-9", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_a_stages_policies_name_the_partition_of_its_region_and_no_other(region: str, partition: str) -> None:
    pinned = replace(stage("prod"), region=region)
    assert set(PARTITION.findall(json.dumps(policies(pinned)))) == {partition}


def test_a_region_of_no_partition_is_refused() -> None:
    with pytest.raises(UnknownRegionError):
        partition_of("mars")


@pytest.mark.parametrize("each", STAGES, ids=lambda each: each.name)
def test_the_generated_files_name_the_partition_of_their_stage_alone(each: Stage) -> None:
    text = "".join(path.read_text() for path in FOLDER.glob(f"policy-*-{each.name}.json"))
    assert set(PARTITION.findall(text)) == {each.partition}


def test_no_template_and_no_program_of_a_deploy_writes_a_partition_itself() -> None:
    """But for the account that the local AWS invents."""
    templates = [*(ROOT / "infra").rglob("*.yaml"), *(ROOT / "infra").rglob("*.json")]
    found = {(path.name, partition) for path in templates for partition in PARTITION.findall(path.read_text())}
    assert {partition for _, partition in found} == {"${AWS::Partition}"}
    programs = {
        path.name
        for path in (ROOT / "infra").rglob("*.py")
        if path.parent.name != "bench" and "arn:aws" in path.read_text()
    }
    assert programs == {"stages.py"}


def test_the_partition_is_a_variable_again_in_the_roles_of_a_template(tmp_path: Path) -> None:
    path = tmp_path / "sam.json"
    statement = {"Action": ["sqs:SendMessage"], "Resource": ["arn:aws-cn:sqs:*:*:a", "*"]}
    roles = {"Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [statement]}}}
    path.write_text(json.dumps({"Resources": roles}))
    use_variable(path, "aws-cn")
    [written] = json.loads(path.read_text())["Resources"]["Role"]["Properties"]["Policies"]
    assert written["Resource"] == [{"Fn::Sub": "arn:${AWS::Partition}:sqs:*:*:a"}, "*"]
