"""Create and update CloudFormation stacks, on AWS and on the local AWS alike."""

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from infra.errors import InfraError

BROKEN = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
PACKAGES = "packages/"
"""The prefix of packages in their bucket."""
WAIT = {"Delay": 1, "MaxAttempts": 900}


def archive_key(archive: Path) -> str:
    """Return an archive's key in its bucket, which depends on the content: CloudFormation sees a change by the key."""
    return f"{PACKAGES}{hashlib.sha256(archive.read_bytes()).hexdigest()}.zip"


class Stacks:
    """The stacks of one account and Region. Every method raises ``InfraError`` with the reason that AWS gave."""

    def __init__(self, cloudformation: Any, s3: Any) -> None:
        self._cloudformation = cloudformation
        self._s3 = s3

    def find(self, name: str) -> dict[str, Any] | None:
        """Return the stack as CloudFormation describes it, None where there is none or only a deleted one."""
        try:
            found: list[dict[str, Any]] = self._cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise InfraError(f"CloudFormation could not describe {name}: {error}") from error
        return found[0] if found and found[0]["StackStatus"] != "DELETE_COMPLETE" else None

    def tags(self, name: str) -> dict[str, str]:
        """Return the tags of a stack, none where it does not exist or its last change failed."""
        stack = self.find(name)
        if stack is None or "FAILED" in stack["StackStatus"] or "ROLLBACK" in stack["StackStatus"]:
            return {}
        return {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}

    def outputs(self, name: str) -> dict[str, str]:
        """Return the outputs of a stack."""
        stack = self.find(name)
        if stack is None:
            raise InfraError(f"there is no stack {name}: bring it up first")
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def bring_up(
        self,
        name: str,
        template: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str],
        bucket: str | None = None,
    ) -> None:
        """Create the stack, or update it to the template. A stack whose creation failed is removed first.

        With ``bucket`` the template is uploaded there, because a request holds only small templates.
        """
        stack = self.find(name)
        if stack is not None and stack["StackStatus"] in BROKEN:
            self._cloudformation.delete_stack(StackName=name)
            self._wait("stack_delete_complete", name)
            stack = None
        request = {
            "StackName": name,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            **self._template(template, bucket),
        }
        try:
            if stack is None:
                self._cloudformation.create_stack(**request)
                self._wait("stack_create_complete", name)
            else:
                self._cloudformation.update_stack(**request)
                self._wait("stack_update_complete", name)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise InfraError(f"CloudFormation refused {name}: {error}") from error

    def remove(self, name: str) -> bool:
        """Delete the stack and wait until it is gone. Return False where there was none."""
        if self.find(name) is None:
            return False
        try:
            self._cloudformation.delete_stack(StackName=name)
        except ClientError as error:
            raise InfraError(f"CloudFormation refused to delete {name}: {error}") from error
        self._wait("stack_delete_complete", name)
        return True

    def upload(self, template: Path, bucket: str) -> str:
        """Upload the archives beside Chalice's template, and return the template with their S3 URIs."""
        document = json.loads(template.read_text())
        for resource in document["Resources"].values():
            properties = resource.get("Properties", {})
            for name in ("CodeUri", "ContentUri"):
                if str(properties.get(name, "")).endswith(".zip"):
                    properties[name] = self._upload(template.parent / properties[name], bucket)
        return json.dumps(document)

    def _upload(self, archive: Path, bucket: str) -> str:
        key = archive_key(archive)
        try:
            if not self._s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"]:
                self._s3.upload_file(str(archive), bucket, key)
        except ClientError as error:
            raise InfraError(f"{archive.name} could not be uploaded to {bucket}: {error}") from error
        return f"s3://{bucket}/{key}"

    def _template(self, template: str, bucket: str | None) -> dict[str, str]:
        if bucket is None:
            return {"TemplateBody": template}
        key = f"{PACKAGES}{hashlib.sha256(template.encode()).hexdigest()}.json"
        self._s3.put_object(Bucket=bucket, Key=key, Body=template.encode())
        return {"TemplateURL": f"{self._s3.meta.endpoint_url}/{bucket}/{key}"}

    def _wait(self, waiter: str, name: str) -> None:
        began = time.time()
        try:
            self._cloudformation.get_waiter(waiter).wait(StackName=name, WaiterConfig=WAIT)
        except WaiterError as error:
            done = "delete" if "delete" in waiter else "bring up"
            raise InfraError(f"CloudFormation could not {done} {name}: {self._reason(name, began)}") from error

    def _reason(self, name: str, since: float) -> str:
        """Return the first failure among the stack's events: the others follow from it."""
        events = self._cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        failures = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
            for event in events
            if event["ResourceStatus"].endswith("_FAILED") and event["Timestamp"].timestamp() >= since - 5
        ]
        return failures[-1] if failures else "no reason given"
