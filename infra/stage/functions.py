"""Find the Lambda functions of a stage in an AWS account."""

from typing import Any

from botocore.exceptions import ClientError

from infra.stage.account import Clients, code
from infra.stage.stages import Stage

CONFIGURED = ("api_handler", "attack", "resolve", "sweep", "undelivered")
"""The functions' names in Chalice's configuration, in the order of ``names``."""
SUFFIXES = ("", "-attack", "-resolve", "-sweep", "-undelivered")


def names(stage: Stage) -> list[str]:
    """Return the names of the functions, which both ways of deploying give them."""
    return [f"{stage.names.name}{suffix}" for suffix in SUFFIXES]


def find(clients: Clients, stage: Stage) -> dict[str, dict[str, Any]]:
    """Return the configuration of each function that exists, by its name."""
    client, found = clients("lambda"), {}
    for name in names(stage):
        try:
            found[name] = client.get_function_configuration(FunctionName=name)
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
    return found
