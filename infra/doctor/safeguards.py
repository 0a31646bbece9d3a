"""Check the safeguards around a stage for ``make doctor``, in the form of `findings.py`."""

import json

from botocore.exceptions import ClientError

from infra.deploy.preconditions import require_region, reserved, wanted_concurrency
from infra.doctor.remedies import deploy, missing, restore
from infra.errors import InfraError
from infra.stage.account import Clients, code
from infra.stage.stages import Stage

FEWEST_AT_ONCE = 100
"""The least concurrent executions that an account needs for a stage. New accounts have ten."""


def protection(clients: Clients, stage: Stage) -> str:
    """Return that no single call can delete the table. Raise ``InfraError`` where one can."""
    name = stage.names.table
    try:
        table = clients("dynamodb").describe_table(TableName=name)["Table"]
    except ClientError as error:
        raise missing(error, "ResourceNotFoundException", f"the table {name}", stage) from error
    if not table.get("DeletionProtectionEnabled"):
        raise InfraError(
            f"one call can delete the table {name}: "
            f"aws dynamodb update-table --table-name {name} --deletion-protection-enabled"
        )
    return f"{name} cannot be deleted by one call"


def packages(clients: Clients, stage: Stage) -> str:
    """Return that the bucket keeps versions and requires TLS. Raise ``InfraError`` where it does not."""
    s3, sts = clients("s3"), clients("sts")
    account, region = sts.get_caller_identity()["Account"], clients("lambda").meta.region_name
    name = f"{stage.names.name}-packages-{account}-{region}"
    try:
        versioning = s3.get_bucket_versioning(Bucket=name).get("Status")
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    except ClientError as error:
        if code(error) == "NoSuchBucketPolicy":
            raise InfraError(f"the bucket {name} has no policy that asks for TLS: {restore(stage)}") from error
        raise missing(error, "NoSuchBucket", f"the bucket {name}", stage) from error
    denied = [each for each in policy["Statement"] if each["Effect"] == "Deny"]
    if not any(each.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false" for each in denied):
        raise InfraError(f"the policy of the bucket {name} does not ask for TLS: {restore(stage)}")
    if stage.name == "local":
        return f"{name} asks for TLS; the local AWS keeps no versions"
    if versioning != "Enabled":
        raise InfraError(
            f"the bucket {name} keeps no versions: "
            f"aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled"
        )
    return f"{name} keeps versions and asks for TLS"


def one_region(clients: Clients, stage: Stage) -> str:
    """Return the Region of the stage. Raise ``InfraError`` where the stage belongs to another or is deployed in
    another."""
    require_region(clients, stage)
    return str(clients("lambda").meta.region_name)


def concurrency(clients: Clients, stage: Stage) -> str:
    """Return how many functions may run at once, and the reservations. Raise ``InfraError`` where that is too few."""
    functions = clients("lambda")
    for name, wanted in wanted_concurrency(stage).items():
        if (has := reserved(functions, name)) != wanted:
            raise InfraError(f"{name} has {has} concurrent executions reserved, not {wanted}: {deploy(stage)}")
    at_once = functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if at_once < FEWEST_AT_ONCE:
        raise InfraError(
            f"only {at_once} functions may run at once in this account, and attacks that fall due together wait or are "
            "given up: ask for more in the console of Service Quotas (Lambda, Concurrent executions)"
        )
    kept = ", ".join(f"{number} for {function}" for function, number in stage.reserved.items())
    return f"{at_once} functions may run at once in this account; reserved: {kept or 'none'}"
