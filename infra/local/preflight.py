"""Restore the CORS preflight answers that MiniStack's import of an API drops.

AWS itself sends these headers from the same document.
"""

import json
from pathlib import Path
from typing import Any


def restore(apigateway: Any, api_id: str, template: Path) -> None:
    """Give each OPTIONS method the answer that Chalice's template holds for it."""
    paths = json.loads(template.read_text())["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for resource in apigateway.get_resources(restApiId=api_id, limit=500)["items"]:
        options = paths.get(resource["path"], {}).get("options")
        if options is None:
            continue
        for answer in options["x-amazon-apigateway-integration"]["responses"].values():
            apigateway.put_integration_response(
                restApiId=api_id,
                resourceId=resource["id"],
                httpMethod="OPTIONS",
                statusCode=answer["statusCode"],
                responseParameters=answer.get("responseParameters", {}),
            )
