"""Chalice's record of what it deployed, ``.chalice/deployed/<stage>.json``, kept in the stage's own account.

Without it Chalice would make a second API. It lies in the stage's bucket of packages, where packages expire and it does
not, so that any checkout and any CI job deploys the same stage.
"""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.account import code
from infra.stages import Stage

EMPTY: dict[str, Any] = {"resources": [], "schema_version": "2.0", "backend": "api"}


class Record:
    """The record of one stage. AWS's errors pass through."""

    def __init__(self, s3: Any, bucket: str, stage: Stage) -> None:
        self._s3 = s3
        self._place = {"Bucket": bucket, "Key": f"deployed/{stage.name}.json"}
        self._file = Path(".chalice", "deployed", f"{stage.name}.json")

    @property
    def place(self) -> str:
        """Where it lies, as the aws command writes it."""
        return f"s3://{self._place['Bucket']}/{self._place['Key']}"

    def read(self) -> dict[str, Any] | None:
        """What Chalice deployed, None where the stage was never deployed with Chalice."""
        try:
            content = self._s3.get_object(**self._place)["Body"].read()
        except ClientError as error:
            if code(error) in ("NoSuchKey", "NoSuchBucket"):
                return None
            raise
        document: dict[str, Any] = json.loads(content)
        return document

    def write(self, document: dict[str, Any]) -> None:
        """Keep it in the account."""
        self._s3.put_object(**self._place, Body=json.dumps(document, indent=2).encode())

    def forget(self) -> None:
        """Remove it: nothing of the stage was deployed with Chalice any more."""
        self._s3.delete_object(**self._place)

    def put_into(self, source: Path) -> None:
        """Lay it where Chalice looks for it."""
        path = source / self._file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.read() or EMPTY))

    def take_from(self, source: Path) -> None:
        """Keep what Chalice has written."""
        self.write(json.loads((source / self._file).read_text()))


def resource(document: dict[str, Any], name: str) -> dict[str, str]:
    """What the record holds of one resource, nothing where it is not named."""
    found: dict[str, str] = next((each for each in document["resources"] if each["name"] == name), {})
    return found
