"""The Lambda functions of a stage, as they are in an account."""

from typing import Any

from botocore.exceptions import ClientError

from infra.account import Clients, code
from infra.stages import Stage

SUFFIXES = ("", "-attack", "-resolve", "-sweep", "-undelivered")


def names(stage: Stage) -> list[str]:
    """The same whichever way the stage is deployed."""
    return [f"{stage.names.name}{suffix}" for suffix in SUFFIXES]


def find(clients: Clients, stage: Stage) -> dict[str, dict[str, Any]]:
    """The configuration of each function that there is, by its name."""
    client, found = clients("lambda"), {}
    for name in names(stage):
        try:
            found[name] = client.get_function_configuration(FunctionName=name)
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
    return found
