"""Delete what the deletion of a stage's stacks leaves behind: logs, the objects of a bucket, and the key."""

from typing import Any

import click
from botocore.exceptions import ClientError

from infra.stage.account import Clients, code
from infra.stage.functions import names
from infra.stage.stages import Stage

DAYS_TO_CHANGE_ONES_MIND = 30
"""The longest waiting time of KMS before it deletes a key."""


def delete_logs(logs: Any, stage: Stage) -> None:
    """Delete the log groups of the five functions, and the one that Chalice names after the API's handler.

    CloudFormation cannot create log groups that exist already.
    """
    for name in [*names(stage), f"{stage.names.name}-api_handler"]:
        try:
            logs.delete_log_group(logGroupName=f"/aws/lambda/{name}")
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise


def empty(s3: Any, bucket: str) -> None:
    """Delete every version of every object: S3 deletes only empty buckets."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        for each in found:
            s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])


def delete_table(dynamodb: Any, table: str) -> None:
    """Delete the table, protected or not. Do nothing where there is none."""
    try:
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        dynamodb.delete_table(TableName=table)
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise


def find_key(clients: Clients, stage: Stage) -> str | None:
    """Return the id of the stage's key, None where there is none or its deletion is scheduled."""
    try:
        found = clients("kms").describe_key(KeyId=stage.names.key)["KeyMetadata"]
    except ClientError as error:
        if code(error) != "NotFoundException":
            raise
        return None
    return None if found.get("KeyState") == "PendingDeletion" else str(found["KeyId"])


def asked_to_delete_key(key: str) -> bool:
    """Ask the operator whether to delete the key, and return the answer. Anything but the word keeps it."""
    question = (
        f"The key {key} costs a dollar a month. It alone opens the secrets of this table's backups, of which AWS keeps "
        f"one for 35 days. Type delete to have it deleted in {DAYS_TO_CHANGE_ONES_MIND} days, or Enter to keep it"
    )
    return bool(click.prompt(question, default="", show_default=False) == "delete")


def delete_key(kms: Any, key: str) -> str:
    """Schedule the deletion of the key, and return the message about it."""
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=DAYS_TO_CHANGE_ONES_MIND)
    return (
        f"The key {key} is deleted in {DAYS_TO_CHANGE_ONES_MIND} days, unless: "
        f"aws kms cancel-key-deletion --key-id {key} && aws kms enable-key --key-id {key}"
    )


def kept_key(key: str, stage: Stage) -> str:
    """Return the message about a key that stays."""
    return (
        f"The key {key} stays, at a dollar a month. The next deploy makes another: before you restore this table, "
        f"aws kms update-alias --alias-name {stage.names.key} --target-key-id {key}\n"
        f"To be rid of it: aws kms schedule-key-deletion --key-id {key} "
        f"--pending-window-in-days {DAYS_TO_CHANGE_ONES_MIND}"
    )
