"""Connect to the AWS account of a command, and turn its errors into sentences."""

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

Clients = Callable[[str], Any]
"""A function from a service's name to a boto3 client."""
NO_CREDENTIALS = "there are no AWS credentials: run aws configure, or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
NO_REGION = "no Region is chosen: set AWS_DEFAULT_REGION, or a region in the profile"


def environments_clients() -> Clients:
    """Return clients for the credentials and Region that botocore finds by itself: environment, profile, instance.

    Raises ``InfraError`` where there are none.
    """
    import boto3
    from botocore.config import Config

    with in_sentences():
        session = boto3.Session()
    if session.region_name is None:
        raise InfraError(NO_REGION)
    config = Config(retries={"mode": "standard", "total_max_attempts": 5})
    return lambda service: session.client(service, config=config)


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
    """Return the error code of an AWS error."""
    return str(error.response["Error"]["Code"])


def reason(error: ClientError) -> str:
    """Return AWS's message, with the error code."""
    details = error.response["Error"]
    return f"{details.get('Message') or 'no reason given'} ({details['Code']})"
