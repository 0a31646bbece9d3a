"""The AWS account that a command is about, and what goes wrong with it in sentences."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from infra.errors import InfraError
from infra.stages import STAGES, Stage, stage

Clients = Callable[[str], Any]
"""A boto3 client of a service by the service's name."""
NO_CREDENTIALS = "there are no AWS credentials: run aws configure, or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
NO_REGION = "no Region is chosen: set AWS_DEFAULT_REGION, or a region in the profile"


def environments_clients() -> Clients:
    """Clients as botocore's usual places say: environment, profile, instance. Raises ``InfraError``."""
    import boto3
    from botocore.config import Config

    with in_sentences():
        session = boto3.Session()
    if session.region_name is None:
        raise InfraError(NO_REGION)
    config = Config(retries={"mode": "standard", "total_max_attempts": 5})
    return lambda service: session.client(service, config=config)


def aws_stage(name: str) -> Stage:
    """The stage of that name, which is not the local one. Raises ``InfraError``."""
    names = [each.name for each in STAGES if each.name != "local"]
    if name == "local":
        raise InfraError("the stage local is not on AWS: make run brings it up, make clean takes it away")
    if name not in names:
        raise InfraError(f"there is no stage {name!r}: give STAGE={' or STAGE='.join(names)}")
    return stage(name)


@contextmanager
def in_sentences() -> Iterator[None]:
    """Turn botocore's errors into ``InfraError``."""
    try:
        yield
    except NoCredentialsError as error:
        raise InfraError(NO_CREDENTIALS) from error
    except NoRegionError as error:
        raise InfraError(NO_REGION) from error
    except (ProfileNotFound, EndpointConnectionError) as error:
        raise InfraError(str(error)) from error
    except ClientError as error:
        raise InfraError(f"AWS refused {error.operation_name}: {reason(error)}") from error
    except BotoCoreError as error:
        raise InfraError(f"AWS could not be asked: {error}") from error


def code(error: ClientError) -> str:
    """AWS's name of the error."""
    return str(error.response["Error"]["Code"])


def reason(error: ClientError) -> str:
    """AWS's own words, with the error's name."""
    said = error.response["Error"]
    return f"{said.get('Message') or 'no reason given'} ({said['Code']})"
