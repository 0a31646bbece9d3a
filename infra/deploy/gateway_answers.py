"""Put CORS headers on the answers of API Gateway itself: an unknown path, a refused signature, a body too large.

CloudFormation takes them from Chalice's template (`functions.json`). ``chalice deploy`` has no such setting and may
drop the headers, so ``make deploy`` checks them after each deploy.
"""

from typing import Any

HEADER = "gatewayresponse.header.Access-Control-Allow-Origin"
KINDS = ("DEFAULT_4XX", "DEFAULT_5XX")


def give_cors(apigateway: Any, api_id: str, origin: str, api_stage: str = "api") -> None:
    """Let browsers of that origin read these answers, and deploy the API again if they changed."""
    wanted = {HEADER: f"'{origin}'"}
    items = apigateway.get_gateway_responses(restApiId=api_id)["items"]
    present = {item["responseType"]: item.get("responseParameters") or {} for item in items}
    outdated = [kind for kind in KINDS if present.get(kind) != wanted]
    for kind in outdated:
        apigateway.put_gateway_response(restApiId=api_id, responseType=kind, responseParameters=wanted)
    if outdated:
        apigateway.create_deployment(restApiId=api_id, stageName=api_stage)
