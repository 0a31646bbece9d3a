"""Limit the calls that API Gateway admits to a stage's API; it answers more with 429, and no function runs.

CloudFormation takes the limits from Chalice's template (`functions.json`). ``chalice deploy`` has no such setting and
leaves them alone, so ``make deploy`` checks them after each deploy.
"""

from typing import Any

from botocore.exceptions import ClientError

from infra.errors import InfraError
from infra.stage.account import Clients, code
from infra.stage.stages import Stage, Throttle

EVERY_METHOD = "*/*"
RATE, BURST = "/*/*/throttling/rateLimit", "/*/*/throttling/burstLimit"
"""https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch"""
API_STAGE = "api"


def limit(apigateway: Any, api_id: str, throttle: Throttle) -> None:
    """Set the API's limits, which take effect at once, unless they are so already."""
    if limits(apigateway, api_id) != throttle:
        operations = [
            {"op": "replace", "path": RATE, "value": str(throttle.requests_per_second)},
            {"op": "replace", "path": BURST, "value": str(throttle.burst)},
        ]
        apigateway.update_stage(restApiId=api_id, stageName=API_STAGE, patchOperations=operations)


def limits(apigateway: Any, api_id: str) -> Throttle | None:
    """Return the limits for all of the API's methods, None where only the account's apply.

    A method may have limits of its own beside them.
    """
    settings = apigateway.get_stage(restApiId=api_id, stageName=API_STAGE).get("methodSettings", {})
    found = settings.get(EVERY_METHOD, {})
    if "throttlingRateLimit" not in found or "throttlingBurstLimit" not in found:
        return None
    return Throttle(requests_per_second=found["throttlingRateLimit"], burst=found["throttlingBurstLimit"])


def throttling(clients: Clients, stage: Stage) -> str:
    """Return the stage's limits, for ``make doctor``. Raise ``InfraError`` where the API has others."""
    wanted, apigateway = stage.throttle, clients("apigateway")
    if not (found := apis(clients, stage)):
        raise InfraError(f"no API may call {stage.names.name}: {_deploy(stage)}")
    for api_id in found:
        has = limits(apigateway, api_id)
        if has != wanted:
            raise InfraError(
                f"the API {api_id} lets {has or 'whatever the account allows'} through, which should be {wanted}: "
                f"aws apigateway update-stage --rest-api-id {api_id} --stage-name {API_STAGE} --patch-operations "
                f"'op=replace,path={RATE},value={wanted.requests_per_second}' "
                f"'op=replace,path={BURST},value={wanted.burst}'"
            )
    return f"{wanted} of each method"


def apis(clients: Clients, stage: Stage) -> list[str]:
    """Return the ids of the existing APIs that may call the stage's API function."""
    try:
        policy = clients("lambda").get_policy(FunctionName=stage.names.name)["Policy"]
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        return []
    there = {
        item["id"] for page in clients("apigateway").get_paginator("get_rest_apis").paginate() for item in page["items"]
    }
    return sorted(api_id for api_id in there if f":{api_id}/" in policy)


def _deploy(stage: Stage) -> str:
    return "make run" if stage.name == "local" else f"make deploy STAGE={stage.name}"
