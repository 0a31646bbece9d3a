"""Stacks are brought up to what their templates say, and a failure says why."""

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from infra.deploy.stacks import Stacks, archive_key
from infra.errors import InfraError


@pytest.fixture
def cloudformation() -> Iterator[Stubber]:
    """Answers what a test puts in, in that order, and nothing else."""
    keys = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
    with Stubber(boto3.client("cloudformation", region_name="us-east-1", **keys)) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def stacks(cloudformation: Stubber) -> Stacks:
    return Stacks(cloudformation.client, None)


def describe(cloudformation: Stubber, **stack: Any) -> None:
    described = {"StackName": "s", "CreationTime": datetime(2026, 1, 1, tzinfo=UTC), **stack}
    cloudformation.add_response("describe_stacks", {"Stacks": [described]})


def test_a_stack_that_is_not_there_has_no_tags_and_no_outputs(cloudformation: Stubber, stacks: Stacks) -> None:
    for _ in range(2):
        cloudformation.add_client_error("describe_stacks", "ValidationError", "Stack with id s does not exist")
    assert stacks.tags("s") == {}
    with pytest.raises(InfraError, match="there is no stack s: bring it up first"):
        stacks.outputs("s")


def test_a_stack_whose_last_change_failed_has_no_tags(cloudformation: Stubber, stacks: Stacks) -> None:
    describe(cloudformation, StackStatus="UPDATE_ROLLBACK_COMPLETE", Tags=[{"Key": "fingerprint", "Value": "1"}])
    assert stacks.tags("s") == {}


def test_a_stack_that_is_as_its_template_says_is_left_alone(cloudformation: Stubber, stacks: Stacks) -> None:
    describe(cloudformation, StackStatus="CREATE_COMPLETE")
    cloudformation.add_client_error("update_stack", "ValidationError", "No updates are to be performed.")
    stacks.bring_up("s", "{}", {}, {})


def test_a_stack_that_could_not_be_created_is_removed_and_made_again(cloudformation: Stubber, stacks: Stacks) -> None:
    describe(cloudformation, StackStatus="ROLLBACK_COMPLETE")
    cloudformation.add_response("delete_stack", {})
    describe(cloudformation, StackStatus="DELETE_COMPLETE")
    cloudformation.add_response("create_stack", {})
    describe(cloudformation, StackStatus="CREATE_COMPLETE")
    stacks.bring_up("s", "{}", {}, {})


def test_a_failure_names_the_first_resource_that_failed_and_why(cloudformation: Stubber, stacks: Stacks) -> None:
    cloudformation.add_client_error("describe_stacks", "ValidationError", "Stack with id s does not exist")
    cloudformation.add_response("create_stack", {})
    describe(cloudformation, StackStatus="ROLLBACK_COMPLETE")
    events = [("Other", "cancelled", 2), ("Table", "it exists already", 1)]
    cloudformation.add_response("describe_stack_events", {"StackEvents": [event(*each) for each in events]})
    with pytest.raises(InfraError, match="could not bring up s: Table: it exists already"):
        stacks.bring_up("s", "{}", {}, {})


def test_a_refused_request_says_why(cloudformation: Stubber, stacks: Stacks) -> None:
    describe(cloudformation, StackStatus="CREATE_COMPLETE")
    cloudformation.add_client_error("update_stack", "ValidationError", "the template is odd")
    with pytest.raises(InfraError, match="refused s: .*the template is odd"):
        stacks.bring_up("s", "{}", {}, {})


def event(resource: str, reason: str, seconds: int) -> dict[str, Any]:
    return {
        "StackId": "s",
        "StackName": "s",
        "EventId": resource,
        "LogicalResourceId": resource,
        "ResourceStatus": "CREATE_FAILED",
        "ResourceStatusReason": reason,
        "Timestamp": datetime.now(UTC) + timedelta(seconds=seconds),
    }


def test_archives_are_uploaded_once_and_named_in_the_template(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "deployment.zip", "w") as archive:
        archive.writestr("app.py", "")
    functions = {"One": {"Properties": {"CodeUri": "./deployment.zip"}}, "Other": {"Properties": {"Name": "x"}}}
    (tmp_path / "sam.json").write_text(json.dumps({"Resources": functions}))
    keys = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1", **keys)
        s3.create_bucket(Bucket="packages")
        stacks = Stacks(None, s3)

        document = json.loads(stacks.upload(tmp_path / "sam.json", "packages"))

        key = archive_key(tmp_path / "deployment.zip")
        assert document["Resources"]["One"]["Properties"]["CodeUri"] == f"s3://packages/{key}"
        assert document["Resources"]["Other"] == functions["Other"]
        assert [found["Key"] for found in s3.list_objects_v2(Bucket="packages")["Contents"]] == [key]
        assert json.loads(stacks.upload(tmp_path / "sam.json", "packages")) == document
