"""Find the AWS partition of a Region, and name it in templates by a variable."""

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache  # botocore reads all its endpoints for it
def partition_of(region: str) -> str:
    """Return the partition of a Region, by botocore's own patterns. Raises botocore's ``UnknownRegionError``."""
    from botocore.session import Session

    return str(Session().get_partition_for_region(region))


def use_variable(template: Path, partition: str) -> None:
    """Name the partition by ``${AWS::Partition}`` in the roles of Chalice's template, so that it fits any."""
    document = json.loads(template.read_text())
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role":
            resource["Properties"] = _variable(resource["Properties"], f"arn:{partition}:")
    template.write_text(json.dumps(document, indent=2))


def _variable(node: Any, literal: str) -> Any:
    if isinstance(node, dict):
        return {key: _variable(value, literal) for key, value in node.items()}
    if isinstance(node, list):
        return [_variable(each, literal) for each in node]
    if isinstance(node, str) and node.startswith(literal):
        return {"Fn::Sub": f"arn:${{AWS::Partition}}:{node.removeprefix(literal)}"}
    return node
