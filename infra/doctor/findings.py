"""Check one part of a stage in each function, for ``make doctor``.

A check returns a description of a part that is well, and otherwise raises ``InfraError`` with a fix. AWS's errors are
raised unchanged.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError, EndpointConnectionError

from infra.doctor.remedies import deploy, missing, restore
from infra.errors import InfraError
from infra.stage.account import Clients, reason
from infra.stage.functions import find, names
from infra.stage.limits import limited
from infra.stage.policies import INDEXES
from infra.stage.stages import Stage, environment, own_environment

Finding = Callable[[Clients, Stage], str]
FEWEST_SCHEDULES = 10_000
"""The schedules of ten plans of the largest size. AWS's default quota is a million."""


def credentials(clients: Clients, stage: Stage) -> str:
    """Return the ARN of the caller."""
    return str(clients("sts").get_caller_identity()["Arn"])


def region(clients: Clients, stage: Stage) -> str:
    """Return the Region, in which EventBridge Scheduler has to answer."""
    scheduler = clients("scheduler")
    try:
        scheduler.list_schedule_groups(MaxResults=1)
    except EndpointConnectionError as error:
        raise InfraError(f"EventBridge Scheduler does not answer in {scheduler.meta.region_name}: {error}") from error
    return str(scheduler.meta.region_name)


def quota(clients: Clients, stage: Stage) -> str:
    """Return the quota of schedules. A quota that cannot be read is no fault of the stage."""
    try:
        pages = clients("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="scheduler")
        found = [
            each for page in pages for each in page["Quotas"] if "number of schedules" in each["QuotaName"].lower()
        ]
    except ClientError as error:
        return f"cannot be read ({reason(error)}); unless it was changed it is a million"
    if not found:
        return "is not listed; unless it was changed it is a million"
    most = int(found[0]["Value"])
    if most < FEWEST_SCHEDULES:
        raise InfraError(f"only {most} schedules are allowed: ask for more in the console of Service Quotas")
    return f"{most} schedules"


def table(clients: Clients, stage: Stage) -> str:
    """Return the table, with active indexes, expiry of records and point-in-time recovery."""
    dynamodb, name = clients("dynamodb"), stage.names.table
    try:
        described = dynamodb.describe_table(TableName=name)["Table"]
    except ClientError as error:
        raise missing(error, "ResourceNotFoundException", f"the table {name}", stage) from error
    active = {
        each["IndexName"] for each in described.get("GlobalSecondaryIndexes", []) if _is_active(each, "IndexStatus")
    }
    if not _is_active(described, "TableStatus"):
        raise InfraError(f"the table {name} is {described['TableStatus']}: wait until it is ACTIVE")
    if absent := set(INDEXES) - active:
        raise InfraError(f"no active index {' or '.join(sorted(absent))}: {deploy(stage)}, or wait until it is built")
    described_as = f"{name} is active, with {' and '.join(INDEXES)}"
    if stage.name == "local":
        return f"{described_as}; MiniStack makes neither expiry nor recovery of a template"
    _records_expire(dynamodb, name)
    _can_be_recovered(dynamodb, name)
    return f"{described_as}; records expire; point-in-time recovery is on"


def group(clients: Clients, stage: Stage) -> str:
    """Return the schedule group."""
    name = stage.names.schedule_group
    try:
        state = clients("scheduler").get_schedule_group(Name=name)["State"]
    except ClientError as error:
        raise missing(error, "ResourceNotFoundException", f"the schedule group {name}", stage) from error
    if state != "ACTIVE":
        raise InfraError(f"the schedule group {name} is {state}: wait until it is gone, then {deploy(stage)}")
    return name


def role(clients: Clients, stage: Stage) -> str:
    """Return Scheduler's role, which has to trust Scheduler for this group alone and may invoke the attack function."""
    iam, name = clients("iam"), stage.names.scheduler_role
    try:
        trust = document(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])
        policies = [
            document(iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"])
            for each in iam.list_role_policies(RoleName=name)["PolicyNames"]
        ]
    except ClientError as error:
        raise missing(error, "NoSuchEntity", f"the role {name}", stage) from error
    if not any(_trusts_group(statement, stage) for statement in trust["Statement"]):
        raise InfraError(f"the role {name} does not trust Scheduler for the group alone: {restore(stage)}")
    allowed = [statement for policy in policies for statement in policy["Statement"] if statement["Effect"] == "Allow"]
    function = f":function:{stage.names.attack_function}"
    if not any(
        _lists(each, "Action", "lambda:InvokeFunction") and function in str(each["Resource"]) for each in allowed
    ):
        raise InfraError(f"the role {name} may not invoke {stage.names.attack_function}: {restore(stage)}")
    return name


def limits(clients: Clients, stage: Stage) -> str:
    """Return the attacks in ATTACK_LIMITS, which have to exist."""
    return ", ".join(limited(stage)) or "of no attack by itself"


def queue(clients: Clients, stage: Stage) -> str:
    """Return the dead-letter queue, with the number of its messages."""
    sqs, name = clients("sqs"), stage.names.dead_letter_queue
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except ClientError as error:
        wrong = "AWS.SimpleQueueService.NonExistentQueue"
        raise missing(error, wrong, f"the queue {name}", stage) from error
    wanted = "ApproximateNumberOfMessages"
    waiting = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[wanted])["Attributes"][wanted]
    return f"{name}, with {waiting} undelivered"


def key(clients: Clients, stage: Stage) -> str:
    """Return the key that encrypts the secrets of plans. Without it, neither plans nor attacks with secrets work."""
    alias = stage.names.key
    try:
        found = clients("kms").describe_key(KeyId=alias)["KeyMetadata"]
    except ClientError as error:
        raise missing(error, "NotFoundException", f"the key {alias}", stage) from error
    id, state = found["KeyId"], found.get("KeyState", "Enabled")
    enable = f"aws kms enable-key --key-id {id}"
    if state == "PendingDeletion":
        cancel = f"aws kms cancel-key-deletion --key-id {id}"
        raise InfraError(f"the key {alias} is about to be deleted, and then no secret opens: {cancel} && {enable}")
    if state != "Enabled":
        raise InfraError(f"the key {alias} is {state}: {enable}")
    return f"{alias} is key {id}, enabled"


def functions(clients: Clients, stage: Stage) -> str:
    """Return the functions, which have to exist, be ready, and have the stage's environment."""
    found = find(clients, stage)
    if absent := [name for name in names(stage) if name not in found]:
        raise InfraError(f"{' and '.join(absent)} is missing: {deploy(stage)}")
    for name, configuration in found.items():
        if configuration.get("State", "Active") not in ("Active", "Inactive"):
            raise InfraError(f"{name} is {configuration['State']}: wait until it is Active, or {deploy(stage)}")
        has = configuration.get("Environment", {}).get("Variables", {})
        wanted = environment(stage) | own_environment(name.removeprefix(f"{stage.names.name}-"))
        wrong = [variable for variable, value in wanted.items() if has.get(variable) != value]
        if wrong:
            difference = f"{wrong[0]}={has.get(wrong[0], '')}, which should be {wanted[wrong[0]]}"
            raise InfraError(f"{name} has {difference}: {deploy(stage)}")
    return ", ".join(found)


def _records_expire(dynamodb: Any, name: str) -> None:
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if ttl["TimeToLiveStatus"] not in ("ENABLED", "ENABLING") or ttl.get("AttributeName") != "expires":
        raise InfraError(
            f"records never expire: aws dynamodb update-time-to-live --table-name {name} "
            "--time-to-live-specification Enabled=true,AttributeName=expires"
        )


def _can_be_recovered(dynamodb: Any, name: str) -> None:
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    if backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") != "ENABLED":
        raise InfraError(
            f"there is no point-in-time recovery: aws dynamodb update-continuous-backups --table-name {name} "
            "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
        )


def _is_active(described: dict[str, Any], status: str) -> bool:
    return described.get(status, "ACTIVE") in ("ACTIVE", "UPDATING")


def _trusts_group(statement: dict[str, Any], stage: Stage) -> bool:
    conditions = statement.get("Condition", {}).get("StringEquals", {})
    return (
        statement["Effect"] == "Allow"
        and statement.get("Principal", {}).get("Service") == "scheduler.amazonaws.com"
        and str(conditions.get("aws:SourceArn", "")).endswith(f":schedule-group/{stage.names.schedule_group}")
    )


def _lists(statement: dict[str, Any], key: str, wanted: str) -> bool:
    value = statement[key]
    return wanted in ([value] if isinstance(value, str) else value)


def document(policy: Any) -> dict[str, Any]:
    """Return a policy as a document, which boto3 returns as one, and the emulators as text."""
    found: dict[str, Any] = json.loads(unquote(policy)) if isinstance(policy, str) else policy
    return found
