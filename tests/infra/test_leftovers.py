"""What a destroy takes away besides the stacks."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from moto import mock_aws

from infra.deploy.leftovers import (
    asked_to_delete_key,
    delete_key,
    delete_logs,
    delete_table,
    empty,
    find_key,
    kept_key,
)
from infra.stage.functions import names
from tests.infra.dev_stage import BUCKET, DEV, TABLE, clients, dev_in_an_account


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    with mock_aws():
        yield


def test_the_logs_of_all_five_functions_go_whoever_made_them_and_no_other() -> None:
    logs = clients("logs")
    for name in [*names(DEV)[:4], "chaosmonkey-dev-api_handler", "chaosmonkey-prod"]:  # the fifth is not there
        logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
    delete_logs(logs, DEV)
    assert [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]] == [
        "/aws/lambda/chaosmonkey-prod"
    ]


def test_a_bucket_is_emptied_of_every_version_and_marker() -> None:
    s3 = clients("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket=BUCKET, Key="a", Body=body)
    s3.delete_object(Bucket=BUCKET, Key="a")
    empty(s3, BUCKET)
    s3.delete_bucket(Bucket=BUCKET)


def test_a_protected_table_is_deleted_when_it_is_meant_and_one_that_is_gone_is_no_error() -> None:
    with dev_in_an_account():
        dynamodb = clients("dynamodb")
        dynamodb.update_table(**TABLE, DeletionProtectionEnabled=True)
        for _ in range(2):
            delete_table(dynamodb, TABLE["TableName"])
        assert dynamodb.list_tables()["TableNames"] == []


def test_a_key_is_deleted_only_when_the_word_is_typed() -> None:
    answers = {"delete\n": True, "\n": False, "yes\n": False, "dev\n": False}
    for typed, answer in answers.items():
        with CliRunner().isolation(input=typed):
            assert asked_to_delete_key("1234") is answer


def test_where_nobody_answers_nothing_is_deleted() -> None:
    with CliRunner().isolation(input=""), pytest.raises(click.Abort):
        asked_to_delete_key("1234")


def test_the_key_that_bills_is_named_and_a_deletion_can_be_called_off() -> None:
    kms = clients("kms")
    assert find_key(clients, DEV) is None
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/chaosmonkey-dev", TargetKeyId=key)
    assert find_key(clients, DEV) == key
    with CliRunner().isolation(input="\n") as (out, *_):
        asked_to_delete_key(key)
        assert f"The key {key} costs a dollar a month" in out.getvalue().decode()
    assert f"aws kms update-alias --alias-name alias/chaosmonkey-dev --target-key-id {key}" in kept_key(key, DEV)
    assert f"aws kms cancel-key-deletion --key-id {key}" in delete_key(kms, key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert find_key(clients, DEV) is None
