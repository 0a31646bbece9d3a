"""Check before ``make deploy`` creates anything: the Python version, the Region, and room for reserved concurrency."""

import sys
from typing import Any

from botocore.exceptions import ClientError, UnknownRegionError

from infra.doctor.findings import document
from infra.errors import InfraError
from infra.stage.account import Clients, code
from infra.stage.functions import CONFIGURED, names
from infra.stage.partitions import partition_of
from infra.stage.stages import Stage

LONGEST_BUCKET_NAME = 63
LEFT_TO_OTHERS = 100
"""The concurrent executions that Lambda keeps unreserved
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html)."""


def require_python(stage: Stage, running: tuple[int, int] = sys.version_info[:2]) -> None:
    """Raise ``InfraError`` under another Python than the stage's: Chalice deploys functions for the one that it runs
    on."""
    this = ".".join(map(str, running))
    if this != stage.python:
        raise InfraError(
            f"the functions of {stage.name} run on Python {stage.python} (python in infra/stage/stages.py), and this "
            f"is Python {this}: make clean, then call it again with PYTHON=python{stage.python}; or change the stage's"
        )


def require_region(clients: Clients, stage: Stage) -> None:
    """Raise ``InfraError`` where the stage belongs to another Region or partition, or is deployed in another Region.

    Names of IAM roles are unique in an account, not in a Region: a second deploy would share the first one's roles.
    """
    region = clients("lambda").meta.region_name
    if stage.region not in (None, region):
        raise InfraError(
            f"{stage.name} belongs to {stage.region} (region in infra/stage/stages.py), and the Region chosen is "
            f"{region}: set AWS_DEFAULT_REGION={stage.region}"
        )
    if _partition(region) != stage.partition:
        raise InfraError(
            f"{region} is in the partition {_partition(region)}, and the policies of {stage.name} are written for "
            f"{stage.partition}: give the stage region={region!r} in infra/stage/stages.py, then make generate"
        )
    require_bucket_name(stage, region)
    elsewhere = _region_of_role(clients("iam"), stage)
    if elsewhere not in (None, region):
        raise InfraError(
            f"{stage.name} is deployed in {elsewhere} already, and names of IAM roles are unique across all "
            f"Regions: add a stage of another name for {region} to infra/stage/stages.py, or take the first away with "
            f"AWS_DEFAULT_REGION={elsewhere} make destroy STAGE={stage.name} TABLES=yes"
        )


def require_bucket_name(stage: Stage, region: str) -> None:
    """Raise ``InfraError`` where the name of the packages' bucket would be longer than S3 allows."""
    most = LONGEST_BUCKET_NAME - len(f"chaosmonkey--packages-{12 * '0'}-{region}")
    if len(stage.name) > most:
        raise InfraError(
            f"the name of a bucket of {stage.name} in {region} would be longer than the {LONGEST_BUCKET_NAME} letters"
            f" that S3 takes: give the stage a name of at most {most} letters in infra/stage/stages.py"
        )


def require_concurrency(clients: Clients, stage: Stage) -> None:
    """Raise ``InfraError`` where the account has too little concurrency left for the stage's reservation."""
    if not stage.reserved:
        return
    functions = clients("lambda")
    limits = functions.get_account_settings()["AccountLimit"]
    has = sum(reserved(functions, name) or 0 for name in names(stage))
    wanted = sum(stage.reserved.values())
    left = limits["UnreservedConcurrentExecutions"] + has - wanted
    if left < LEFT_TO_OTHERS:
        raise InfraError(
            f"{stage.name} reserves {wanted} concurrent executions, and of the account's "
            f"{limits['ConcurrentExecutions']} only {left} would be left, where Lambda keeps {LEFT_TO_OTHERS}: ask for "
            "more in the console of Service Quotas (Lambda, Concurrent executions), or reserve less in "
            "infra/stage/stages.py"
        )


def reserved(functions: Any, name: str) -> int | None:
    """Return the concurrency that a function has reserved, None where it has none or is not there."""
    try:
        found = functions.get_function_concurrency(FunctionName=name)
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        return None
    number: int | None = found.get("ReservedConcurrentExecutions")
    return number


def wanted_concurrency(stage: Stage) -> dict[str, int | None]:
    """Return the concurrency to reserve for each function, by its name in AWS; None where there is none to reserve."""
    return {name: stage.reserved.get(configured) for configured, name in zip(CONFIGURED, names(stage), strict=True)}


def _partition(region: str) -> str:
    try:
        return partition_of(region)
    except UnknownRegionError as error:
        raise InfraError(f"{region!r} is no Region of AWS: set AWS_DEFAULT_REGION to one, such as eu-west-1") from error


def _region_of_role(iam: Any, stage: Stage) -> str | None:
    """Return the Region whose schedule group Scheduler's role trusts, None where there is no such role."""
    try:
        role = iam.get_role(RoleName=stage.names.scheduler_role)["Role"]
    except ClientError as error:
        if code(error) != "NoSuchEntity":
            raise
        return None
    for statement in document(role["AssumeRolePolicyDocument"])["Statement"]:
        source = statement.get("Condition", {}).get("StringEquals", {}).get("aws:SourceArn", "")
        if source.count(":") >= 5:
            return str(source.split(":")[3])
    return None
