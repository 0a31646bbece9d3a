"""CORS headers on what API Gateway answers by itself: an unknown path, a refused signature, a body too large.

Chalice's template for CloudFormation has them by `functions.json`; ``chalice deploy`` knows no such thing, and its
import may drop what was there, so they are looked at after each deploy.
"""

from typing import Any

HEADER = "gatewayresponse.header.Access-Control-Allow-Origin"
KINDS = ("DEFAULT_4XX", "DEFAULT_5XX")


def give_cors(apigateway: Any, api_id: str, origin: str, api_stage: str = "api") -> None:
    """Let browsers of that origin read them. They count from the API's next deployment, which is made if need be."""
    wanted = {HEADER: f"'{origin}'"}
    items = apigateway.get_gateway_responses(restApiId=api_id)["items"]
    present = {item["responseType"]: item.get("responseParameters") or {} for item in items}
    outdated = [kind for kind in KINDS if present.get(kind) != wanted]
    for kind in outdated:
        apigateway.put_gateway_response(restApiId=api_id, responseType=kind, responseParameters=wanted)
    if outdated:
        apigateway.create_deployment(restApiId=api_id, stageName=api_stage)
