"""The template as CloudFormation reads it, after the SAM transform."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.deploy.access_log import group, log_format
from infra.local.bring_up import BUILD, PACKAGING
from infra.local.emulator import PYTHON
from infra.local.place import claimed
from infra.packaging.package import package
from infra.stage.stages import functions_parameters, stage

# In MiniStack's own virtual environment, which has the transform.
TRANSLATE = """
import json, sys
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

template, given = json.load(sys.stdin)
print(json.dumps(Translator({}, Parser()).translate(template, given)))
"""
PROD = stage("prod")


@pytest.fixture(scope="module")
def translated() -> dict[str, Any]:
    """The resources of the stage prod."""
    if not PYTHON.exists():
        pytest.skip("the SAM transform comes with the local AWS: `make run` or `make test` installs it")
    with claimed(PACKAGING):
        template = json.loads((package(PROD.name, BUILD) / "sam.json").read_text())
    for resource in template["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            if name in resource["Properties"]:
                resource["Properties"][name] = f"s3://any/{Path(resource['Properties'][name]).name}"
    done = subprocess.run(
        [PYTHON, "-c", TRANSLATE],
        input=json.dumps([template, functions_parameters(PROD)]),
        env={"AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    resources: dict[str, Any] = json.loads(done.stdout)["Resources"]
    return resources


def of_type(resources: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in resources.values() if each["Type"] == kind]


def test_the_api_has_one_stage_which_is_throttled(translated: dict[str, Any]) -> None:
    """A deployment that names a stage makes another, called Stage, which no setting reaches."""
    [made] = of_type(translated, "AWS::ApiGateway::Stage")
    assert made["StageName"] == "api"
    [settings] = made["MethodSettings"]
    assert {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= settings.keys()
    assert ["StageName" in each for each in of_type(translated, "AWS::ApiGateway::Deployment")] == [False]


def test_that_stage_logs_every_call_where_the_stack_before_has_made_a_group(translated: dict[str, Any]) -> None:
    [made] = of_type(translated, "AWS::ApiGateway::Stage")
    logs = made["AccessLogSetting"]
    assert logs["DestinationArn"]["Fn::Sub"].replace("${Stage}", PROD.name).endswith(f":log-group:{group(PROD)}")
    assert logs["Format"] == log_format()


def test_a_line_of_the_log_is_json_and_holds_neither_query_nor_body() -> None:
    line = json.loads(log_format())
    assert {"caller", "method", "path", "status", "ip"} <= line.keys()
    assert not [value for value in line.values() if "body" in value.lower() or "query" in value.lower()]


def test_the_roles_have_the_names_that_chalice_deploy_gives_them(translated: dict[str, Any]) -> None:
    functions = ("api_handler", "attack", "resolve", "sweep", "undelivered")
    roles = {each["RoleName"]["Fn::Sub"] for each in of_type(translated, "AWS::IAM::Role")}
    assert roles == {f"chaosmonkey-${{Stage}}-{function}" for function in functions}


def test_concurrency_is_reserved_as_the_stage_says(translated: dict[str, Any]) -> None:
    functions = of_type(translated, "AWS::Lambda::Function")
    kept = {each["Handler"].rpartition(".")[2]: each.get("ReservedConcurrentExecutions") for each in functions}
    assert kept == {"app": PROD.reserved["api_handler"], "resolve": None, **dict(list(PROD.reserved.items())[1:])}
