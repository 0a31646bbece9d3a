"""Keep Chalice's record of a deploy, ``.chalice/deployed/<stage>.json``, in the stage's own account.

Without the record Chalice would create a second API. It lies in the stage's bucket of packages, so that any checkout
and any CI job deploys the same stage.
"""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.stage.account import code
from infra.stage.stages import Stage

EMPTY: dict[str, Any] = {"resources": [], "schema_version": "2.0", "backend": "api"}


class Record:
    """The record of one stage. AWS's errors are raised unchanged."""

    def __init__(self, s3: Any, bucket: str, stage: Stage) -> None:
        self._s3 = s3
        self._place = {"Bucket": bucket, "Key": f"deployed/{stage.name}.json"}
        self._file = Path(".chalice", "deployed", f"{stage.name}.json")

    @property
    def place(self) -> str:
        """Return its S3 URI."""
        return f"s3://{self._place['Bucket']}/{self._place['Key']}"

    def read(self) -> dict[str, Any] | None:
        """Return the record, None where Chalice never deployed the stage."""
        try:
            content = self._s3.get_object(**self._place)["Body"].read()
        except ClientError as error:
            if code(error) in ("NoSuchKey", "NoSuchBucket"):
                return None
            raise
        document: dict[str, Any] = json.loads(content)
        return document

    def write(self, document: dict[str, Any]) -> None:
        """Store the record in the account."""
        self._s3.put_object(**self._place, Body=json.dumps(document, indent=2).encode())

    def forget(self) -> None:
        """Remove the record, because Chalice has deleted the stage."""
        self._s3.delete_object(**self._place)

    def put_into(self, source: Path) -> None:
        """Write the record where Chalice, run in ``source``, reads it."""
        path = source / self._file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.read() or EMPTY))

    def take_from(self, source: Path) -> None:
        """Store the record that Chalice has written in ``source``."""
        self.write(json.loads((source / self._file).read_text()))


def resource(document: dict[str, Any], name: str) -> dict[str, str]:
    """Return the record's entry for one resource, empty where there is none."""
    found: dict[str, str] = next((each for each in document["resources"] if each["name"] == name), {})
    return found
