"""Set up the access log of a stage's API: the callers and the answers, without bodies and query strings.

CloudFormation takes the setting from Chalice's template (`functions.json`). ``chalice deploy`` has no such setting, so
``make deploy`` makes it after each deploy. API Gateway writes the logs of all APIs of an account and Region under one
role, which the account must give it once (`gateway_logs.yaml`).
"""

import json
from typing import Any

from infra.deploy.stacks import Stacks
from infra.deploy.throttling import API_STAGE, apis
from infra.doctor.remedies import deploy, restore
from infra.errors import InfraError
from infra.packaging.package import ROOT
from infra.stage.account import Clients
from infra.stage.stages import Stage

GATEWAY_STACK = "api-gateway-logs"
"""The stack of that role. It belongs to the account, not to a stage, so no ``make destroy`` removes it."""


def log_format() -> str:
    """Return the format of a log line, from the template."""
    template = json.loads((ROOT / "infra" / "deploy" / "functions.json").read_text())
    return str(template["Resources"]["RestAPI"]["Properties"]["AccessLogSetting"]["Format"])


def group(stage: Stage) -> str:
    """Return the name of the log group (`before.yaml`)."""
    return f"/aws/apigateway/{stage.names.name}"


def let_gateway_write(clients: Clients, stacks: Stacks) -> bool:
    """Give API Gateway a role for writing logs unless it has one. Return whether this call gave it."""
    if clients("apigateway").get_account().get("cloudwatchRoleArn"):
        return False
    stacks.bring_up(GATEWAY_STACK, (ROOT / "infra" / "deploy" / "gateway_logs.yaml").read_text(), {}, {})
    return True


def write_log(clients: Clients, api_id: str, stage: Stage) -> None:
    """Configure the API's access log, unless it is configured already."""
    wanted = _wanted(clients, stage)
    if _has(clients("apigateway"), api_id) != wanted:
        operations = [
            {"op": "replace", "path": f"/accessLogSettings/{key}", "value": value} for key, value in wanted.items()
        ]
        clients("apigateway").update_stage(restApiId=api_id, stageName=API_STAGE, patchOperations=operations)


def access_log(clients: Clients, stage: Stage) -> str:
    """Return where API Gateway logs the API's calls, for ``make doctor``. Raise ``InfraError`` where it does not."""
    if stage.name == "local":
        return "MiniStack writes none"
    wanted = _wanted(clients, stage)
    if not clients("apigateway").get_account().get("cloudwatchRoleArn"):
        raise InfraError(
            f"API Gateway has no role to write logs by in this Region: {deploy(stage)}, or docs/how-to/deploy-to-aws.md"
        )
    if not (found := apis(clients, stage)):
        raise InfraError(f"no API may call {stage.names.name}: {deploy(stage)}")
    for api_id in found:
        if _has(clients("apigateway"), api_id) != wanted:
            raise InfraError(f"the API {api_id} does not write {group(stage)}: {restore(stage)}")
    return group(stage)


def _wanted(clients: Clients, stage: Stage) -> dict[str, str]:
    name = group(stage)
    groups = clients("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    arn = next((each["arn"] for each in groups if each["logGroupName"] == name), None)
    if arn is None:
        raise InfraError(f"the log group {name} is missing: {restore(stage)}")
    return {"destinationArn": arn.removesuffix(":*"), "format": log_format()}


def _has(apigateway: Any, api_id: str) -> dict[str, str]:
    settings = apigateway.get_stage(restApiId=api_id, stageName=API_STAGE).get("accessLogSettings", {})
    return {
        key: str(value).removesuffix(":*") for key, value in settings.items() if key in ("destinationArn", "format")
    }
